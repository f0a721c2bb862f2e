"""The clinic: what a record says about a run, with evidence, and what to do about it."""

from trainwell.clinic.checks import examine
from trainwell.clinic.finding import CHECKS, Case, Finding
from trainwell.clinic.questions import ask

__all__ = ["CHECKS", "Case", "Finding", "ask", "examine"]
