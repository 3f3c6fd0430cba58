"""A flow as a file that a person reads and edits: TOML, and in it an indented outline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from otelhook.compare.flow.model import Flow, Level, Node, plain_name
from otelhook.compare.flow.tree import AnyOrder, Either, Nothing, Part, Row, Task, Turns
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.units import count
from otelhook.sequence.toml_text import toml_string

__all__ = ["VERSION", "written"]

VERSION: Final = 1
"""Version of the file's form. A reader refuses a newer one."""

_INDENT: Final = "  "

_HEAD: Final = """\
# What the runs of one operation have in common; edit it as you like.
# A line is a call: CALLER -> CALLEE: METHOD PATH = what may come of it; {} is any one value.
# Under it, indented, stands what is called for it. Blocks: optional:, either: and or:,
# repeated 1..3: (1.. is any number), any order: and, for several calls within it, row:.
# Beneath [[must]] stand rules for headers and bodies, under [limits] those for counts and times:
#   [[must]]
#   path = "/v2/images"            # which steps, as in a notes file
#   header = "x-auth-token"        # or body = "image.status", with is, matches or absent = true
#   [limits]
#   seconds = 10.0                 # and steps = 40
"""


def written(flow: Flow) -> str:
    """Return the flow's file."""
    lines = [
        _HEAD.rstrip(),
        "",
        f"version = {VERSION}",
        f"operation = {toml_string(one_line(flow.title))}",
        f"runs = {flow.runs}",
        *(f"# {one_line(remark)}" for remark in flow.remarks),
        *(
            f"# failed in {count(way.times, 'run')}: {one_line(way.what)} ({one_line(way.run)})"
            for way in flow.failures
        ),
        "",
        "flow = '''",
        *_level(flow.level, "", flow.runs),
        "'''",
    ]
    return "\n".join(lines) + "\n"


def _level(level: Level, indent: str, runs: int) -> Iterator[str]:
    yield from _part(level.order, level, indent, runs)


def _part(part: Part, level: Level, indent: str, runs: int) -> Iterator[str]:
    if isinstance(part, Task):
        yield from _node(level.nodes[part.name], indent, runs)
    elif isinstance(part, Row):
        for inner in part.parts:
            yield from _part(inner, level, indent, runs)
    elif isinstance(part, AnyOrder):
        yield f"{indent}any order:"
        for inner in part.parts:
            yield from _branch(inner, level, indent + _INDENT, runs)
    elif isinstance(part, Turns):
        yield from _turns(part, level, indent, runs, least=part.least)
    elif isinstance(part, Either):
        yield from _either(part, level, indent, runs)


def _branch(part: Part, level: Level, indent: str, runs: int) -> Iterator[str]:
    """Write a part that is one of several as one block."""
    if isinstance(part, Row):
        yield f"{indent}row:"
        yield from _part(part, level, indent + _INDENT, runs)
    else:
        yield from _part(part, level, indent, runs)


def _turns(part: Turns, level: Level, indent: str, runs: int, *, least: int) -> Iterator[str]:
    most = part.most
    yield f"{indent}repeated {min(least, 1)}..:" + (f"  # {least} to {most} times" if most else "")
    yield from _part(part.body, level, indent + _INDENT, runs)
    if not isinstance(part.between, Nothing):
        yield f"{indent}between:"
        yield from _part(part.between, level, indent + _INDENT, runs)


def _either(part: Either, level: Level, indent: str, runs: int) -> Iterator[str]:
    ways = [
        (inner, seen)
        for inner, seen in zip(part.parts, part.seen or (0,) * len(part.parts), strict=True)
        if not isinstance(inner, Nothing)
    ]
    total = sum(part.seen)
    unit = "runs" if total == runs else "times"
    if part.is_optional:
        taken = sum(seen for _, seen in ways)
        if len(ways) == 1 and isinstance(ways[0][0], Turns):
            yield from _turns(ways[0][0], level, indent, runs, least=0)
            return
        yield f"{indent}optional:  # in {taken} of {total} {unit}"
        indent += _INDENT
    if len(ways) == 1:
        yield from _part(ways[0][0], level, indent, runs)
        return
    for number, (inner, seen) in enumerate(ways):
        yield f"{indent}{'or' if number else 'either'}:  # in {seen} of {total} {unit}"
        yield from _part(inner, level, indent + _INDENT, runs)


def _node(node: Node, indent: str, runs: int) -> Iterator[str]:
    answers = ", ".join(word for word, _ in node.answers)
    yield f"{indent}{plain_name(node.name)}" + (f" = {answers}" if answers else "")
    yield from _level(node.inside, indent + _INDENT, runs)
