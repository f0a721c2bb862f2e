"""The report of a study: what a search taught, with the pictures that show it, as one HTML page.

Reads plain data and nothing else: the study, its lessons and what was made of it. It draws no lesson itself.
"""

from __future__ import annotations

from trainwell.report.study.page import render_study

__all__ = ["render_study"]
