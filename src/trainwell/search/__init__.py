"""Search: strategies that propose settings, and studies that try them. Conclusions are drawn in ``lessons``."""

from trainwell.engine.ranges import choice, integer, loguniform, uniform
from trainwell.engine.space import Space
from trainwell.search.conclusion import AllDivergedError
from trainwell.search.cross_validation import CrossValidation, cross_validate
from trainwell.search.defaults import default_space
from trainwell.search.learning_curve import LearningCurve, learning_curve
from trainwell.search.planning import plan_search
from trainwell.search.reopening import open_study
from trainwell.search.seed_variance import SeedVariance, seed_variance
from trainwell.search.strategies import STRATEGIES
from trainwell.search.study import Best, Study
from trainwell.search.tuning import StudyProgress, tune

__all__ = [
    "STRATEGIES",
    "AllDivergedError",
    "Best",
    "CrossValidation",
    "LearningCurve",
    "SeedVariance",
    "Space",
    "Study",
    "StudyProgress",
    "choice",
    "cross_validate",
    "default_space",
    "integer",
    "learning_curve",
    "loguniform",
    "open_study",
    "plan_search",
    "seed_variance",
    "tune",
    "uniform",
]
