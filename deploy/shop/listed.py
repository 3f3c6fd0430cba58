"""The messages of each order as orders.toml lists them; its head says how."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.harness.errors import HarnessError
from deploy.shop.places import HERE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Message", "Order", "listed", "read_message"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message: a request or something sent, or an answer."""

    source: str
    target: str
    answer: bool
    text: str
    """The operation, or the outcome."""
    failed: bool = False
    """Whether an answer is drawn as a failure; a list does not say so."""

    def __str__(self) -> str:
        """Return the message as a list has it."""
        return f"{self.source} {'-->' if self.answer else '->'} {self.target}: {self.text}"


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered, and what has to happen then."""

    name: str
    article: str
    status: int
    services: tuple[str, ...]
    """Names of those that record something of it."""
    threads: tuple[tuple[Message, ...], ...]
    """What happens one after the other; all but the first begin with a delivery."""


_MESSAGE = re.compile(r"(?P<source>.+?) (?P<arrow>-->|->) (?P<target>.+?): (?P<text>.+)")


def read_message(line: str) -> Message:
    """Read a line of a list.

    Raises:
        HarnessError: it has no arrow, or says nothing.
    """
    found = _MESSAGE.fullmatch(line.strip())
    if found is None:
        message = (
            f"orders.toml: {line!r} is not of the form 'A -> B: OPERATION' or 'B --> A: OUTCOME'"
        )
        raise HarnessError(message)
    return Message(found["source"], found["target"], found["arrow"] == "-->", found["text"])


def listed(file: Path = HERE / "orders.toml") -> tuple[Order, ...]:
    """Return the orders.

    Raises:
        HarnessError: a line is not a message.
    """
    tables: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Order(
            name,
            str(table["article"]),
            int(table["status"]),
            tuple(table["services"]),
            _threads(str(table["messages"])),
        )
        for name, table in tables.items()
    )


def _threads(text: str) -> tuple[tuple[Message, ...], ...]:
    blocks = [block for block in text.strip().split("\n\n") if block.strip()]
    return tuple(tuple(read_message(line) for line in block.splitlines()) for block in blocks)
