"""Whatever reads TOML says in one line what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from otelhook.cli import sidecars
from otelhook.compare.flow.rules import parse_flow
from otelhook.compare.ignoring import parse_ignored
from otelhook.errors import ConfigError
from otelhook.sequence.annotations.note_file import parse_notes
from otelhook.sequence.transforms.filters import parse_rules
from otelhook.settings import load
from otelhook.toml_text import parse_toml

DEEP = "x = " + "[" * 100_000
"""As deep as no parser goes that calls itself for each bracket."""


def settings_of(text: str, folder: Path) -> None:
    (folder / "otelhook.toml").write_text(text)
    load(environ={}, folder=folder)


def names_of(text: str, folder: Path) -> None:
    (folder / "names.toml").write_text(text)
    sidecars._tables(str(folder / "names.toml"))


READERS: dict[str, Callable[[str, Path], object]] = {
    "the notes file is": lambda text, _: parse_notes(text),
    "the filter file is": lambda text, _: parse_rules(text, "toml"),
    "a.toml:": lambda text, _: parse_flow(text, "a.toml"),
    "b.toml:": lambda text, _: parse_ignored(text, "b.toml"),
    "otelhook.toml:": settings_of,
    "names.toml:": names_of,
}
"""By how their messages begin, but for a file's folder."""


@pytest.mark.parametrize("where", READERS)
@pytest.mark.parametrize(
    ("text", "problem"), [(DEEP, "it is nested too deeply"), ("x = ", "Invalid value")]
)
def test_each_reader_says_in_one_line_what_is_wrong(
    where: str, text: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as raised:
        READERS[where](text, tmp_path)
    said = str(raised.value)
    assert said.removeprefix(f"{tmp_path}/").startswith(f"{where} not valid TOML: {problem}")
    assert "\n" not in said


def test_no_module_but_one_asks_for_the_parser() -> None:
    root = Path(__file__).resolve().parent.parent
    asking = {
        path.relative_to(root).as_posix()
        for folder in ("otelhook", "exporters", "collector")
        for path in (root / folder).rglob("*.py")
        if "tomllib" in path.read_text(encoding="utf-8")
    }
    assert asking == {"otelhook/toml_text.py"}


def test_what_is_toml_is_read() -> None:
    assert parse_toml('a = 1\n[b]\nc = "d"\n', "it is") == {"a": 1, "b": {"c": "d"}}
