"""The report: what a run was, how good it is and how it got there, as one HTML page or a few lines of terminal.

Reads plain data (:class:`ReportData`) and nothing else: it computes no score, looks at no network and touches no file.
"""

from __future__ import annotations

from trainwell.report.contents import ReportData
from trainwell.report.page import render
from trainwell.report.terminal import summary

__all__ = ["ReportData", "render", "summary"]
