"""ARCHITECTURE.md's tree, table and layers are the code's; no module or function is crowded."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

import pytest

from tests.house import tree

PAGE = tree.ROOT / "ARCHITECTURE.md"


def _path(package: str) -> str:
    inside = package.split(".")
    if inside[1:2] in (["exporters"], ["collector"]):
        inside = inside[1:]
    return "/".join(inside)


def _rows() -> Iterator[str]:
    for package, says in tree.folders().items():
        if package != "otelhook":
            yield f"| `{_path(package)}/` | {says} |"
    for module, says in tree.top_modules().items():
        yield f"| `{_path(module)}.py` | {says} |"


def _drawn() -> Iterator[str]:
    """Draw the folders as a tree."""
    for package in ("otelhook", *(name for name in tree.folders() if name != "otelhook")):
        path = _path(package)
        yield "    " * (path.count("/") + 1) + path.rpartition("/")[2] + "/"


def _parts() -> dict[str, str]:
    return {
        "tree": "\n".join(_drawn()),
        "folders": "| where | what it is |\n|---|---|\n" + "\n".join(_rows()),
        "layers": " → ".join(f"`{layer}`" for layer in tree.layers()),
    }


@pytest.mark.parametrize("name", sorted(_parts()))
def test_the_page_shows_the_tree_as_it_is(name: str, pytestconfig: pytest.Config) -> None:
    part = _parts()[name]
    text = PAGE.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- {name} -->\n\n).*?(\n\n<!-- end -->)", re.DOTALL)
    if pytestconfig.getoption("--snapshot-update"):
        PAGE.write_text(marked.sub(lambda m: m[1] + part + m[2], text), encoding="utf-8")
        text = PAGE.read_text(encoding="utf-8")
    found = marked.search(text)
    assert found is not None, f"ARCHITECTURE.md has no part marked {name}"
    assert found[0].removeprefix(found[1]).removesuffix(found[2]) == part


def test_every_path_that_the_page_names_is_there() -> None:
    named = re.findall(
        r"`((?:otelhook|exporters|collector|tests|deploy)/[\w/.]*)`", PAGE.read_text()
    )
    assert named
    assert [path for path in named if not (tree.ROOT / path).exists()] == []
    inside = re.findall(r"`((?:capture|sequence|render|redaction)/[\w/.]*)`", PAGE.read_text())
    assert [path for path in inside if not (tree.ROOT / "otelhook" / path).exists()] == []


def test_every_folder_says_what_it_holds() -> None:
    assert [package for package, says in tree.folders().items() if not says.endswith(".")] == []


def test_no_module_is_crowded() -> None:
    sizes = {
        path.relative_to(tree.ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in tree.modules()
    }
    assert {name for name, size in sizes.items() if size > 350} == set()
    assert statistics.median(sizes.values()) <= 110


def test_no_function_is_crowded() -> None:
    found = tuple(tree.functions())
    assert [function for function in found if function.lines > 60] == []
    assert statistics.median(function.lines for function in found) <= 7
