"""The reference of the Python names, from their docstrings."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, cast

import otelhook
from otelhook import errors
from otelhook.sequence import document, vocabulary
from otelhook.sources import TraceSource

__all__ = ["page"]

_SECTIONS = re.compile(r"^(Args|Returns|Raises|Yields):$", re.MULTILINE)
_FACTORIES = ("filter_app_factory", "filter_factory")
"""Entry points of Paste, which nobody calls."""


def page() -> str:
    """Return the page."""
    parts = [
        "# Python",
        "What `import otelhook` offers; each name is loaded when it is first used.",
    ]
    for name in otelhook.__all__:
        if name not in _FACTORIES:
            parts += _described(f"otelhook.{name}", getattr(otelhook, name))
    parts += ["## The document", "Frozen dataclasses, from `otelhook.sequence`."]
    parts += [part for one in _classes(document) for part in _fields(one)]
    parts += ["## Its words", "Closed sets, from `otelhook.sequence`."]
    parts += [part for one in _classes(vocabulary) for part in _members(one)]
    parts += _described("otelhook.sources.TraceSource", TraceSource)
    parts += ["## Errors", "Each is also the builtin that it resembles, and has an exit code."]
    parts += [f"- `{one.__name__}`: {_summary(one)}" for one in _classes(errors)]
    return "\n\n".join(parts) + "\n"


def _classes(module: Any) -> Iterator[type]:
    for name in module.__all__:
        found = getattr(module, name)
        if isinstance(found, type) and found.__module__ == module.__name__:
            yield found


def _described(name: str, found: Any) -> Iterator[str]:
    yield f"## {name}"
    called = f"{name}{_signature(found)}"
    yield f"```python\n{called}\n```"
    yield _text(inspect.getdoc(found) or "")
    if isinstance(found, type):
        made = inspect.getdoc(vars(found).get("__init__")) or ""
        if "Args:" in made:
            yield _text(made)
        for method, function in vars(found).items():
            if method.startswith("_") or not (
                inspect.isfunction(function) or isinstance(function, property)
            ):
                continue
            yield f"**`{method}`** {_text(inspect.getdoc(function) or '')}"


def _signature(found: Any) -> str:
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return ""
    return str(signature).replace("'", "")


def _fields(found: type) -> Iterator[str]:
    if not is_dataclass(found):
        return
    said = dict(_said_below(found))
    yield f"### {found.__name__}"
    yield _text(inspect.getdoc(found) or "")
    yield "| field | type | what it is |\n|---|---|---|\n" + "\n".join(
        f"| `{row.name}` | `{_cell(str(row.type))}` | {_cell(said.get(row.name, ''))} |"
        for row in fields(found)
    )


def _members(found: type) -> Iterator[str]:
    said = dict(_said_below(found))
    yield f"### {found.__name__}"
    yield _text(inspect.getdoc(found) or "")
    yield "| word | what it means |\n|---|---|\n" + "\n".join(
        f"| `{member.value}` | {_cell(said.get(member.name, ''))} |"
        for member in cast("type[Enum]", found)
    )


def _said_below(found: type) -> Iterator[tuple[str, str]]:
    """Yield the docstring that stands below each assignment of a class."""
    (node,) = ast.parse(inspect.getsource(found)).body
    assert isinstance(node, ast.ClassDef)
    for row, below in zip(node.body, node.body[1:], strict=False):
        if not (isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)):
            continue
        target: ast.expr | None = row.target if isinstance(row, ast.AnnAssign) else None
        target = row.targets[0] if isinstance(row, ast.Assign) else target
        if isinstance(target, ast.Name):
            yield target.id, " ".join(str(below.value.value).split())


def _summary(found: type) -> str:
    return " ".join((inspect.getdoc(found) or "").partition("\n\n")[0].split())


def _text(docstring: str) -> str:
    """Return a Google docstring as Markdown: its sections as lists."""
    head, *sections = _SECTIONS.split(docstring.replace("``", "`"))
    parts = [head.strip()]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        rows = re.sub(r"\n +(?=\S)", " ", inspect.cleandoc(body).strip()).split("\n")
        parts.append(f"{title}:\n\n" + "\n".join(f"- {_named(row)}" for row in rows))
    return "\n\n".join(parts)


def _named(row: str) -> str:
    name, colon, rest = row.partition(": ")
    return f"`{name}`: {rest}" if colon and " " not in name else row


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("``", "`")
