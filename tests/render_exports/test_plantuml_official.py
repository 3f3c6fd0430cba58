"""PlantUML itself reads and draws what is rendered; skipped where it is not installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from otelhook.render.plain import one_line
from otelhook.render.plantuml import render_plantuml
from otelhook.sequence.document import Document

PLANTUML = shutil.which("plantuml")

pytestmark = pytest.mark.skipif(PLANTUML is None, reason="plantuml is not installed")

SVG = "{http://www.w3.org/2000/svg}"
FROM_CONFTEST_DONE = "done"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plantuml")


def _plantuml(*words: str) -> subprocess.CompletedProcess[bytes]:
    assert PLANTUML is not None
    return subprocess.run(
        [PLANTUML, *words],
        capture_output=True,
        check=False,
        timeout=100,
        env={**os.environ, "OTELHOOK_CANARY": "drawn-canary"},
    )


def _texts(svg: Path) -> str:
    """Return all that is drawn, without white space, where PlantUML draws each word for itself."""
    root = ET.fromstring(svg.read_bytes())
    drawn = "".join(element.text or "" for element in root.iter(f"{SVG}text"))
    return re.sub(r"\s", "", drawn)
