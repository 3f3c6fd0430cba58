"""What is highlighted on two recorded pages, beside what a reader would mark there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from otelhook.sequence.document import Document
from tests.openstack.test_recorded import page

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LISTED = tomllib.loads(Path(__file__).with_name("followed.toml").read_text(encoding="utf-8"))


def lines(document: Document) -> set[tuple[int, str]]:
    """Return the highlighted lines; a path and a query stand in a step's heading."""
    found = {(light.step, light.place) for light in document.highlights}
    return {(step, place) for step, place in found if place.startswith(("header.", "body."))}


def marked(name: str) -> set[tuple[int, str]]:
    return {(int(step), place) for step, places in LISTED[name].items() for place in places}


@pytest.mark.parametrize(("name", "count"), [("image-save", 34), ("resource-provider-create", 25)])
def test_of_what_is_highlighted_a_reader_would_mark_four_in_five(name: str, count: int) -> None:
    lit, wanted = lines(page(name)), marked(name)
    assert len(wanted) == count
    assert len(lit & wanted) / len(lit) >= 0.8
    assert len(lit & wanted) / len(wanted) >= 0.75


def test_what_the_command_prints_is_highlighted_where_it_came_from() -> None:
    lights = page("resource-provider-create").highlights
    printed = {(h.step, h.place) for h in lights if h.why == "printed by the command"}
    assert printed == {
        (12, f"body.{name}") for name in ("uuid", "name", "generation", "root_provider_uuid")
    }
