"""Recipes by name: what a person gets without asking, and the plain recipe of the lectures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trainwell.data import Dataset, Encoding
from trainwell.engine.recipe import Recipe
from trainwell.layout import Layout
from trainwell.network import CNN, MLP, Periodic
from trainwell.network.inputs import shape_in_space
from trainwell.registry import Registry
from trainwell.tasks import is_classification
from trainwell.training import Adam, AdamW, Cosine, EarlyStopping, Plateau

Preset = Callable[[Dataset], Recipe]

PRESETS: Registry[Preset] = Registry("preset")

#: Updates that a run of the default recipe makes about, whatever the number of rows.
FEWEST_UPDATES, MOST_EPOCHS, FEWEST_EPOCHS = 2_000, 256, 60
#: Epochs that a convolutional network makes at least, and the side below which nothing is convolved.
FEWEST_IMAGE_EPOCHS, SMALLEST_SIDE = 12, 4


@PRESETS.register(
    "default",
    formula="robust scaling, periodic embeddings, 3 × 256 Mish, dropout, AdamW, one cycle; convolutions for images",
    source="Holzmüller et al. 2024 (RealMLP); Gorishniy et al. 2022",
)
def default(data: Dataset) -> Recipe:
    """What is known to work on tables: numbers seen as waves, three wide Mish layers, one cycle of AdamW.

    Images and signals get a convolutional network instead, see :func:`pictures`.

    Regression is trained on Huber's loss, which outliers move less; classes are smoothed in proportion to the rarest.
    """
    if data.array is not None and seen_in_space(data.array.shape[1:]):
        return pictures(data)
    regression = not is_classification(data.task)
    batch_size = 128 if len(data.parts.train) >= 1_000 else 32
    steps = -(-len(data.parts.train) // batch_size)
    return Recipe(
        network=MLP(hidden=(256, 256, 256), activation="mish", dropout=0.15, numbers=Periodic(frequencies=32, width=8)),
        encoding=Encoding(numbers="standard" if regression else "robust"),
        loss="huber" if regression else "auto",
        label_smoothing=smoothing(data),
        optimizer=AdamW(learning_rate=2e-3, beta2=0.98, weight_decay=0.01),
        schedule=Cosine(warm_up=0.1),
        batch_size=batch_size,
        max_epochs=max(FEWEST_EPOCHS, min(MOST_EPOCHS, FEWEST_UPDATES // steps)),
        early_stopping=None,
    )


def seen_in_space(shape: tuple[int, ...]) -> bool:
    """Tell whether examples of this shape are images or signals large enough to convolve.

    >>> seen_in_space((28, 28)), seen_in_space((40, 1)), seen_in_space((3, 2))
    (True, True, False)
    """
    return len(shape) in (2, 3) and min(shape_in_space(Layout(shape=shape))[:-1]) >= SMALLEST_SIDE


def pictures(data: Dataset) -> Recipe:
    """What is known to work on images and signals: blocks of convolutions with batch normalization, one cycle of AdamW.

    There are as many blocks as leave two places a side, but no more than three, or five from 64 places on; signals get
    longer kernels. Nothing is augmented, as only the person knows what may be mirrored or turned.
    """
    assert data.array is not None
    sides = shape_in_space(Layout(shape=data.array.shape[1:]))[:-1]
    blocks = max(1, min(3 if min(sides) < 64 else 5, int(np.log2(min(sides) / 2))))
    batch_size = 128 if len(data.parts.train) >= 4_000 else 64
    steps = -(-len(data.parts.train) // batch_size)
    return Recipe(
        network=CNN(
            channels=(32, 64, 64, 128, 128)[:blocks],
            kernel=5 if len(sides) == 1 else 3,
            hidden=(128,),
            dropout=0.3,
            normalization="batch",
        ),
        label_smoothing=smoothing(data),
        optimizer=AdamW(learning_rate=2e-3, weight_decay=0.01),
        schedule=Cosine(warm_up=0.1),
        batch_size=batch_size,
        max_epochs=max(FEWEST_IMAGE_EPOCHS, min(FEWEST_EPOCHS, FEWEST_UPDATES // steps)),
        early_stopping=None,
    )


def smoothing(data: Dataset, most: float = 0.1) -> float:
    """Return the label smoothing for a data set: ``most`` for even classes, less the rarer the rarest class is.

    Smoothing lifts every class to the same small probability, which buries a class that is rarer than that.
    """
    if not data.target.classes:
        return 0.0
    counts = np.bincount(data.target.values[data.parts.train], minlength=len(data.target.classes))
    return round(most * float(np.sqrt(counts.min() / counts.mean())), 3)


@PRESETS.register(
    "lecture",
    formula="standardise, 2 hidden ReLU layers, He, Adam 3e-4, plateau, early stopping",
    source="practice; Karpathy 2019, A Recipe for Training Neural Networks",
)
def lecture(data: Dataset) -> Recipe:
    """The plain recipe that lectures teach: easy to follow by hand, a fair first try."""
    return Recipe(
        network=MLP(hidden=(128, 64), activation="relu"),
        encoding=Encoding(numbers="standard"),
        optimizer=Adam(learning_rate=3e-4),
        schedule=Plateau(factor=0.1, patience=5),
        batch_size=64,
        max_epochs=200,
        early_stopping=EarlyStopping(patience=20),
    )


def default_recipe(data: Dataset, preset: str = "default") -> Recipe:
    """Return the recipe that a preset gives for a data set; raises ``UnknownNameError`` listing the presets."""
    return PRESETS[preset](data)
