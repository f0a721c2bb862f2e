"""The optimizers that a recipe can name, one family per file; :data:`OPTIMIZERS` lists them all."""

from trainwell.training.optimizers.adam import Adam, AdaMax, AdamW, NAdam, RAdam
from trainwell.training.optimizers.adaptive import AdaDelta, AdaGrad, RMSProp
from trainwell.training.optimizers.gradient_descent import SGD
from trainwell.training.optimizers.lion import Lion
from trainwell.training.optimizers.muon import Muon
from trainwell.training.optimizers.optimizer import OPTIMIZERS, Optimizer
from trainwell.training.optimizers.quasi_newton import LBFGS
from trainwell.training.optimizers.schedule_free import ScheduleFreeAdamW

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "Lion",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "ScheduleFreeAdamW",
]
