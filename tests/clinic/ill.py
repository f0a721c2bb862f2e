"""Cases made ill by hand, one for each check, and what they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.clinic.records import EPOCHS, LOOKS, failed, falling, record, regression
from trainwell.clinic import Case
from trainwell.data import Profile
from trainwell.data.profile import Repeats
from trainwell.engine import Recipe
from trainwell.engine.state import DIVERGED
from trainwell.network import MLP, Perceptron
from trainwell.training import SGD, Adam

RECIPE = Recipe(network=MLP(hidden=(32, 32)), optimizer=Adam(learning_rate=1e-3), max_epochs=40)

#: Simple models that know no more of validation rows than one answer for all.
UNKNOWN = {"linear_score": 0.1, "neighbour_score": 0.1}


def look(value: Any, width: int = 3) -> np.ndarray:
    """Return a layer quantity that is the same at every look."""
    return np.tile(np.broadcast_to(value, width), (LOOKS, 1)).astype(float)


def profile(**changes: Any) -> Profile:
    fields: dict[str, Any] = {
        "rows": 1000,
        "part_sizes": {"training": 640, "validation": 200, "test": 160},
        "duplicates": Repeats(),
        "conflicts": Repeats(),
        "overlap": {"training/validation": Repeats()},
        "class_counts": {"training": {"a": 340, "b": 300}, "validation": {"a": 110, "b": 90}},
        "power": {"x": 0.4, "z": 0.3},
    }
    return Profile(**(fields | changes))


EXPLODING = {"layer_gradient_norm": look([900.0, 30.0, 1.0]), "probe_loss": np.full(LOOKS, 40.0)}
EXPLODING |= {"probe_loss_training_mode": np.full(LOOKS, 40.0)}
UPHILL = {"update_alignment": np.full(LOOKS, -0.9), "training_loss": 2.3 + 0.2 * EPOCHS}
SIGMOIDS = ["sigmoid", "sigmoid"]
DEEP = {
    "layers": [f"hidden {number}" for number in range(1, 6)] + ["output"],
    "layer_units": [32] * 5 + [10],
    "layer_inputs": [20] + [32] * 5,
}

ILL: dict[str, Case] = {
    "non-finite input": Case(record(nonfinite_inputs=[[3, 2]])),
    "non-finite numbers": Case(
        record(failed() | {"training_loss": np.append(falling(2.3, 1.0)[:39], np.nan)}, outcome=DIVERGED), RECIPE
    ),
    "shapes broadcast": Case(regression(failed(1.0), output_shape=[32, 1], target_shape=[32])),
    "double softmax": Case(
        record(
            {
                "output_minimum": np.full(LOOKS, 0.001),
                "output_maximum": np.full(LOOKS, 0.999),
                "output_row_sum_error": np.full(LOOKS, 1e-6),
            }
        )
    ),
    "wrong loss for the task": Case(regression(target_values=10, target_order=0.1)),
    "output range": Case(regression({"output_minimum": np.zeros(LOOKS)})),
    "sign flipped": Case(record(failed() | UPHILL)),
    "frozen parameters": Case(record(failed() | {"layer_update_ratio": look([2e-3, 0.0, 2e-3])})),
    "exploding gradients": Case(record(failed() | EXPLODING), RECIPE),
    "vanishing gradients": Case(record(failed() | {"layer_gradient_norm": look([1e-6, 1e-4, 0.4])}), RECIPE),
    "symmetric initialization": Case(record({"unit_similarity": look([1.0, 1.0, 0.1])}), RECIPE),
    "no nonlinearity": Case(
        record({"output_curvature": np.full(LOOKS, 1e-7)}, activation_functions=["identity", "identity"])
    ),
    "saturation": Case(
        record(failed() | {"saturated_share": look([0.9, 0.2], 2)}, activation_functions=SIGMOIDS), RECIPE
    ),
    "dead ReLUs": Case(record(failed() | {"dead_share": look([0.1, 1.0], 2)}), RECIPE),
    "initializer/activation mismatch": Case(
        record(
            failed()
            | {
                "layer_weight_norm": look([0.5] * 6, 6),
                "layer_gradient_norm": look([0.4] * 6, 6),
                "layer_update_ratio": look([2e-3] * 6, 6),
                "unit_similarity": look([0.1] * 6, 6),
                "idle_share": look([0.0] * 6, 6),
            },
            **DEEP,
        ),
        RECIPE,
    ),
    "bad initial scale": Case(record(failed() | {"layer_weight_norm": look([90.0, 90.0, 3.2])}), RECIPE),
    "unscaled inputs": Case(record(failed() | {"input_deviation": np.geomspace(0.1, 500, 20)}), RECIPE),
    "outliers": Case(
        record(failed()),
        RECIPE.with_settings({"encoding.numbers": "standard"}),
        profile(outliers={"x": Repeats(12, (3, 4)), "z": Repeats(2, (5, 6))}, tails={"x": 80.0, "z": 3.0}),
    ),
    "unscaled target": Case(
        regression(failed(1e4), target_mean=150.0, target_deviation=77.0, base_loss=6e3, base_validation_loss=6e3)
    ),
    "target outliers": Case(
        regression(failed(0.9), target_mean=0.0, target_deviation=1.0, target_tail=40.0, base_loss=1.0), RECIPE
    ),
    "lopsided class weights": Case(
        record(),
        RECIPE.with_settings({"class_weights": {"b": 1000.0}}),
        profile(),
        {"class_recall": [0.02, 1.0]},
    ),
    "leakage": Case(record(), profile=profile(power={"answer": 0.999, "x": 0.3})),
    "overlapping parts": Case(record(), profile=profile(overlap={"training/validation": Repeats(90, (3, 4))})),
    "class imbalance": Case(
        record(),
        RECIPE,
        profile(class_counts={"training": {"a": 600, "b": 30}, "validation": {"a": 190, "b": 10}}),
        {"class_recall": [0.99, 0.1]},
    ),
    "labels unrelated to inputs": Case(
        record(
            failed() | {"training_loss": falling(2.3, 0.1)}, linear_score=0.1, neighbour_score=0.1, yardstick_signal=0.3
        )
    ),
    "label noise": Case(
        record(
            {"validation_loss": falling(2.3, 1.5), "validation_score": 1 - falling(0.9, 0.42)},
            linear_score=0.56,
            neighbour_score=0.57,
            sure_error=0.4,
            less_sure_error=0.45,
            sure_rows=140,
        ),
        RECIPE,
    ),
    "train/evaluation mismatch": Case(record({"probe_loss": np.array([2.4, 2.5, 2.0, 1.9])})),
    "batch too small for normalization": Case(record(failed(), batch_size=2, batch_normalization=True), RECIPE),
    "over-regularised": Case(
        record(failed() | {"layer_weight_norm": np.outer([8.0, 1, 0.1, 0.1], np.ones(3))}),
        RECIPE.with_settings({"optimizer": {"kind": "AdamW", "learning_rate": 0.003, "weight_decay": 10.0}}),
    ),
    "L2 with Adam": Case(record(failed(), optimizer={"kind": "Adam", "learning_rate": 1e-3, "l2": 0.1}), RECIPE),
    "batch size and learning rate mismatch": Case(
        record(failed(2.5) | {"layer_update_ratio": look(0.1)}, batch_size=1), RECIPE
    ),
    "learning rate too high": Case(record(failed(2.5) | {"layer_update_ratio": look(0.3)}), RECIPE),
    "learning rate decays too soon": Case(
        record(failed(2.2) | {"learning_rate": 1e-3 * 0.1**EPOCHS}),
        RECIPE.with_settings({"schedule": {"kind": "Exponential", "scale": 1.0}}),
    ),
    "clipping too tight": Case(
        record(failed(2.29) | {"layer_update_ratio": look(1e-6), "gradient_norm": np.full(40, 3.0)}),
        RECIPE.with_settings({"gradient_clipping": 1e-4}),
    ),
    "learning rate too low": Case(record(failed(2.29) | {"layer_update_ratio": look(1e-6)}), RECIPE),
    "stopped too soon": Case(
        record({"validation_loss": 2.3 - 0.02 * EPOCHS, "validation_score": np.full(40, 0.4)}), RECIPE
    ),
    "validation unlike training": Case(
        record(failed() | {"training_loss": falling(2.3, 0.1)}, yardstick_shift=12.0, **UNKNOWN), RECIPE
    ),
    "unrepresentative validation": Case(record(validation_rows=10)),
    "overfitting": Case(
        record({"validation_loss": 0.5 + 2 * np.exp(-EPOCHS / 2) + 0.05 * EPOCHS}, parameters=400_000), RECIPE
    ),
    "underfitting": Case(record({"training_score": np.full(40, 0.5), "validation_score": np.full(40, 0.5)}), RECIPE),
    "learned nothing": Case(record(failed())),
    "perceptron never converged": Case(
        record({"training_score": np.full(40, 0.6)}),
        Recipe(network=Perceptron(), loss="perceptron", optimizer=SGD(learning_rate=1.0), batch_size=1),
    ),
}
