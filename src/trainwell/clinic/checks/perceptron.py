"""Rosenblatt's rule that never comes to rest, as on XOR."""

from __future__ import annotations

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.remedies import remedy
from trainwell.network import Perceptron

SOURCE = "Novikoff 1962; Minsky & Papert 1969"
HIDDEN_LAYER = {
    "network": {"kind": "MLP", "hidden": [32]},
    "loss": "auto",
    "optimizer": {"kind": "AdamW", "learning_rate": 3e-3},
    "batch_size": 32,
}


@check("perceptron never converged", source=SOURCE)
def never_converged(case: Case) -> Observation | None:
    """A perceptron made mistakes in every epoch."""
    if case.recipe is None or not isinstance(case.recipe.network, Perceptron) or "training_score" not in case.record:
        return None
    shares = case.record["training_score"]
    rows, epochs = int(case.record.facts.get("training_rows", 0)), len(shares)
    if not epochs or shares.max() >= 1:
        return None
    fewest = max(1, round((1 - float(shares.max())) * rows))
    return Observation(
        severity="fault",
        sentence=f"The perceptron erred in each of its {epochs} epochs, on {fewest} of {rows} rows in the best one.",
        evidence={"epochs": epochs, "fewest_mistakes": fewest, "rows": rows},
        cause="No straight line may divide the classes, as with XOR; then the rule never comes to rest.",
        remedies=(
            remedy(case, "Take a network with a hidden layer.", HIDDEN_LAYER),
            remedy(case, "If the classes should be divisible, train longer.", {"max_epochs": 10 * epochs}),
        ),
        picture=("training_score",),
    )
