"""Products beside a training take one thread, and as many as before afterwards, whoever asked."""

from __future__ import annotations

import threading

import pytest

from tests.engine.problems import blobs
from trainwell.adapters.clock import Clock
from trainwell.engine.aside import aside
from trainwell.engine.looks import reference as looks
from trainwell.engine.threads import libraries, on_one_thread


def threads() -> set[int]:
    """Return how many threads the libraries of linear algebra would use now."""
    return {found["num_threads"] for found in libraries().info() if found["user_api"] == "blas"}


def test_products_take_one_thread_and_then_as_many_as_before():
    before = threads()
    with on_one_thread():
        with on_one_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == before


def test_blocks_of_many_threads_leave_the_libraries_as_they_were():
    before, barrier = threads(), threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        for _ in range(50):
            with on_one_thread():
                pass

    team = [threading.Thread(target=ask) for _ in range(8)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert threads() == before


def test_yardsticks_beside_a_training_take_one_thread(monkeypatch):
    seen, before, unseen = [], threads(), looks.unseen

    def noting(*arguments):
        seen.append(threads())
        return unseen(*arguments)

    monkeypatch.setattr(looks, "unseen", noting)
    aside(looks.reference, blobs()).result()
    assert seen == [{1}]
    assert threads() == before


def test_looks_at_another_frameworks_loop_take_one_thread():
    before = threads()

    def fail() -> None:
        assert threads() == {1}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Clock().looking():
        fail()
    assert threads() == before
