"""Random search: every setting drawn by itself."""

from __future__ import annotations

import numpy as np

from trainwell.engine.space import Settings
from trainwell.search.strategies.strategy import STRATEGIES, Question, Strategy


def propose(question: Question) -> list[Settings]:
    """Return settings drawn at random; trial n draws from a stream of its own."""
    numbers = range(question.first, question.first + question.count)
    streams = [np.random.default_rng([question.seed, number]) for number in numbers]
    return [question.space.settings_at(stream.random(len(question.space.ranges)).tolist()) for stream in streams]


STRATEGIES.register("random", formula="independent draws", source="Bergstra & Bengio 2012")(Strategy(propose))
