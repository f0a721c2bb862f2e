"""The run folder from Python: what was saved comes back the same, one's own objects too; nothing is executed."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
import optax
import pytest

import trainwell as tw
from tests.data.tables import animals
from tests.fitting import TINY, animals_run
from trainwell.artifact import FILES, load_report, save_folder
from trainwell.errors import ArtifactError
from trainwell.report import render

SOURCES = sorted(Path(tw.__file__).parent.rglob("*.py"))
#: Modules that execute what they read.
EXECUTING = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "torch"}


def is_torch(node: ast.AST) -> bool:
    """Tell whether an expression is the name ``torch``."""
    return isinstance(node, ast.Name) and node.id == "torch"


class Wide(eqx.Module):
    """A network of one's own: takes rows only."""

    inner: eqx.nn.MLP

    def __init__(self, width: int = 8, *, key: jax.Array):
        self.inner = eqx.nn.MLP(12, 1, width, 1, key=key)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.inner(x)


def own(width: int = 8) -> Wide:
    """Return a network of one's own that fits the encoded animals."""
    return Wide(width, key=jax.random.key(1))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shared run."""
    return animals_run().save(tmp_path_factory.mktemp("saved") / "deep" / "run", command="as typed")


@pytest.fixture(scope="module")
def own_run() -> tw.Run:
    """A run whose network and optimizer are a person's own."""
    recipe = tw.Recipe(network=own(), optimizer=optax.sgd(0.1, momentum=0.9), max_epochs=3)
    return tw.fit(recipe, animals_run().data)


def test_a_loaded_model_answers_the_same(saved: Path) -> None:
    run, model, rows = animals_run(), tw.load(saved), animals(120)
    assert np.array_equal(model.predict_proba(rows), run.predict_proba(rows))
    assert np.array_equal(model.predict(rows), run.predict(rows))
    assert (model.recipe, model.task, model.classes) == (run.recipe, "binary", ("cat", "dog"))
    assert model.target_names == ("species",)
    leaves = [jax.tree.leaves(eqx.filter(one.network, eqx.is_array)) for one in (model, run)]
    assert all(np.array_equal(mine, other) for mine, other in zip(*leaves, strict=True))


def test_a_loaded_report_is_the_same(saved: Path) -> None:
    run, report = animals_run(), load_report(saved)
    assert report.scores == json.loads(json.dumps(run.scores))
    assert report.command == "as typed"
    assert report.record.facts == run.record.facts
    assert all(np.array_equal(report.record[name], run.record[name], equal_nan=True) for name in run.record)
    assert (saved / "report.html").read_text() == render(report)


def test_state_and_embeddings_come_back(tmp_path: Path) -> None:
    network = tw.MLP(hidden=(8,), normalization="batch", dropout=0.1, numbers=tw.Periodic())
    recipe = TINY.model_copy(update={"network": network, "encoding": tw.Encoding(one_hot_limit=2)})
    run = tw.fit(recipe, animals_run().data)
    model = tw.load(run.save(tmp_path / "run"))
    assert model.encoder.layout.cardinalities
    assert np.array_equal(model.predict_proba(animals()), run.predict_proba(animals()))


def test_numbers_come_back_in_their_units(tmp_path: Path) -> None:
    run = tw.fit(TINY, tw.read(animals(120).fill_null(0), target=["weight", "age"]))
    model = tw.load(str(run.save(tmp_path / "run")))
    assert model.predict(animals()).shape == (60, 2)
    assert np.array_equal(model.predict(animals()), run.predict(animals()))


def test_a_folder_may_move_and_be_read_only(saved: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(saved, tmp_path / "moved"))
    for file in moved.iterdir():
        file.chmod(0o444)
    moved.chmod(0o555)
    assert np.array_equal(tw.load(moved).predict(animals()), animals_run().predict(animals()))


