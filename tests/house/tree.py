"""The tree as it is: folders, modules, functions, and what each folder says that it holds."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "FOLDERS",
    "ROOT",
    "Function",
    "folders",
    "functions",
    "layers",
    "modules",
    "top_modules",
]

ROOT = Path(__file__).parent.parent.parent
FOLDERS = {"otelhook": ROOT / "otelhook"}
FOLDERS |= {f"otelhook.{name}": ROOT / name for name in ("exporters", "collector")}
_LINKS = tuple(ROOT / "otelhook" / name for name in ("exporters", "collector"))


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method, and its length in lines."""

    place: str
    lines: int


def modules() -> Iterator[Path]:
    """Yield every module of the package, each once."""
    for folder in FOLDERS.values():
        for path in sorted(folder.rglob("*.py")):
            if not any(path.is_relative_to(link) for link in _LINKS):
                yield path


def functions() -> Iterator[Function]:
    """Yield every function with its length from ``def`` to its last line, docstring included."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                place = f"{path.relative_to(ROOT)}:{node.name}"
                yield Function(place, node.end_lineno - node.lineno + 1)


def folders() -> dict[str, str]:
    """Return by package what its docstring's summary says, in the order of the tree."""
    found = {
        ".".join((package, *path.parent.relative_to(folder).parts)): _summary(path)
        for package, folder in FOLDERS.items()
        for path in modules()
        if path.name == "__init__.py" and path.is_relative_to(folder)
    }
    return dict(sorted(found.items(), key=lambda row: (_stands_apart(row[0]), row[0])))


def _stands_apart(package: str) -> bool:
    """Return whether a package lies beside ``otelhook/``."""
    return any(package.startswith(name) for name in FOLDERS if name != "otelhook")


def top_modules() -> dict[str, str]:
    """Return what each module that stands in no folder says that it is."""
    paths = sorted((ROOT / "otelhook").glob("[!_]*.py"))
    return {f"otelhook.{path.stem}": _summary(path) for path in paths}


def layers() -> tuple[str, ...]:
    """Return the layers that import-linter holds, from the roof down, without ``otelhook.``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows: list[str] = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return tuple(row.replace("otelhook.", "") for row in rows)


def _summary(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())
