from __future__ import annotations

import subprocess
import sys

import pytest

from otelhook.errors import ConfigError
from otelhook.render import FORMATS, render
from otelhook.sequence.document import Document


@pytest.mark.parametrize("name", ["text", "mermaid", "markdown", "json"])
def test_a_format_is_rendered_by_name_and_says_what_it_is(seed: Document, name: str) -> None:
    row = FORMATS[name]
    assert row.suffix.startswith(".")
    assert "/" in row.media_type
    rendered = render(seed, name)
    assert rendered == row.renderer()(seed) == render(seed, name)
    assert len(rendered) > 100


def test_an_unknown_format_is_refused_with_the_list_of_those_there_are(seed: Document) -> None:
    with pytest.raises(ConfigError, match=r"unknown format 'pdf': choose one of .*json.*text"):
        render(seed, "pdf")


def test_a_renderer_is_imported_only_when_its_format_is_asked_for() -> None:
    program = (
        "import sys, otelhook.render\n"
        "loaded = [name for name in sys.modules if name.startswith('otelhook.render.')]\n"
        "assert sorted(loaded) == ['otelhook.render.port', 'otelhook.render.registry'], loaded\n"
        "assert not any(name.startswith('opentelemetry') for name in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.stderr.decode() == ""
