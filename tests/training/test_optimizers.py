"""Optimizers: one suite for all, and for each an independent NumPy transcription of its rule in float64.

All of them descend from one point: its ``weight`` on an ill-conditioned quadratic, its ``bias`` in Rosenbrock's valley.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.engine.problems import blobs
from tests.training.members import moved, require_documents, require_refusals, structure
from trainwell.engine import Recipe, train
from trainwell.network import MLP
from trainwell.training import (
    OPTIMIZERS,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    CosineRestarts,
    Lion,
    Muon,
    NAdam,
    RAdam,
    RMSProp,
    ScheduleFreeAdamW,
)
from trainwell.training.optimizers.optimizer import decayed

STEPS = 20
CURVATURE = np.geomspace(0.1, 100, 6).reshape(2, 3)
START = {"weight": np.array([[2.0, -1.0, 0.5], [1.5, -0.7, 1.0]]), "bias": np.array([-1.2, 1.0])}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


class Point(eqx.Module):
    weight: Any
    bias: Any


def cost(point: Point) -> jax.Array:
    x, y = point.bias
    curvature = jnp.asarray(CURVATURE, point.weight.dtype)
    return 0.5 * jnp.sum(curvature * point.weight**2) + (1 - x) ** 2 + 100 * (y - x**2) ** 2


class Program(NamedTuple):
    """A compiled descent, and how often it was traced."""

    run: Callable[..., Point]
    traces: list[int]


@cache
def program(template: Any) -> Program:
    """Return the descent of one structure; its knobs are arguments, as in the engine."""
    traces: list[int] = []

    @jax.jit
    def run(knobs: dict[str, Any], start: Point) -> Point:
        traces.append(1)
        optimizer = template.with_knobs(knobs)
        rule = optax.with_extra_args_support(optimizer.transformation(optimizer.learning_rate * jnp.ones(())))

        def step(carry: Any, _: None) -> Any:
            point, memory = carry
            value, gradient = jax.value_and_grad(cost)(point)
            updates, memory = rule.update(gradient, memory, point, value=value, grad=gradient, value_fn=cost)
            point = optax.apply_updates(point, updates)
            return (point, memory), optimizer.evaluated(memory, point)

        return jax.lax.scan(step, (start, rule.init(start)), length=STEPS)[1]

    return Program(run, traces)


def descend(optimizer: Any) -> Point:
    """Return the points of :data:`STEPS` steps in float64."""
    with jax.enable_x64(True):
        knobs = {path: jnp.asarray(float(value)) for path, value in optimizer.knobs().items()}
        start = Point(jnp.asarray(START["weight"]), jnp.asarray(START["bias"]))
        return jax.tree.map(np.asarray, program(structure(optimizer)).run(knobs, start))


# The oracles: each follows one array θ down its gradient.

Gradient = Callable[[np.ndarray], np.ndarray]
GRADIENTS: dict[str, Gradient] = {
    "weight": lambda w: CURVATURE * w,
    "bias": lambda b: np.array([2 * (b[0] - 1) - 400 * b[0] * (b[1] - b[0] ** 2), 200 * (b[1] - b[0] ** 2)]),
}


def sgd(o: SGD, gradient: Gradient, theta: np.ndarray) -> list[np.ndarray]:
    """Momentum as the lectures write it, Nesterov's at the point ahead, which is what the library keeps."""
    path, m = [], np.zeros_like(theta)
    for _ in range(STEPS):
        ahead = o.momentum * m if o.nesterov else 0.0
        m = o.momentum * m - o.learning_rate * gradient(theta + ahead)
        theta = theta + m
        path.append(theta + o.momentum * m if o.nesterov else theta)
    return path


def along(direction: Callable[[Any, np.ndarray, dict[str, Any], int], np.ndarray]) -> Callable[..., list[np.ndarray]]:
    """Return the oracle of θ ← θ − η(d + λθ), where ``direction`` gives d from the gradient and a memory."""

    def follow(o: Any, gradient: Gradient, theta: np.ndarray) -> list[np.ndarray]:
        path, memory = [], {name: np.zeros_like(theta) for name in "msu"}
        for t in range(1, STEPS + 1):
            decay = o.weight_decay * theta if theta.ndim == 2 else 0.0
            theta = theta - o.learning_rate * (direction(o, gradient(theta), memory, t) + decay)
            path.append(theta)
        return path

    return follow


@along
def adagrad(o, g, memory, t):
    memory["s"] += g**2
    return g / (np.sqrt(o.initial_accumulator + memory["s"]) + o.epsilon)


@along
def rmsprop(o, g, memory, t):
    memory["s"] = o.decay * memory["s"] + (1 - o.decay) * g**2
    return g / (np.sqrt(memory["s"]) + o.epsilon)


@along
def adadelta(o, g, memory, t):
    memory["s"] = o.decay * memory["s"] + (1 - o.decay) * g**2
    step = np.sqrt(memory["u"] + o.epsilon) / np.sqrt(memory["s"] + o.epsilon) * g
    memory["u"] = o.decay * memory["u"] + (1 - o.decay) * step**2
    return step


