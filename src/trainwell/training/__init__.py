"""The parts of training that a recipe names: optimizers, schedules, stopping."""

from trainwell.training.optimizers import OPTIMIZERS, SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp
from trainwell.training.schedules import SCHEDULES, Constant, Cosine, Plateau, Schedule
from trainwell.training.stopping import EarlyStopping

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "EarlyStopping",
    "Optimizer",
    "Plateau",
    "RMSProp",
    "Schedule",
]
