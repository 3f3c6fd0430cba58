"""The page's colours can be read in light and in dark."""

from __future__ import annotations

import re
from importlib import resources

import pytest

PAIR = re.compile(r"--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)")
ON_PAPER = ("ink", "soft", "accent", "good", "moved", "refused", "failed", "string", "number")
ENOUGH = 4.5
"""WCAG 2.2, success criterion 1.4.3: contrast of ordinary text."""


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ON_PAPER)
@pytest.mark.parametrize("paper", ["paper", "panel-paper", "lit", "select"])
def test_text_stands_out_from_what_it_stands_on(scheme: int, name: str, paper: str) -> None:
    style = resources.files("otelhook.render.html").joinpath("base.css").read_text("utf-8")
    colours = {found[0]: found[1 + scheme] for found in PAIR.findall(style)}
    assert _contrast(colours[name], colours[paper]) >= ENOUGH