def moments(o, g, memory, t):
    memory["m"] = o.beta1 * memory["m"] + (1 - o.beta1) * g
    memory["s"] = o.beta2 * memory["s"] + (1 - o.beta2) * g**2
    return memory["m"] / (1 - o.beta1**t), np.sqrt(memory["s"] / (1 - o.beta2**t)) + o.epsilon


def adam_direction(o, g, memory, t):
    mean, size = moments(o, g, memory, t)
    return mean / size


@along
def adamax(o, g, memory, t):
    memory["m"] = o.beta1 * memory["m"] + (1 - o.beta1) * g
    memory["u"] = np.maximum(o.beta2 * memory["u"], np.abs(g) + o.epsilon)
    return memory["m"] / (1 - o.beta1**t) / memory["u"]


@along
def nadam(o, g, memory, t):
    _, size = moments(o, g, memory, t)
    ahead = o.beta1 * memory["m"] / (1 - o.beta1 ** (t + 1)) + (1 - o.beta1) * g / (1 - o.beta1**t)
    return ahead / size


@along
def radam(o, g, memory, t):
    mean, size = moments(o, g, memory, t)
    longest = 2 / (1 - o.beta2) - 1
    length = longest - 2 * t * o.beta2**t / (1 - o.beta2**t)
    if length < o.threshold:
        return mean
    rectifier = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    return np.sqrt(rectifier) * mean / size


@along
def lion(o, g, memory, t):
    step = np.sign(o.beta1 * memory["m"] + (1 - o.beta1) * g)
    memory["m"] = o.beta2 * memory["m"] + (1 - o.beta2) * g
    return step


@along
def muon(o, g, memory, t):
    if g.ndim != 2:
        return adam_direction(o, g, memory, t)
    memory["m"] = o.momentum * memory["m"] + (1 - o.momentum) * g
    x = memory["m"] / (1 - o.momentum**t)
    if o.nesterov:
        ahead = memory["m"] / (1 - o.momentum ** (t + 1))
        x = o.momentum * ahead + (1 - o.momentum) * g / (1 - o.momentum**t)
    x = x / (np.linalg.norm(x) + o.epsilon)
    a, b, c = o.coefficients
    for _ in range(o.iterations):
        x = a * x + b * (x @ x.T @ x) + c * (x @ x.T @ x @ x.T @ x)
    return o.update_rms * np.sqrt(max(g.shape)) * x


def schedule_free(o: ScheduleFreeAdamW, gradient: Gradient, theta: np.ndarray) -> list[np.ndarray]:
    """The paper's three sequences at a constant rate, where the average is the plain mean of z; x is what is used."""
    path, x, z, v = [], theta, theta, np.zeros_like(theta)
    for t in range(1, STEPS + 1):
        y = (1 - o.beta1) * z + o.beta1 * x
        g = gradient(y)
        v = o.beta2 * v + (1 - o.beta2) * g**2
        step = g / (np.sqrt(v / (1 - o.beta2**t)) + o.epsilon)
        z = z - o.learning_rate * (step + (o.weight_decay * y if theta.ndim == 2 else 0.0))
        x = (1 - 1 / t) * x + z / t
        path.append(x)
    return path


adam = along(adam_direction)
ORACLES: dict[str, Callable[..., list[np.ndarray]]] = {
    "SGD": sgd,
    "AdaGrad": adagrad,
    "RMSProp": rmsprop,
    "AdaDelta": adadelta,
    "Adam": adam,
    "AdamW": adam,
    "AdaMax": adamax,
    "NAdam": nadam,
    "RAdam": radam,
    "Lion": lion,
    "Muon": muon,
    "ScheduleFreeAdamW": schedule_free,
}
CASES: list[Any] = [
    SGD(learning_rate=1e-3),
    SGD(learning_rate=1e-3, momentum=0.9),
    SGD(learning_rate=1e-3, momentum=0.9, nesterov=True),
    AdaGrad(),
    AdaGrad(learning_rate=0.1, initial_accumulator=0.1),
    RMSProp(),
    AdaDelta(),
    Adam(learning_rate=0.1),
    AdamW(),
    AdaMax(),
    NAdam(),
    RAdam(),
    Lion(weight_decay=0.1),
    Muon(learning_rate=0.02),
    Muon(nesterov=False, iterations=3),
    ScheduleFreeAdamW(learning_rate=0.05, weight_decay=0.1),
]


def test_every_optimizer_has_an_oracle():
    assert set(ORACLES) == {type(case).__name__ for case in CASES}
    searching = {name for name, member in OPTIMIZERS.items() if member.needs_loss}
    assert set(OPTIMIZERS) - set(ORACLES) == searching, "whose line searches are held by tests of their own"


