"""trainwell trains neural networks on your data by the recipe that experts follow, and says with evidence how it went.

>>> import trainwell as tw
>>> recipe = tw.Recipe(network=tw.MLP(hidden=(32,)), optimizer=tw.AdamW(learning_rate=3e-3), max_epochs=3)
>>> recipe.network.hidden
(32,)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from trainwell import autodiff as autodiff
    from trainwell import clinic as clinic
    from trainwell.artifact import load as load
    from trainwell.data import Dataset as Dataset
    from trainwell.data import Encoding as Encoding
    from trainwell.data import Split as Split
    from trainwell.data import read as read
    from trainwell.engine import Recipe as Recipe
    from trainwell.engine import default_recipe as default_recipe
    from trainwell.estimators import Classifier as Classifier
    from trainwell.estimators import Regressor as Regressor
    from trainwell.functions import activations as activations
    from trainwell.functions import information as information
    from trainwell.functions import initializers as initializers
    from trainwell.functions import losses as losses
    from trainwell.functions import metrics as metrics
    from trainwell.model import Model as Model
    from trainwell.network import MLP as MLP
    from trainwell.network import Periodic as Periodic
    from trainwell.run import Run as Run
    from trainwell.run import fit as fit
    from trainwell.search import choice as choice
    from trainwell.search import cross_validate as cross_validate
    from trainwell.search import default_space as default_space
    from trainwell.search import integer as integer
    from trainwell.search import learning_curve as learning_curve
    from trainwell.search import loguniform as loguniform
    from trainwell.search import seed_variance as seed_variance
    from trainwell.search import uniform as uniform
    from trainwell.training import SGD as SGD
    from trainwell.training import AdaDelta as AdaDelta
    from trainwell.training import AdaGrad as AdaGrad
    from trainwell.training import Adam as Adam
    from trainwell.training import AdaMax as AdaMax
    from trainwell.training import AdamW as AdamW
    from trainwell.training import Constant as Constant
    from trainwell.training import Cosine as Cosine
    from trainwell.training import CosineRestarts as CosineRestarts
    from trainwell.training import EarlyStopping as EarlyStopping
    from trainwell.training import Exponential as Exponential
    from trainwell.training import InverseSquareRoot as InverseSquareRoot
    from trainwell.training import Linear as Linear
    from trainwell.training import Lion as Lion
    from trainwell.training import Muon as Muon
    from trainwell.training import NAdam as NAdam
    from trainwell.training import OneCycle as OneCycle
    from trainwell.training import PiecewiseConstant as PiecewiseConstant
    from trainwell.training import Plateau as Plateau
    from trainwell.training import Power as Power
    from trainwell.training import RAdam as RAdam
    from trainwell.training import RMSProp as RMSProp
    from trainwell.training import TimeDecay as TimeDecay
    from trainwell.tuning import tune as tune

#: Every public name and the room it lives in. Rooms are entered when first asked for, so that help comes quickly.
_ROOMS = {
    "artifact": ("load",),
    "data": ("Dataset", "Encoding", "Split", "read"),
    "engine": ("Recipe", "default_recipe"),
    "estimators": ("Classifier", "Regressor"),
    "model": ("Model",),
    "network": ("MLP", "Periodic"),
    "run": ("Run", "fit"),
    "search": (
        "choice",
        "cross_validate",
        "default_space",
        "integer",
        "learning_curve",
        "loguniform",
        "seed_variance",
        "uniform",
    ),
    "training": (
        "SGD",
        "AdaDelta",
        "AdaGrad",
        "AdaMax",
        "Adam",
        "AdamW",
        "Constant",
        "Cosine",
        "CosineRestarts",
        "EarlyStopping",
        "Exponential",
        "InverseSquareRoot",
        "Linear",
        "Lion",
        "Muon",
        "NAdam",
        "OneCycle",
        "PiecewiseConstant",
        "Plateau",
        "Power",
        "RAdam",
        "RMSProp",
        "TimeDecay",
    ),
    "tuning": ("tune",),
}
_MODULES = {
    "activations": "functions.activations",
    "autodiff": "autodiff",
    "clinic": "clinic",
    "information": "functions.information",
    "initializers": "functions.initializers",
    "losses": "functions.losses",
    "metrics": "functions.metrics",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted((*_HOMES, *_MODULES))


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"trainwell.{_MODULES[name]}")
    if name not in _HOMES:
        raise AttributeError(f"module 'trainwell' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"trainwell.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted((*globals(), *__all__))
