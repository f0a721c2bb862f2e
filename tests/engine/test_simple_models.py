"""The simple models: by closed forms, and for rows left out by fitting anew without them."""

from __future__ import annotations

import numpy as np
import pytest

from trainwell.engine.looks.simple_models import PENALTIES, SIMPLE_MODELS, Kernel, Linear, Nearest, scaled

ROWS = 80


def rows(seed: int = 0, count: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs, and classes drawn by chance as columns of zeros and ones."""
    random = np.random.default_rng(seed)
    drawn = random.normal(size=(count, 5))
    return scaled(drawn, drawn), np.eye(3)[random.integers(0, 3, count)]


def ridge(matrix: np.ndarray, columns: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Return the weights that ridge regression gives."""
    return np.linalg.solve(matrix.T @ matrix + np.diag(penalty), matrix.T @ columns)


@pytest.mark.parametrize("place", [0, 17, 79])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_linear_model_without_a_row_is_the_one_fitted_without_it(place: int, weighted: bool) -> None:
    seen, columns = rows()
    weights = np.random.default_rng(1).uniform(0.5, 2, ROWS) if weighted else None
    model, others = Linear(seen, columns, weights), np.arange(ROWS) != place
    root = np.ones(ROWS) if weights is None else np.sqrt(weights)
    penalty = np.array([1.0] * 5 + [1e-9])
    without = ridge((model.matrix * root[:, None])[others], (columns * root[:, None])[others], penalty)
    assert model.left_out(np.array([place]))[0] == pytest.approx(model.matrix[place] @ without, abs=1e-9)


@pytest.mark.parametrize("place", [0, 17, 79])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_smooth_function_without_a_row_is_the_one_fitted_without_it(place: int, weighted: bool) -> None:
    """About the same centre, by the same penalty."""
    seen, columns = rows()
    weights = np.random.default_rng(1).uniform(0.5, 2, ROWS) if weighted else None
    model, others = Kernel(seen, columns, weights), np.arange(ROWS) != place
    root = np.ones(ROWS) if weights is None else np.sqrt(weights / weights.mean())
    matrix = model.waved(seen.astype(np.float32)).astype(np.float64)
    kernel = matrix @ matrix.T
    wanted = (columns - model.centre) * root[:, None]
    answers = []
    for penalty in PENALTIES:  # by the dual form: k(x, X) (K + λI)⁻¹ y
        inner = kernel[np.ix_(others, others)] * np.outer(root[others], root[others])
        dual = np.linalg.solve(inner + penalty * np.eye(ROWS - 1), wanted[others])
        answers.append((kernel[place, others] * root[others]) @ dual + model.centre)
    found = model.left_out(np.array([place]))[0]
    assert min(np.abs(found - each).max() for each in answers) < 1e-4


def test_the_smooth_function_tells_what_is_smooth_and_bent() -> None:
    random = np.random.default_rng(0)
    seen, asked = random.normal(size=(500, 3)), random.normal(size=(200, 3))

    def bent(at: np.ndarray) -> np.ndarray:
        return np.sin(2 * at[:, :1]) * at[:, 1:2]

    models = {name: model(seen, bent(seen)) for name, model in SIMPLE_MODELS.items()}
    missed = {name: np.std(model.answers(asked) - bent(asked)) for name, model in models.items()}
    assert missed["linear"] > 0.6
    assert missed["kernel"] < 0.4
    assert missed["kernel"] < missed["neighbour"]


def test_its_kernel_is_gaussian() -> None:
    """Of waves √(2/D) cos(ωᵀx + φ) the products come to exp(−‖x − x′‖² / 2s²), with s the median distance."""
    seen, columns = rows(count=400)
    model = Kernel(seen, columns)
    own = seen[:100]
    waves = model.waved(own.astype(np.float32))[:, :256]
    apart = np.linalg.norm(own[:, None] - own, axis=2)
    exact = np.exp(-np.square(apart) / (2 * np.median(apart[apart > 0]) ** 2))
    assert np.abs(waves @ waves.T - exact).mean() < 0.06


def test_no_row_is_its_own_neighbour() -> None:
    seen, columns = rows()
    own = Nearest(seen, columns).left_out(np.arange(ROWS))
    apart = np.linalg.norm(seen[3:4] - seen, axis=1)
    nearest = np.argsort(apart)[1:16]
    assert own[3] == pytest.approx(columns[nearest].mean(axis=0))


def test_rows_as_far_as_the_last_neighbour_answer_too_and_all_where_no_distance_is_known() -> None:
    seen, columns = np.repeat([[0.0], [1.0]], 20, axis=0), np.eye(3)[np.repeat([0, 1], 20)]
    answers = Nearest(seen, columns).answers(np.array([[0.0], [np.nan]]))
    assert answers.tolist() == [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]


@pytest.mark.parametrize("name", ["linear", "kernel"])
def test_a_row_of_weight_three_counts_as_three_rows(name: str) -> None:
    seen, columns = rows()
    weights = np.random.default_rng(1).integers(1, 4, ROWS)
    model = SIMPLE_MODELS[name](seen, columns, weights.astype(float))
    if name == "linear":
        expected = model.matrix @ ridge(  # type: ignore[attr-defined]
            np.repeat(model.matrix, weights, axis=0),  # type: ignore[attr-defined]
            np.repeat(columns, weights, axis=0),
            np.array([1.0] * 5 + [1e-9]),
        )
        assert model.answers(seen) == pytest.approx(expected)
        return
    again = SIMPLE_MODELS[name](seen, columns, 7.0 * weights)
    assert model.answers(seen) == pytest.approx(again.answers(seen))
    alone = SIMPLE_MODELS[name](seen, columns)
    assert np.abs(model.answers(seen) - alone.answers(seen)).max() > 1e-3


def test_neighbours_answer_by_their_weights() -> None:
    seen, columns = np.zeros((4, 1)), np.eye(3)[[0, 0, 1, 2]]
    model = Nearest(seen, columns, np.array([1.0, 1.0, 6.0, 2.0]))
    assert model.answers(seen[:1])[0] == pytest.approx([0.2, 0.6, 0.2])


@pytest.mark.parametrize("name", list(SIMPLE_MODELS))
def test_columns_that_are_no_numbers_or_do_not_vary_are_left_aside(name: str) -> None:
    seen, columns = rows()
    odd = np.concatenate([seen, np.full((ROWS, 1), np.nan), np.ones((ROWS, 1))], axis=1)
    model, without = SIMPLE_MODELS[name](scaled(odd, odd), columns), SIMPLE_MODELS[name](seen, columns)
    assert np.isfinite(model.answers(scaled(odd, odd))).all()
    assert np.isfinite(model.left_out(np.arange(ROWS))).all()
    if name != "kernel":  # whose waves are drawn for as many inputs as there are
        assert model.answers(scaled(odd, odd)) == pytest.approx(without.answers(seen), abs=1e-5)


@pytest.mark.parametrize("name", list(SIMPLE_MODELS))
def test_inputs_that_say_nothing_and_few_rows_do_no_harm(name: str) -> None:
    for count in (2, 3, 5):
        columns = np.eye(2)[np.arange(count) % 2]
        model = SIMPLE_MODELS[name](np.zeros((count, 4)), columns)
        assert model.answers(np.zeros((1, 4)))[0] == pytest.approx(columns.mean(axis=0), abs=1e-3)