@pytest.mark.parametrize("settings", [lambda o: o, moved], ids=["as is", "moved"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{type(case).__name__}-{CASES.index(case)}")
def test_twenty_steps_equal_the_oracle(case, settings):
    optimizer = settings(case)
    points, oracle = descend(optimizer), ORACLES[type(case).__name__]
    for part, gradient in GRADIENTS.items():
        expected = np.stack(oracle(optimizer, gradient, START[part]))
        assert np.isfinite(expected).all()
        np.testing.assert_allclose(getattr(points, part), expected, rtol=1e-9, atol=1e-12, err_msg=part)


@every_optimizer
def test_defaults_descend_a_parabola_and_other_knobs_compile_nothing(name):
    optimizer = OPTIMIZERS[name]()
    weights = descend(optimizer).weight
    assert np.isfinite(weights).all()
    heights = [np.sum(CURVATURE * weight**2) for weight in (START["weight"], *weights)]
    assert heights[-1] < heights[0]
    other = descend(moved(optimizer)).weight
    assert not np.array_equal(weights, other)
    assert len(program(structure(optimizer)).traces) == 1


@every_optimizer
def test_decay_is_decoupled_and_reaches_weights_alone(name):
    point = Point(**{part: jnp.asarray(START[part], jnp.float32) for part in GRADIENTS})
    gradient = Point(**{part: jnp.asarray(slope(START[part]), jnp.float32) for part, slope in GRADIENTS.items()})

    def update(weight_decay):
        rule = optax.with_extra_args_support(OPTIMIZERS[name](weight_decay=weight_decay).transformation(0.5))
        return rule.update(gradient, rule.init(point), point, value=cost(point), grad=gradient, value_fn=cost)[0]

    with_decay, without = update(0.1), update(0.0)
    np.testing.assert_allclose(with_decay.weight - without.weight, -0.5 * 0.1 * point.weight, atol=1e-5)
    np.testing.assert_array_equal(with_decay.bias, without.bias)


def test_decay_spares_vectors_and_whatever_is_not_called_weight():
    parameters = [Point(jnp.ones(shape), jnp.ones((2, 2))) for shape in ((3,), (2, 3), (2, 3, 4))]
    assert [(mask.weight, mask.bias) for mask in decayed(parameters)] == [(False, False), (True, False), (True, False)]


@every_optimizer
def test_recipe_files_hold_it(name):
    for optimizer in (OPTIMIZERS[name](), moved(OPTIMIZERS[name](weight_decay=0.1))):
        recipe = Recipe(optimizer=optimizer)
        assert Recipe.from_toml(recipe.to_toml()) == recipe
        assert Recipe.from_dict(recipe.to_dict()) == recipe


@every_optimizer
def test_nonsense_is_refused_by_name(name):
    require_refusals(OPTIMIZERS[name])


@every_optimizer
def test_it_is_documented(name):
    require_documents(OPTIMIZERS.entry(name))


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_raises_the_effective_rate(nesterov):
    """On a constant gradient each step grows to η/(1−μ) times the gradient."""
    rule = SGD(momentum=0.9, nesterov=nesterov).transformation(0.01)
    memory, gradient = rule.init(jnp.zeros(1)), jnp.full(1, 2.0)
    for _ in range(200):
        update, memory = rule.update(gradient, memory)
    assert float(update[0]) == pytest.approx(-0.01 / (1 - 0.9) * 2.0, rel=1e-5)


def test_muon_takes_weights_with_two_axes_and_adam_the_rest():
    key = jax.random.key(0)
    parameters = {
        part: Point(jax.random.normal(key, shape), jax.random.normal(key, (4, 4)))
        for part, shape in {"matrix": (4, 6), "stacked": (2, 4, 6), "vector": (6,)}.items()
    }
    updates = {
        type(optimizer): optimizer.direction().update(parameters, optimizer.direction().init(parameters))[0]
        for optimizer in (Muon(), Adam())
    }
    matrix = updates[Muon]["matrix"].weight
    singular = np.linalg.svd(matrix, compute_uv=False) / (0.2 * np.sqrt(6))
    assert ((singular > 0.6) & (singular < 1.3)).all()
    ours, theirs = (jax.tree.leaves_with_path(updates[kind]) for kind in (Muon, Adam))
    for (path, mine), (_, other) in zip(ours, theirs, strict=True):
        assert jnp.array_equal(mine, other) == (mine is not matrix), path


def test_muon_trains_a_whole_network_under_restarts():
    recipe = Recipe(
        network=MLP(hidden=(8,), normalization="layer"),
        optimizer=Muon(learning_rate=0.01, weight_decay=0.01),
        schedule=CosineRestarts(period=4),
        batch_size=32,
        max_epochs=12,
        early_stopping=None,
        telemetry=False,
    )
    record = train(recipe, blobs()).record
    assert record["training_loss"][-1] < 0.8 * record["training_loss"][0]
    assert record["learning_rate"][3] < 0.2 * record["learning_rate"][4]
