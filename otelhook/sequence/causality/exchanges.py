"""Exchanges: one or two spans' view of a call, and which call it was made for."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from otelhook.model import Span
from otelhook.sequence.protocols.facts import Facts

__all__ = ["Exchange", "Paired", "Side"]


@dataclass(frozen=True, slots=True)
class Side:
    """One side's part in an exchange. Times are nanoseconds on the clock of ``domain``."""

    span: Span
    facts: Facts
    domain: str
    service: str
    start: int
    end: int
    """Never before ``start``."""
    index: int = 0
    """Of the span among all."""
    made: bool = False
    """Whether nobody recorded the span: a change of service implies it."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with what came of it, as one or two sides saw it."""

    client: Side | None
    server: Side | None
    attempt: int
    """0, 1, ... among the servers that one client span reached by retries and redirects."""
    last: bool
    """Whether no further attempt follows."""
    one_way: bool
    """A message without an answer: published to a broker, or delivered by one."""
    parent: int | None
    """Index of the exchange that it was made for. Parents form no cycles."""
    depth: int
    """How many parents it has above it."""
    issuer: Hashable
    """Client sides of the same issuer and the same domain are on one clock."""
    top: Span
    """The highest span between this exchange and its parent; its own span if there is none."""
    parent_missing: bool
    broker: str = ""
    """On a publication where it goes, on a delivery where it comes from; empty if no broker is
    known, or if it is none of these."""
    after: tuple[int, ...] = ()
    """Further exchanges that must have begun before: all messages of a delivered batch."""

    @property
    def sender(self) -> Side:
        """The side that knows the request best: the client if it was recorded."""
        side = self.client if self.client is not None else self.server
        assert side is not None  # noqa: S101 - one of the two is there by construction
        return side


class Paired(NamedTuple):
    """All exchanges, and by clock domain the nanoseconds to subtract from its times."""

    exchanges: tuple[Exchange, ...]
    offsets: Mapping[str, int]
    cycles: int
    """How many cycles that links had closed were cut."""
    absorbed: Mapping[int, int]
    """From an end of a message to the one that is one with it, and drawn."""

    def adjusted(self, side: Side, time: int) -> int:
        """Return a time of this side on the root's clock."""
        return time - self.offsets.get(side.domain, 0)
