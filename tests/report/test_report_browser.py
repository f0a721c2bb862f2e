"""The page in a real browser: pictures are drawn, nothing goes wrong, a phone need not scroll sideways."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.samples import REPORTS
from trainwell.report import render

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE = 390

# A page around the report, as wide as a phone, that notes what it sees inside whenever a picture was drawn.
# It has no timer: with one, the browser's clock runs ahead and stops before the library is unpacked.
FRAME = """<!doctype html><iframe id="report" src="report.html" width="{width}" height="1200"></iframe>
<pre id="seen"></pre><script>
const frame = document.getElementById("report");
frame.addEventListener("load", () => {{
  const page = frame.contentDocument, root = page.documentElement;
  const look = () => {{
    document.getElementById("seen").textContent = JSON.stringify({{
      pictures: page.querySelectorAll("figure.picture").length,
      drawn: page.querySelectorAll(".canvas.js-plotly-plot .main-svg:first-child").length,
      error: root.dataset.error || "",
      overflow: root.scrollWidth - root.clientWidth,
      requests: frame.contentWindow.performance.getEntriesByType("resource").length,
    }});
  }};
  new MutationObserver(look).observe(root, {{ attributes: true }});
}});
</script>"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed, so the page cannot be looked at")
@pytest.mark.parametrize("name", ["letters", "broken"])
def test_the_page_works_on_a_phone(name: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(render(REPORTS[name]()), encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(width=PHONE), encoding="utf-8")
    document = dumped(tmp_path / "frame.html", tmp_path / "profile")
    seen = re.search(r'<pre id="seen">(.*?)</pre>', document)
    assert seen is not None, document[-2000:]
    pictures = re.search(r'"pictures":(\d+),"drawn":(\d+)', seen[1])
    assert pictures is not None
    assert pictures[1] == pictures[2] != "0"
    assert '"error":"","overflow":0,"requests":0' in seen[1]


def dumped(page: Path, profile: Path) -> str:
    """Return the document as the browser has it after a while, every network service off."""
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--allow-file-access-from-files",
        f"--user-data-dir={profile}", "--virtual-time-budget=15000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
