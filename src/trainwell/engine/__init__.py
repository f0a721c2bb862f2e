"""The engine: recipes, compiled programs, trials. It writes records and judges nothing."""

from trainwell.engine.checkpoint import Checkpoint
from trainwell.engine.compilation import keep_compilations
from trainwell.engine.course import Progress
from trainwell.engine.given import told_apart
from trainwell.engine.presets import PRESETS, default_recipe
from trainwell.engine.problem import Problem, prepare
from trainwell.engine.program import Program, program_for
from trainwell.engine.recipe import Recipe
from trainwell.engine.training import Trained, predict_outputs, train

__all__ = [
    "PRESETS",
    "Checkpoint",
    "Problem",
    "Program",
    "Progress",
    "Recipe",
    "Trained",
    "default_recipe",
    "keep_compilations",
    "predict_outputs",
    "prepare",
    "program_for",
    "told_apart",
    "train",
]
