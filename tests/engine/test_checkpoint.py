"""A run that was killed and goes on from its checkpoint ends in the same bits; other runs' checkpoints are refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import trainwell as tw
from tests.engine.problems import blobs
from trainwell.engine import Checkpoint, Progress, Recipe, Trained, train
from trainwell.engine.checkpoint import FILE, read
from trainwell.engine.state import FINISHED, INTERRUPTED, OUT_OF_TIME
from trainwell.errors import ArtifactError

RECIPE = Recipe(
    network=tw.MLP(hidden=(8,), dropout=0.1, normalization="batch"),
    augmentation=["Noise"],
    optimizer=tw.Adam(learning_rate=0.01),
    schedule=tw.Plateau(patience=2),
    batch_size=32,
    max_epochs=300,
    early_stopping=None,
)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder with the checkpoint of a run that was stopped."""
    train(RECIPE, blobs(), callbacks=[stop_at(2)], checkpoint=Checkpoint(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def whole() -> Trained:
    """The run that nothing stopped."""
    return train(RECIPE, blobs())


def same(one: Trained, other: Trained) -> None:
    """Check that two runs are the same bits, save the times."""
    for kind in ("parameters", "network_state", "state"):
        pairs = zip(jax.tree.leaves(getattr(one, kind)), jax.tree.leaves(getattr(other, kind)), strict=True)
        for left, right in pairs:
            np.testing.assert_array_equal(left, right)
    assert set(one.record) == set(other.record)
    for name in set(one.record) - {"seconds"}:
        np.testing.assert_array_equal(one.record[name], other.record[name], err_msg=name)
    times = {"seconds", "compile_seconds"}
    facts = [{name: fact for name, fact in run.record.facts.items() if name not in times} for run in (one, other)]
    assert facts[0] == facts[1]


def stop_at(epoch: int) -> Any:
    """Return a callback that ends a run after an epoch."""
    return lambda progress: "stop" if progress.epoch >= epoch else None


def test_a_run_stopped_twice_ends_in_the_same_bits(whole, tmp_path):
    folder = tmp_path / "kept" / "here"
    for epoch in (40, 120):
        stopped = train(RECIPE, blobs(), callbacks=[stop_at(epoch)], checkpoint=Checkpoint(folder, resume=True))
        assert stopped.record.facts["outcome"] == INTERRUPTED
        assert epoch <= stopped.record.facts["epochs"] < 300
    resumed = train(RECIPE, blobs(), checkpoint=Checkpoint(folder, resume=True))
    assert resumed.record.facts["outcome"] == FINISHED
    same(resumed, whole)
    assert np.all(np.diff(resumed.record["seconds"]) >= 0)
    assert {path.name for path in folder.iterdir()} == {FILE}
    same(train(RECIPE, blobs(), checkpoint=Checkpoint(folder, resume=True)), whole)


def test_without_a_checkpoint_yet_resuming_begins_at_the_start(whole, tmp_path):
    same(train(RECIPE, blobs(), checkpoint=Checkpoint(tmp_path, resume=True)), whole)


KILLED = """
import sys, time
from tests.engine.problems import blobs
from tests.engine.test_checkpoint import RECIPE
from trainwell.engine import Checkpoint, train

def told(progress):
    print(progress.epoch, flush=True)
    time.sleep(0.05)

train(RECIPE, blobs(), callbacks=[told], checkpoint=Checkpoint(sys.argv[1], minutes=0))
"""


def test_a_killed_run_goes_on_to_the_same_bits(whole, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if int(line) >= 5 and (tmp_path / FILE).exists():
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with safe_open(tmp_path / FILE, framework="numpy") as file:
        assert 0 < json.loads(file.metadata()["about"])["epoch"] < 300
    same(train(RECIPE, blobs(), checkpoint=Checkpoint(tmp_path, resume=True)), whole)


def test_ctrl_c_keeps_a_checkpoint(whole, tmp_path):
    def interrupt(progress: Progress) -> None:
        if progress.epoch >= 20:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)

    stopped = train(RECIPE, blobs(), callbacks=[interrupt], checkpoint=Checkpoint(tmp_path))
    assert stopped.record.facts["outcome"] == INTERRUPTED
    same(train(RECIPE, blobs(), checkpoint=Checkpoint(tmp_path, resume=True)), whole)


def test_a_budget_of_time_counts_for_each_sitting(kept):
    arrays, about = read(kept / FILE)
    long_ago = {"about": json.dumps(about | {"seconds": about["seconds"] + 1000})}
    save_file(arrays, kept / FILE, metadata=long_ago)
    resumed = train(RECIPE, blobs(), seconds=500, checkpoint=Checkpoint(kept, resume=True))
    assert resumed.record.facts["outcome"] == FINISHED
    assert resumed.record["seconds"][-1] > 1000
    assert train(RECIPE, blobs(), seconds=0).record.facts["outcome"] == OUT_OF_TIME


def test_checkpoints_come_as_often_as_asked(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(Checkpoint, "write", lambda self, course: written.append(course.epoch))
    told: list[int] = []
    train(RECIPE, blobs(), callbacks=[lambda progress: told.append(progress.epoch)], checkpoint=Checkpoint(tmp_path, 0))
    assert written == [*told, 300]
    written.clear()
    train(RECIPE, blobs(), checkpoint=Checkpoint(tmp_path, minutes=60))
    assert written == [300]


def test_callbacks_are_told_where_the_run_stands_and_may_end_it():
    told: list[Progress] = []
    stop = threading.Event()
    trained = train(RECIPE, blobs(), callbacks=[told.append, stop_at(10)], stop=stop)
    assert trained.record.facts["stopped_because"] == "interrupted"
    last = told[-1]
    assert isinstance(last, tw.Progress)
    assert (last.epoch, last.max_epochs) == (trained.record.facts["epochs"], 300)
    assert last.training_loss == trained.record["training_loss"][-1]
    assert [progress.epoch for progress in told] == list(range(1, 11))
    with pytest.raises(ZeroDivisionError):
        train(RECIPE, blobs(), callbacks=lambda _: 1 / 0)


def test_callbacks_after_every_epoch_change_no_bits():
    told: list[int] = []
    recipe = RECIPE.with_settings({"max_epochs": 30})
    watched = train(recipe, blobs(), callbacks=lambda progress: told.append(progress.epoch))
    assert told == list(range(1, 31))
    np.testing.assert_array_equal(watched.record["training_loss"], train(recipe, blobs()).record["training_loss"])


def test_another_recipe_or_other_data_are_refused(kept):
    other = RECIPE.with_settings({"optimizer.learning_rate": 0.02})
    with pytest.raises(ArtifactError, match=r"another recipe: optimizer\.learning_rate was 0\.01 there, but is 0\.02"):
        train(other, blobs(), checkpoint=Checkpoint(kept, resume=True))
    with pytest.raises(ArtifactError, match="another recipe: seed was 0 there, but is 1 now"):
        train(RECIPE.with_settings({"seed": 1}), blobs(), checkpoint=Checkpoint(kept, resume=True))
    with pytest.raises(ArtifactError, match="of other data, or of another split"):
        train(RECIPE, blobs(seed=1), checkpoint=Checkpoint(kept, resume=True))


def test_what_is_there_is_not_replaced_unasked(kept):
    with pytest.raises(ArtifactError, match=r"holds a checkpoint: resume it \(resume=True, --resume\)"):
        Checkpoint(kept)


def test_folders_that_cannot_be_and_minutes_below_zero(kept):
    with pytest.raises(ArtifactError, match="is a file; name a folder"):
        Checkpoint(kept / FILE)
    with pytest.raises(ArtifactError, match="minutes between checkpoints must be 0 or more, but got -1"):
        Checkpoint(kept / "other", minutes=-1)


@pytest.mark.parametrize("spoil", ["cut", "text", "empty", "no header"])
def test_damaged_files_are_named(kept, spoil):
    path = kept / FILE
    content = path.read_bytes()
    if spoil == "no header":
        save_file({"a": np.zeros(3)}, path)
    else:
        path.write_bytes({"cut": content[: len(content) // 2], "text": b"hello", "empty": b""}[spoil])
    with pytest.raises(ArtifactError, match=f"{FILE} is no readable checkpoint"):
        train(RECIPE, blobs(), checkpoint=Checkpoint(kept, resume=True))


@pytest.mark.parametrize(("changed", "sentence"), [("format", "newer trainwell"), ("array", "does not fit: ")])
def test_newer_formats_and_other_networks_are_refused(kept, changed, sentence):
    path = kept / FILE
    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = json.loads(file.metadata()["about"])
    if changed == "format":
        about["format"] += 1
    else:
        name = next(name for name in arrays if name.startswith("state:") and arrays[name].ndim == 2)
        arrays[name] = np.zeros((2, 2), np.float32)
    save_file(arrays, path, metadata={"about": json.dumps(about)})
    with pytest.raises(ArtifactError, match=sentence):
        train(RECIPE, blobs(), checkpoint=Checkpoint(kept, resume=True))


def test_fit_takes_it_and_refuses_to_resume_nothing(tmp_path):
    data = tw.read({"x": np.linspace(0, 1, 60), "y": np.tile([0, 1], 30)}, target="y")
    recipe = RECIPE.with_settings({"max_epochs": 4})
    told: list[int] = []
    run = tw.fit(recipe, data, checkpoint=tmp_path, callbacks=[lambda progress: told.append(progress.epoch)])
    assert told[-1] == run.record.facts["epochs"] == 4
    again = tw.fit(recipe, data, checkpoint=tmp_path, resume=True)
    np.testing.assert_array_equal(again.record["validation_loss"], run.record["validation_loss"])
    with pytest.raises(ArtifactError, match="resume needs the checkpoint's folder"):
        tw.fit(recipe, data, resume=True)
