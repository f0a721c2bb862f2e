"""What a study taught: pure functions of its plain data, each giving frozen records and one plain sentence.

They read what a study wrote down and nothing else, so that a study made elsewhere serves too.
"""

from trainwell.search.lessons.adoption import Adoption, adoption
from trainwell.search.lessons.axes import Axis, axes
from trainwell.search.lessons.boundary import Edge, boundary
from trainwell.search.lessons.budget import StepsBudget, steps_budget
from trainwell.search.lessons.ending import ending
from trainwell.search.lessons.importance import Importance, Importances, importance
from trainwell.search.lessons.instability import Instability, Remedy, instability, remedies
from trainwell.search.lessons.isolation import Bucket, Isolation, isolation
from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.planner import UNBOUNDED, Plan, plan
from trainwell.search.lessons.reading import Reading, Trial, read_study
from trainwell.search.lessons.roles import Role, Roles, batch_size_searched, optimizer_held_fixed, roles
from trainwell.search.lessons.rounds import Rounds, rank_agreement, rounds
from trainwell.search.lessons.sampling import BestOf, Sampling, best_of, sampled_enough
from trainwell.search.lessons.taught import lessons
from trainwell.search.lessons.touches import Touch, touches_sentence
from trainwell.search.lessons.variance import Variances, three_variances

__all__ = [
    "UNBOUNDED",
    "Adoption",
    "Axis",
    "BestOf",
    "Bucket",
    "Edge",
    "Importance",
    "Importances",
    "Instability",
    "Isolation",
    "Lesson",
    "Plan",
    "Reading",
    "Remedy",
    "Role",
    "Roles",
    "Rounds",
    "Sampling",
    "StepsBudget",
    "Touch",
    "Trial",
    "Variances",
    "adoption",
    "axes",
    "batch_size_searched",
    "best_of",
    "boundary",
    "ending",
    "importance",
    "instability",
    "isolation",
    "lessons",
    "optimizer_held_fixed",
    "plan",
    "rank_agreement",
    "read_study",
    "remedies",
    "roles",
    "rounds",
    "sampled_enough",
    "steps_budget",
    "three_variances",
    "touches_sentence",
]
