"""The learning-rate schedules that a recipe can name, one family per file; :data:`SCHEDULES` lists them all."""

from trainwell.training.schedules.cycles import Cosine, CosineRestarts, OneCycle
from trainwell.training.schedules.decays import Exponential, InverseSquareRoot, Linear, Power, TimeDecay
from trainwell.training.schedules.pieces import Constant, PiecewiseConstant
from trainwell.training.schedules.plateau import Plateau, PlateauState
from trainwell.training.schedules.schedule import SCHEDULES, Schedule

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "InverseSquareRoot",
    "Linear",
    "OneCycle",
    "PiecewiseConstant",
    "Plateau",
    "PlateauState",
    "Power",
    "Schedule",
    "TimeDecay",
]
