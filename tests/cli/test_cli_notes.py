"""``otelhook notes``: a file to be filled in, and never one that has words already."""

from __future__ import annotations

from typing import Any


def test_a_file_is_begun_and_its_words_come_back_on_the_page(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    begun = otelhook("notes", "-o", "notes.toml")
    assert (begun.code, begun.err) == (0, "")
    path = otelhook.home / "notes.toml"
    text = path.read_text()
    assert 'path = "/v2/images"' in text
    path.write_text(text.replace('text = ""', 'text = "The **first** call."', 2))
    page = otelhook("render", "latest", "--format", "markdown", "--notes", "notes.toml")
    assert page.code == 0
    assert page.out.count("The **first** call.") == 2


def test_a_file_that_is_there_is_left_alone(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    path = otelhook.home / "notes.toml"
    path.write_text("mine")
    refused = otelhook("notes", "-o", "notes.toml")
    assert refused.code == 2
    assert refused.err == (
        "otelhook: notes.toml is there already: its words would be lost; give another name\n"
    )
    assert path.read_text() == "mine"


def test_without_a_file_it_is_printed(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    assert otelhook("notes").out.startswith("# Notes on: ")
