"""The study's page in a real browser: pictures are drawn, nothing goes wrong, a phone need not scroll sideways."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.test_report_browser import BROWSER, FRAME, PHONE, dumped
from tests.report_study.samples import PAGES
from trainwell.report.study import render_study


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed, so the page cannot be looked at")
@pytest.mark.parametrize("name", ["letters", "hostile"])
def test_the_page_works_on_a_phone(name: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(render_study(*PAGES[name]()), encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(width=PHONE), encoding="utf-8")
    document = dumped(tmp_path / "frame.html", tmp_path / "profile")
    seen = re.search(r'<pre id="seen">(.*?)</pre>', document)
    assert seen is not None, document[-2000:]
    pictures = re.search(r'"pictures":(\d+),"drawn":(\d+)', seen[1])
    assert pictures is not None
    assert pictures[1] == pictures[2] != "0"
    assert '"error":"","overflow":0,"requests":0' in seen[1]
