"""Reads the outline of a flow's file: a call a line, indented under the call it is made for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from otelhook.compare.flow.model import Level, Node
from otelhook.compare.flow.tree import AnyOrder, Either, Nothing, Part, Row, Task, Turns
from otelhook.errors import ConfigError

__all__ = ["parse_outline"]

_CALL: Final = re.compile(
    r"(?P<name>\S.*? -> .+?: .*?\S)(?:\s+=\s+(?P<answers>\w+(?:\s*,\s*\w+)*))?"
)
_REPEATED: Final = re.compile(r"repeated (\d{1,6})\.\.(\d{1,6})?:")
_BLOCKS: Final = ("optional:", "either:", "or:", "any order:", "row:", "between:")
_COMMENT: Final = re.compile(r"(?:\A|\s+)#.*")
_KNOWN: Final = "optional:, either:, or:, repeated N..M:, between:, any order:, row:"


@dataclass(slots=True)
class _Line:
    number: int
    indent: int
    text: str
    inner: list[_Line] = field(default_factory=list["_Line"])


def parse_outline(text: str, named: str) -> Level:
    """Read an outline.

    Args:
        text: as `otelhook.compare.flow.writing` writes it.
        named: the file, for messages.

    Raises:
        ConfigError: a line that cannot be understood; the message says which.
    """
    top = _Line(0, -1, "")
    stack = [top]
    for number, raw in enumerate(text.expandtabs(4).splitlines(), 1):
        line = _COMMENT.sub("", raw.rstrip())
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        while stack[-1].indent >= indent:
            stack.pop()
        read = _Line(number, indent, line.strip())
        if stack[-1].inner and stack[-1].inner[0].indent != indent:
            raise _wrong(named, read, "it is indented unlike the lines beside it")
        stack[-1].inner.append(read)
        stack.append(read)
    return _Reader(named).level(top.inner)


def _wrong(named: str, line: _Line, why: str) -> ConfigError:
    return ConfigError(f"{named}: line {line.number} of its flow, {line.text!r}: {why}")


class _Reader:
    def __init__(self, named: str) -> None:
        self._named = named
        self._numbers = count(1)

    def level(self, lines: Sequence[_Line]) -> Level:
        nodes: dict[str, Node] = {}
        return Level(self._row(lines, nodes), nodes)

    def _row(self, lines: Sequence[_Line], nodes: dict[str, Node]) -> Part:
        parts: list[Part] = []
        for line in lines:
            if line.text in ("or:", "between:"):
                self._join(line, parts, nodes)
            else:
                parts.append(self._one(line, nodes))
        if not parts:
            return Nothing()
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _join(self, line: _Line, parts: list[Part], nodes: dict[str, Node]) -> None:
        """Add a way to the ``either:``, or a gap to the ``repeated``, that the line follows."""
        before = parts[-1] if parts else None
        inner = self._block(line, nodes)
        if line.text == "or:" and isinstance(before, Either) and not before.is_optional:
            parts[-1] = Either((*before.parts, inner))
        elif line.text == "between:" and isinstance(before, Turns):
            parts[-1] = Turns(before.body, inner, before.least, before.most)
        else:
            needed = "either:" if line.text == "or:" else "repeated"
            raise _wrong(self._named, line, f"there is no {needed} before it")

    def _block(self, line: _Line, nodes: dict[str, Node]) -> Part:
        if not line.inner:
            raise _wrong(self._named, line, "it is empty: indent what belongs to it")
        return self._row(line.inner, nodes)

    def _one(self, line: _Line, nodes: dict[str, Node]) -> Part:
        repeated = _REPEATED.fullmatch(line.text)
        if repeated is not None:
            least, most = int(repeated[1]), int(repeated[2]) if repeated[2] else None
            if most is not None and (most < least or most == 0):
                raise _wrong(self._named, line, f"{most} is fewer than {least}, or none at all")
            return Turns(self._block(line, nodes), Nothing(), least, most)
        if line.text in _BLOCKS:
            inner = self._block(line, nodes)
            if line.text == "optional:":
                return Either((inner, Nothing()))
            if line.text == "either:":
                return Either((inner,))
            if line.text == "any order:":
                return AnyOrder(inner.parts if isinstance(inner, Row) else (inner,))
            return Row((inner,))
        return self._call(line, nodes)

    def _call(self, line: _Line, nodes: dict[str, Node]) -> Task:
        found = _CALL.fullmatch(line.text)
        if found is None:
            why = f"expected CALLER -> CALLEE: METHOD PATH = STATUS, or one of {_KNOWN}"
            raise _wrong(self._named, line, why)
        words = (found["answers"] or "").replace(",", " ").split()
        name = found["name"]
        key = f"{name} #{next(self._numbers)}"
        answers = tuple((word, 0) for word in words)
        nodes[key] = Node(name, answers, self.level(line.inner))
        return Task(key)