def test_own_network_and_optimizer_are_given_again(own_run: tw.Run, tmp_path: Path) -> None:
    path = own_run.save(tmp_path / "run")
    optimizer = optax.sgd(0.1)
    model = tw.load(path, network=own(), optimizer=optimizer)
    assert np.array_equal(model.predict_proba(animals()), own_run.predict_proba(animals()))
    with pytest.raises(ArtifactError, match=r"recipe\.json.*Wide.*no file can hold.*tw\.load\(path, network=…\)"):
        tw.load(path)
    with pytest.raises(ArtifactError, match=r"optax.*tw\.load\(path, optimizer=…\)"):
        tw.load(path, network=own())
    with pytest.raises(ArtifactError, match=r"does not fit the recipe: .*should be float32 of shape \(16, 12\)"):
        tw.load(path, network=own(16), optimizer=optimizer)
    with pytest.raises(ArtifactError, match=r"does not fit the recipe"):
        tw.load(path, network=tw.MLP(hidden=(8,)), optimizer=optimizer)
    with pytest.raises(ArtifactError, match=r"recipe\.json cannot be followed"):
        tw.load(path, network=3, optimizer=optimizer)
    assert "custom" in load_report(path).recipe_toml


def test_a_function_of_a_key_is_a_network_too(tmp_path: Path) -> None:
    def network(*, key: jax.Array) -> Wide:
        return Wide(key=key)

    run = tw.fit(TINY.model_copy(update={"network": network}), animals_run().data)
    model = tw.load(run.save(tmp_path / "run"), network=network)
    assert np.array_equal(model.predict_proba(animals()), run.predict_proba(animals()))


def test_a_run_is_saved_once_unless_asked(tmp_path: Path) -> None:
    run = animals_run()
    run.save(tmp_path / "run")
    with pytest.raises(ArtifactError, match=r"holds a run: add overwrite=True \(--overwrite\) to replace it"):
        run.save(tmp_path / "run")
    run.save(tmp_path / "run", overwrite=True)
    (tmp_path / "empty").mkdir()
    run.save(tmp_path / "empty")
    assert {path.name for path in tmp_path.iterdir()} == {"run", "empty"}


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    animals_run().save(tmp_path / "run")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    animals_run().save(tmp_path / "link", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"run", "link"}
    assert len(list((tmp_path / "run").iterdir())) == len(FILES) + 2


@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), ValueError("NaN"), KeyboardInterrupt()])
@pytest.mark.parametrize("existing", [False, True])
def test_a_failed_save_leaves_what_was_there(
    problem: BaseException, existing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, path = animals_run(), tmp_path / "run"
    if existing:
        run.save(path)
    before = {file.name: file.read_bytes() for file in path.iterdir()} if existing else {}

    def fail(*_: Any) -> None:
        raise problem

    monkeypatch.setattr("trainwell.artifact.checksum", fail)
    expected = ArtifactError if isinstance(problem, OSError) else type(problem)
    with pytest.raises(expected):
        save_folder(path, run.model, run.report(), overwrite=True)
    assert ({file.name: file.read_bytes() for file in path.iterdir()} if existing else {}) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"] * existing


def test_a_swap_that_fails_brings_the_old_run_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, path, rename = animals_run(), tmp_path / "run", Path.rename
    run.save(path)

    def failing(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise OSError(18, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ArtifactError, match="cross-device"):
        run.save(path, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]
    assert tw.load(path).task == "binary"


def test_nothing_that_is_read_can_execute() -> None:
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            roots = {name.split(".")[0] for name in names}
            if "adapters" in source.parts:  # they watch PyTorch loops, and load nothing
                roots -= {"torch"}
                assert not (isinstance(node, ast.Attribute) and node.attr == "load" and is_torch(node.value)), source
            assert not roots & EXECUTING, source
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "__import__"}, source
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant), source
                assert node.value.value is False, source


def test_the_run_folder_holds_no_place_of_this_machine(saved: Path) -> None:
    for name in FILES:
        assert str(saved.parent).encode() not in (saved / name).read_bytes()
