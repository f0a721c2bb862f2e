"""The filters that a convolutional network learned.

A convolution looks at the picture through small windows, the same everywhere. Its filters start as noise and become
smoother: patches of one sign beside patches of the other, which answer to strokes and their edges. Nobody told them
so. Each map shows where in the digit its filter answers (rust: yes, blue: the opposite).
"""

import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import model_of, train_side_by_side
from examples.gallery.drawing import tiles
from examples.gallery.picture import Fact, Panel, Picture

CHANNELS = 12


def picture(quick: bool = False) -> Picture:
    """Train a small convolutional network on digits and look at its first layer."""
    digits = load_digits()
    data = tw.read(digits.images.astype(np.float32), y=digits.target)
    recipe = tw.Recipe(
        network=tw.CNN(channels=(CHANNELS,), kernel=5, hidden=(32,)),
        optimizer=tw.AdamW(learning_rate=0.01, weight_decay=1.5),
        schedule=tw.Cosine(),
        max_epochs=4 if quick else 60,
        early_stopping=None,
        telemetry=False,
        seed=0,
    )
    unmoved = recipe.with_settings({"max_epochs": 1, "optimizer.learning_rate": 1e-9})
    trained = train_side_by_side({"before": unmoved, "after": recipe}, data)
    before, after = (model_of(own, data) for own in trained.values())
    learned, drawn = filters(after), filters(before)
    shown = int(np.flatnonzero(digits.target == 3)[0])
    maps = seen_by(after, digits.images[shown : shown + 1].astype(np.float32))
    rough = {name: float(np.mean([roughness(own) for own in kernels])) for name, kernels in
             (("before", drawn), ("after", learned))}  # fmt: skip
    test = data.parts.test
    answers = after.predict(digits.images[test].astype(np.float32))
    accuracy = float(np.mean(np.asarray(answers) == digits.target[test]))
    moved = float(np.linalg.norm(learned - drawn) / np.linalg.norm(drawn))

    assert accuracy > (0.9 if quick else 0.96)
    assert rough["after"] < rough["before"]
    assert moved > 0.3
    assert np.abs(np.corrcoef(learned.reshape(CHANNELS, -1)) - np.eye(CHANNELS)).max() < 0.95

    panels = (
        Panel("Filters before training", tiles(list(drawn), 4), "Twelve small squares of noise."),
        Panel("The same filters after it", tiles(list(learned), 4), "Twelve small squares with edges and strokes."),
        Panel("A digit", tiles([digits.images[shown]], 1), "A handwritten three of 8 × 8 pixels."),
        Panel("Where each filter answers", tiles(list(np.moveaxis(maps, -1, 0)), 4), "Twelve maps of the three."),
    )
    facts = (
        Fact("test accuracy", f"{accuracy:.3f}", "> 0.96"),
        Fact("how far the filters moved, in their own length", f"{moved:.2f}", "> 0.3"),
        Fact("roughness: before, after", f"{rough['before']:.2f}, {rough['after']:.2f}", "smoother after"),
    )
    return Picture(panels, facts)


def convolution(model):
    """Return the place of the first convolution among the network's layers."""
    return next(at for at, layer in enumerate(model.network.layers) if getattr(layer, "weight", np.zeros(0)).ndim > 2)


def filters(model):
    """Return the first convolution's filters ``(channels, 5, 5)``."""
    return np.asarray(model.network.layers[convolution(model)].weight).reshape(CHANNELS, 5, 5)


def seen_by(model, image):
    """Return what the first convolution makes of one image ``(height, width, channels)``."""
    x, state = jnp.asarray(model.encoder.transform(image))[0], model.network_state
    for layer in model.network.layers[: convolution(model) + 1]:
        x, state = layer(x, state)
    return np.asarray(x)


def roughness(kernel):
    """Return the mean squared difference of neighbours over twice the variance: 1 for noise, near 0 for smooth ones."""
    steps = np.concatenate([np.diff(kernel, axis=0).ravel(), np.diff(kernel, axis=1).ravel()])
    return np.mean(steps**2) / (2 * np.var(kernel))
