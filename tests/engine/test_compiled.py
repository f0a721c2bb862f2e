"""Programs compile once, ahead where that saves time, and the garbage collector is back at work afterwards."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import jax
import jax.numpy as jnp
import pytest

from tests.engine.problems import blobs
from trainwell import MLP, Adam, Constant, Recipe
from trainwell.engine import collector, compiled
from trainwell.engine.collector import spared
from trainwell.engine.compilation import compiler_options
from trainwell.engine.compiled import OnceCompiled
from trainwell.engine.training import train

# A width that no other test has, so that nothing is compiled before.
RECIPE = Recipe(
    network=MLP(hidden=(11,)),
    optimizer=Adam(learning_rate=0.01),
    schedule=Constant(),
    batch_size=16,
    max_epochs=2,
    early_stopping=None,
)


@pytest.fixture
def doubling():
    """A jitted function and the list of its tracings."""
    traced = []

    def double(x):
        traced.append(x.shape)
        return 2 * x

    return OnceCompiled(jax.jit(double)), traced


def test_what_is_prepared_by_shapes_alone_is_not_traced_again(doubling):
    double, traced = doubling
    double.prepare(jax.ShapeDtypeStruct((3,), jnp.float32))
    assert double.knows(jnp.ones(3))
    assert not double.knows(jnp.ones(4))
    assert double(jnp.ones(3)).tolist() == [2.0, 2.0, 2.0]
    assert traced == [(3,)]


def test_threads_that_come_together_compile_once(doubling):
    double, traced = doubling
    threads = [threading.Thread(target=double, args=(jnp.ones(5),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert traced == [(5,)]


@pytest.mark.parametrize("telemetry", [False, True])
def test_a_run_finds_compiled_what_was_begun_ahead(telemetry):
    recipe = RECIPE.model_copy(update={"telemetry": telemetry})
    trained = train(recipe, blobs())
    assert trained.program.compilations == (3 if telemetry else 2)  # weights, updates, looks: each traced once


def test_the_collector_comes_back_after_the_last_of_nested_blocks():
    gc.unfreeze()
    with spared():
        with spared():
            assert gc.get_freeze_count() > 0
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
    assert collector._spared == 0


def test_the_collector_comes_back_after_an_error():
    gc.unfreeze()
    with pytest.raises(ZeroDivisionError), spared():
        _ = 1 / 0
    assert gc.get_freeze_count() == 0


def test_what_was_forgotten_is_compiled_again(doubling):
    double, traced = doubling
    double(jnp.ones(3))
    double.forget()
    assert not double.knows(jnp.ones(3))
    assert double(jnp.ones(3)).tolist() == [2.0, 2.0, 2.0]
    assert traced == [(3,), (3,)]


def test_the_least_used_are_forgotten_where_memory_mappings_run_out(monkeypatch):
    functions = [OnceCompiled(jax.jit(lambda x, factor=factor: factor * x)) for factor in range(4)]
    monkeypatch.setattr(compiled, "_alive", weakref.WeakSet())
    monkeypatch.setattr(compiled, "most_mappings", lambda: 100.0)
    taken = {"now": 0}
    monkeypatch.setattr(compiled, "mappings", lambda: taken["now"])
    for function in functions[:3]:
        function(jnp.ones(2))
    functions[0](jnp.ones(2))  # used again: the second is now the oldest
    counts = iter([60, 40])  # beyond half of them until something is forgotten
    monkeypatch.setattr(compiled, "mappings", lambda: next(counts))
    functions[3](jnp.ones(2))
    assert [function.knows(jnp.ones(2)) for function in functions] == [True, False, True, True]


@pytest.mark.skipif(compiled.mappings() == 0, reason="only Linux tells how many mappings there are")
def test_forgetting_gives_mappings_back():
    def slow(x):
        for step in range(20):
            x = jnp.sort(jnp.sin(x) + step)
        return x

    for thread in threading.enumerate():
        if thread.name == "trainwell-aside":  # what other tests began beside them would count as well
            thread.join()
    function = OnceCompiled(jax.jit(slow))
    function(jnp.ones(50)).block_until_ready()
    held = compiled.mappings()
    function.forget()
    ends = time.monotonic() + 10  # the runtime lets go of it in a thread of its own
    while compiled.mappings() > held - 20 and time.monotonic() < ends:
        time.sleep(0.05)
    assert compiled.mappings() < held - 20


def test_a_level_of_ones_own_is_respected(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=1")
    assert compiler_options() == ({"xla_backend_optimization_level": 1} if jax.default_backend() == "cpu" else {})
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=3")
    assert compiler_options() == {}
