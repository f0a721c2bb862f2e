"""Search: strategies that propose settings, and studies that try them. Conclusions are drawn in ``lessons``."""

from trainwell.search.budget import default_space
from trainwell.search.strategies import STRATEGIES
from trainwell.search.study import Best, Study
from trainwell.search.tuning import AllDivergedError, StudyProgress, tune

__all__ = ["STRATEGIES", "AllDivergedError", "Best", "Study", "StudyProgress", "default_space", "tune"]
