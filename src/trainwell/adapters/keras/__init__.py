"""Watches a Keras model's ``fit`` on JAX or PyTorch: one callback, and ``trainwell diagnose`` reads what it writes.

from trainwell.adapters.keras import Watch

watched = Watch(probe=(x_train, y_train))
model.fit(x_train, y_train, validation_split=0.2, epochs=20, callbacks=[watched])
watched.save("runs/mine")                    # then: trainwell diagnose runs/mine
"""

from __future__ import annotations

try:
    import keras as _keras  # noqa: F401
except ImportError as problem:
    raise ImportError(
        f"trainwell.adapters.keras needs Keras 3 with a backend, but importing it failed: {problem}. "
        "Install it, pip install keras, and name a backend that is installed: KERAS_BACKEND=jax."
    ) from None

from trainwell.adapters.keras.watch import Watch

__all__ = ["Watch"]
