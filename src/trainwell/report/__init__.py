"""The report: what a run was, how good it is and how it got there, as an HTML page or in the terminal.

Reads plain data (:class:`ReportData`) and nothing else: it computes no score and touches no file.
"""

from __future__ import annotations

from trainwell.report.contents import ReportData
from trainwell.report.page import render
from trainwell.report.terminal import summary

__all__ = ["ReportData", "render", "summary"]
