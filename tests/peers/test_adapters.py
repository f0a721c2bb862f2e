"""The adapters beside the real libraries: what they write is right, and training is the same with them as without."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from tests.cli.terminal import trainwell  # noqa: E402
from tests.peers.loops import FAULTY, HEALTHY, adam, digits, loop, mlp, state_of, watched_loop  # noqa: E402
from trainwell.adapters.torch import watch  # noqa: E402
from trainwell.clinic import examine  # noqa: E402
from trainwell.errors import DataError  # noqa: E402
from trainwell.records import QUANTITIES  # noqa: E402


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Small networks are slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_is_named_first(fault: str) -> None:
    make, causes = FAULTY[fault]
    watched = make()
    found = watched.findings()
    assert watched.trouble is None
    assert found, "nothing was found"
    assert found[0].name in causes, [each.name for each in found]


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_loop_is_left_in_peace(name: str) -> None:
    watched = HEALTHY[name]()
    assert watched.trouble is None
    assert [each.name for each in watched.findings() if each.severity in ("fault", "warning")] == []


class Strange(nn.Module):
    """Counts its calls, draws random numbers in evaluation too, and works in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last, self.calls = nn.Linear(64, 32), nn.Linear(32, 10), 0
        self.norm, self.drop = nn.BatchNorm1d(32), nn.Dropout(0.3)

    def forward(self, x: Any) -> Any:
        self.calls += 1
        hidden = functional.relu_(self.norm(self.first(x)))
        return self.last(self.drop(hidden)) + 0 * torch.rand(())


