"""The clinic: what a record says about a run, with evidence, and what to do about it."""

from trainwell.clinic.beforehand.flight import Flight, preflight
from trainwell.clinic.examination import examine
from trainwell.clinic.finding import CHECKS, Case, Finding, Observation, Remedy, check
from trainwell.clinic.questions import ask
from trainwell.clinic.treating import treat
from trainwell.clinic.treatment import Treatment

__all__ = [
    "CHECKS",
    "Case",
    "Finding",
    "Flight",
    "Observation",
    "Remedy",
    "Treatment",
    "ask",
    "check",
    "examine",
    "preflight",
    "treat",
]
