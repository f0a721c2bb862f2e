"""What a training run wrote down: arrays per epoch and per layer, a few facts, nothing else.

The engine writes a record; the clinic, the search and the report read it. A record made elsewhere (in a PyTorch or
Keras loop) serves as well. Not for weights, not for scores.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from trainwell.errors import ArtifactError, unknown_name

#: The curves, one value per epoch (E), and the telemetry, one row per measured epoch (T) and column per layer (L).
QUANTITIES: Mapping[str, str] = {
    "epoch": "(E,) number of epochs finished",
    "step": "(E,) number of updates made",
    "seconds": "(E,) wall-clock seconds since training began",
    "learning_rate": "(E,) rate of the epoch's last update",
    "training_loss": "(E,) mean over the epoch's batches, as the network stood at each (dropout on)",
    "validation_loss": "(E,) mean over the validation part after the epoch (dropout off)",
    "training_score": "(E,) accuracy or RMSE over the epoch's batches, as the network stood at each "
    "(RMSE of several targets: of their scaled values)",
    "validation_score": "(E,) accuracy or RMSE over the validation part after the epoch, likewise",
    "gradient_norm": "(E,) mean global gradient norm over the epoch's batches, before clipping",
    "telemetry_epoch": "(T,) epoch at which the layers were measured; 0 is before the first update",
    "probe_loss": "(T,) loss of the probe batch (training rows, dropout off)",
    "probe_loss_training_mode": "(T,) the same with dropout on and normalization over the batch",
    "gradient_agreement": "(T,) cosine between the gradients of the probe's two halves",
    "gradient_noise_scale": "(T,) batch size, in rows, at which chance and signal are equal parts of the gradient",
    "update_alignment": "(T,) cosine between the probe's update and its descent direction; below 0 goes uphill",
    "output_mean": "(T,) mean of the network's outputs over the probe",
    "output_deviation": "(T,) standard deviation of the outputs over probe rows, mean over outputs",
    "output_minimum": "(T,) least output on the probe",
    "output_maximum": "(T,) greatest output on the probe",
    "output_row_sum_error": "(T,) largest distance from 1 of the sum of one row's outputs",
    "output_curvature": "(T,) distance of the network from a straight line between probe rows, over their outputs' "
    "distance; 0 for a linear network",
    "layer_weight_norm": "(T, L) Euclidean norm of the layer's weights",
    "layer_gradient_norm": "(T, L) Euclidean norm of the probe batch's gradient",
    "layer_update_ratio": "(T, L) norm of the update over norm of the weights",
    "layer_update_alignment": "(T, L) cosine between the layer's update and its descent direction",
    "unit_similarity": "(T, L) 1 where all units of the layer have the same weights, near 0 where drawn at random",
    "idle_share": "(T, L) fraction of the layer's units whose weights get a gradient of exactly 0 from the probe",
    "activation_mean": "(T, A) mean activation over units and probe rows",
    "activation_deviation": "(T, A) standard deviation of the same",
    "dead_share": "(T, A) fraction of units that are 0 on every probe row",
    "saturated_share": "(T, A) fraction of entries where the activation's derivative is below 1e-3",
    "input_mean": "(F,) mean of each encoded input over training rows; written once",
    "input_deviation": "(F,) standard deviation of the same",
}
#: Quantities with a column per activation; those of the other tables are layers'.
BY_ACTIVATION = ("activation_mean", "activation_deviation", "dead_share", "saturated_share")


@dataclass(frozen=True, eq=False)
class Record(Mapping[str, np.ndarray]):
    """Named arrays (see :data:`QUANTITIES`) and JSON-able facts about one run.

    Facts the engine states: ``task``, ``score`` (name of the curve's metric), ``layers`` and ``activations`` (names
    of the L and A columns), ``steps_per_epoch``, ``batch_size``, ``parameters``, ``best_epoch``,
    ``stopped_because``, ``seed``, ``compile_seconds``, ``seconds``. What a run is held against: ``base_loss`` and
    ``base_validation_loss`` (loss of the best answer that is the same for all rows), ``base_score`` and
    ``linear_score`` (of that answer and of a linear model, on the validation part), ``linear_training_score``. Where
    the run leaves a twentieth of the validation rows wrong, or of the variance unexplained, besides:
    ``neighbour_score`` (of the nearest training rows' answers), ``kernel_score`` (of a smooth function fitted to them),
    ``sure_error`` (how often these yardsticks are wrong on the ninth of the rows that they are surest of,
    ``sure_rows`` of them), ``less_sure_error`` (the same of the two ninths after it), ``yardstick_signal`` (how surely
    their answers go with the truth, in standard errors), ``yardstick_training_signal`` (the same of training rows),
    ``yardstick_shift`` (by how many standard errors they err more on validation rows than on training rows left out).
    Of the data: ``effective_training_rows`` and ``effective_validation_rows`` (where rows weigh differently, how many
    of equal weight would tell a score as surely), ``training_rows``, ``validation_rows``, ``max_epochs``.
    What was trained: ``loss``, ``loss_takes`` (``"logits"``, ``"values"``, …), ``optimizer`` (``kind`` and
    settings), ``layer_units`` and ``layer_inputs`` (per layer), ``activation_functions``, ``batch_normalization``.
    Of a regression target as the network sees it: ``target_mean``, ``target_deviation``, ``target_minimum``,
    ``target_maximum``, ``target_tail`` (its deviation over that of a normal one of the same interquartile range);
    ``target_values`` and ``target_order`` where its few whole numbers may be classes. Written by adapters alone:
    ``output_shape`` and ``target_shape`` (of one batch, as the loss got them), ``class_recall`` (share of each class's
    validation rows told rightly), ``nonfinite_inputs`` and ``nonfinite_targets`` (places ``[row, column]`` of what is
    not a number). A fact that is not known is left out.

    >>> record = Record({"training_loss": np.array([2.0, 1.0])}, {"best_epoch": 2})
    >>> record["training_loss"][-1], record.facts["best_epoch"]
    (np.float64(1.0), 2)
    """

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        curves = {name: self.arrays.get(name, np.zeros(0)) for name in ("training_loss", "validation_loss")}
        last = ", ".join(f"{name.replace('_', ' ')} {curve[-1]:.3g}" for name, curve in curves.items() if len(curve))
        counts = f"{len(self.arrays)} quantities over {len(self.arrays.get('epoch', ()))} epochs"
        return f"<Record of {counts}: {last}>" if last else f"<Record of {counts}>"

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.arrays:
            raise unknown_name("recorded quantity", name, self.arrays)
        return self.arrays[name]

    def __contains__(self, name: object) -> bool:
        return name in self.arrays

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def save(self, path: Path) -> None:
        """Write the record to one safetensors file, the facts as JSON in its header."""
        contiguous = {name: np.ascontiguousarray(array) for name, array in self.arrays.items()}
        path.write_bytes(save(contiguous, metadata={"facts": json.dumps(dict(self.facts))}))

    @staticmethod
    def load(path: Path) -> Record:
        """Read a record written by :meth:`save`; raises ``ArtifactError`` naming a broken file."""
        try:
            with safe_open(path, framework="numpy") as file:
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                facts = json.loads((file.metadata() or {}).get("facts", "{}"))
        except (OSError, SafetensorError, ValueError) as problem:
            raise ArtifactError(f"{path} is not a readable record: {problem}.") from None
        return Record(arrays, facts)