def trained(watching: bool) -> tuple[list[np.ndarray], Any, int]:
    torch.manual_seed(3)
    model, loss = Strange(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    model.norm.eval()  # a mode of its own, to be found again
    if watching:
        watched_loop(model, optimizer, digits(), loss, epochs=4)
    else:
        loop(model, optimizer, digits(), loss, None, epochs=4)
    return state_of(model), torch.get_rng_state(), model.calls


def test_weights_buffers_random_state_and_attributes_are_the_same_with_it_and_without() -> None:
    with_it, without = trained(True), trained(False)
    for one, other in zip(with_it[0], without[0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert torch.equal(with_it[1], without[1])
    assert with_it[2] == without[2]


def test_the_record_is_what_the_loop_did() -> None:
    inputs, targets = digits()
    model, loss = mlp(64, 16, 10), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    before = state_of(model)
    with watch(model, optimizer, loss=loss, probe=(inputs, targets)) as watched:
        model.train()
        value = loss(model(inputs), targets)
        value.backward()
        gradients = [parameter.grad.numpy().copy() for parameter in model.parameters()]
        optimizer.step()
        model.eval()
        with torch.no_grad():
            outputs = model(inputs)
            held_out = loss(outputs, targets)
        watched.epoch()
    record = watched.record
    assert set(record) <= set(QUANTITIES)
    assert record["training_loss"][0] == pytest.approx(float(value.detach()), rel=1e-6)
    assert record["validation_loss"][0] == pytest.approx(float(held_out), rel=1e-6)
    assert record["validation_score"][0] == pytest.approx(float((outputs.argmax(1) == targets).float().mean()))
    flat = np.concatenate([gradient.ravel() for gradient in gradients])
    assert record["gradient_norm"][0] == pytest.approx(np.linalg.norm(flat), rel=1e-5)
    for layer in range(2):
        size = np.sqrt(sum(np.sum(part**2) for part in before[2 * layer : 2 * layer + 2]))
        step = 0.1 * np.sqrt(sum(np.sum(part**2) for part in gradients[2 * layer : 2 * layer + 2]))
        assert record["layer_weight_norm"][0, layer] == pytest.approx(size, rel=1e-5)
        assert record["layer_update_ratio"][0, layer] == pytest.approx(step / size, rel=1e-4)
    assert record["update_alignment"][0] > 0.9
    assert record["layer_update_alignment"][0].min() > 0.9
    shares = np.bincount(watched.seer.targets.numpy()) / 256
    assert record.facts["base_loss"] == pytest.approx(-np.sum(shares * np.log(shares)), rel=1e-4)
    recall = [(outputs.argmax(1) == targets)[targets == label].float().mean() for label in range(10)]
    assert record.facts["class_recall"] == pytest.approx([float(share) for share in recall])
    assert record.facts["layers"] == ["0 (Linear)", "2 (Linear)"]
    assert record.facts["activation_functions"] == ["relu"]


def test_one_layer_that_goes_uphill_is_named() -> None:
    inputs, targets = digits()
    model, loss = mlp(64, 16, 10), nn.CrossEntropyLoss()
    uphill = {"params": model[0].parameters(), "maximize": True}
    optimizer = torch.optim.SGD([uphill, {"params": model[2].parameters()}], 0.05, momentum=0.9)
    with watch(model, optimizer, loss=loss, probe=(inputs, targets)) as watched:
        for _ in range(6):
            for rows in torch.arange(len(inputs)).split(32):
                optimizer.zero_grad()
                loss(model(inputs[rows]), targets[rows]).backward()
                optimizer.step()
            watched.epoch()
    found = [finding for finding in examine(watched.record) if finding.name == "sign flipped"]
    assert [finding.evidence["layer"] for finding in found] == ["0 (Linear)"]


def test_a_functional_loss_and_no_probe() -> None:
    inputs, targets = digits()
    model = mlp(64, 16, 10)
    optimizer = adam(model)
    with watch(model, optimizer, loss=functional.cross_entropy) as watched:
        for _ in range(3):
            optimizer.zero_grad()
            value = functional.cross_entropy(model(inputs), targets)
            value.backward()
            optimizer.step()
            watched.epoch(training_loss=float(value.detach()), validation_loss=1.0)
    assert watched.record.facts["task"] == "multiclass"
    assert watched.record["layer_gradient_norm"][0].min() > 0
    assert "probe_loss" not in watched.record
    assert watched.trouble is None


class Twin(nn.Module):
    """A network that answers with two tensors, which no loss here takes."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(64, 10)

    def forward(self, x: Any) -> Any:
        return self.inner(x), x


def test_a_network_that_cannot_be_looked_at_is_trained_all_the_same() -> None:
    inputs, targets = digits()
    model, loss = Twin(), nn.CrossEntropyLoss()
    optimizer = adam(model)
    with watch(model, optimizer, loss=loss, probe=(inputs, targets)) as watched:
        for _ in range(3):
            optimizer.zero_grad()
            loss(model(inputs)[0], targets).backward()
            optimizer.step()
            watched.epoch()
    assert "answers with tuple" in watched.trouble
    assert watched.record.facts["trouble"] == watched.trouble
    assert watched.record["training_loss"][-1] < watched.record["training_loss"][0]


def test_hooks_are_gone_after_the_loop() -> None:
    model, loss = mlp(64, 16, 10), nn.CrossEntropyLoss()
    watched_loop(model, adam(model), digits(), loss, epochs=1)
    assert not model._forward_pre_hooks
    assert not loss._forward_hooks


@pytest.mark.parametrize(
    ("given", "fragment"),
    [
        ({"model": 3}, "torch.nn.Module, but got int"),
        ({"optimizer": "adam"}, "torch.optim.Optimizer, but got str"),
        ({"loss": "cross"}, "loss must be a function"),
        ({"probe": "rows"}, "probe must be a pair of tensors"),
        ({"probe": (torch.zeros(3, 64), torch.zeros(2))}, "3 inputs but 2 targets"),
        ({"task": "clustering"}, "task must be one of"),
    ],
)
def test_what_cannot_be_watched_is_refused(given: dict[str, Any], fragment: str) -> None:
    model = mlp(64, 16, 10)
    whole = {"model": model, "optimizer": adam(model), **given}
    with pytest.raises(DataError, match=fragment):
        watch(whole.pop("model"), whole.pop("optimizer"), **whole)


def test_an_epoch_without_a_loss_is_refused() -> None:
    model = mlp(64, 16, 10)
    with watch(model, adam(model)) as watched, pytest.raises(DataError, match=r"epoch\(training_loss=…\)"):
        watched.epoch()


def test_a_saved_loop_is_diagnosed_on_the_command_line(tmp_path: Any) -> None:
    folder = FAULTY["loss turned round"][0]().save(tmp_path / "mine")
    result = trainwell("diagnose", folder, "--strict", "--html", tmp_path / "page.html")
    assert result.exit_code == 1
    assert "sign flipped" in result.stdout
    assert "torch" in result.stdout
    assert "sign flipped" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_random_states_of_python_and_numpy_are_left_alone() -> None:
    model = mlp(64, 16, 10)
    random.seed(0)
    np.random.seed(0)
    expected = random.getstate(), np.random.get_state()[1].tolist()
    watched_loop(model, adam(model), digits(), nn.CrossEntropyLoss(), epochs=2)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == expected


def still(loss: nn.Module, rows: Any, model: nn.Module) -> Any:
    """Return the record of a loop that changes no weight."""
    return watched_loop(model, torch.optim.SGD(model.parameters(), lr=0.0), rows, loss, epochs=2).record


def test_a_summed_loss_is_written_down_by_row() -> None:
    curves = [still(nn.CrossEntropyLoss(reduction=how), digits(), mlp(64, 8, 10)) for how in ("mean", "sum")]
    for name in ("training_loss", "validation_loss"):
        np.testing.assert_allclose(curves[1][name], curves[0][name], rtol=1e-5)


def test_probabilities_are_right_above_a_half() -> None:
    inputs, digit = digits()
    rows = inputs, (digit < 5).float()[:, None]
    model = mlp(64, 8, 1, end=(nn.Sigmoid(),))
    with torch.no_grad():
        model[2].bias -= model[:3](inputs).median()  # half of the answers are yes
    record = still(nn.BCELoss(), rows, model)
    held = len(inputs) * 2 // 3
    with torch.no_grad():
        right = ((model.eval()(inputs[held:]) > 0.5) == (rows[1][held:] > 0.5)).double().mean()
    assert record["validation_score"][-1] == pytest.approx(float(right))
    assert 0.2 < float((model(inputs[held:]) > 0.5).double().mean()) < 0.8


def test_a_watch_outside_its_context_says_how_it_is_used() -> None:
    model = mlp(4, 8, 2)
    watched = watch(model, adam(model))
    with pytest.raises(DataError, match="with watch"):
        watched.epoch(training_loss=1.0)
