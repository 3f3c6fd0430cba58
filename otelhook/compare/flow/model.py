"""A flow: which calls a run makes, and within each call which others, with what was seen of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from otelhook.compare.flow.tree import Nothing, Part
from otelhook.compare.identity import Identity
from otelhook.render.shared.plain import one_line
from otelhook.sequence.document import Outcome, Protocol, Step

__all__ = ["Flow", "Level", "Node", "RarePath", "answer_word", "plain_name", "task_name"]

_ORDINAL = " #"
"""Before the number of a call that each run makes several times, at different places."""


def task_name(identity: Identity) -> str:
    """Return what a call is called in a flow: ``image -> identity: POST /v3/auth/tokens``."""
    operation = " ".join(filter(None, identity.operation[1:]))
    ends = (_quoted(identity.caller), _quoted(identity.callee))
    return f"{ends[0]} -> {ends[1]}: {_inert(operation)}"


def _inert(text: str) -> str:
    """Return text in a line without what begins a comment, an answer or the end of the outline."""
    line = one_line(text).replace("'" * 3, "' ' '")
    return re.sub(r"\s*=\s+", "=", re.sub(r"(?:\A|\s)#", " ", line)).strip() or "call"


def _quoted(name: str) -> str:
    """Return a participant's name without what has a meaning in a flow's lines."""
    line = _inert(name).replace("->", "- >").replace(":", " ").replace("#", " ")
    return " ".join(line.split()) or "nobody"


def plain_name(name: str) -> str:
    """Return a task's name without the number of its place."""
    head, mark, tail = name.rpartition(_ORDINAL)
    return head if mark and tail.isdecimal() else name


def answer_word(answer: Step | None) -> str:
    """Return what came of a call in a word: ``201``, ``ok``, ``error``, ``unanswered``."""
    if answer is None:
        return ""
    if answer.protocol is Protocol.HTTP and answer.status_code is not None:
        return str(answer.status_code)
    known = answer.outcome not in (None, Outcome.UNKNOWN)
    return answer.outcome.value if known and answer.outcome is not None else ""


@dataclass(frozen=True, slots=True)
class Level:
    """The calls that are made for one call, or for none: their order, and each of them."""

    order: Part = field(default_factory=Nothing)
    nodes: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    """By the names of the order's tasks."""


@dataclass(frozen=True, slots=True)
class Node:
    """One call of a flow."""

    name: str
    answers: tuple[tuple[str, int], ...] = ()
    """What came of it, in words, and how often; the most frequent first."""
    inside: Level = field(default_factory=Level)
    times: int = 0
    """In how many places of all runs it was seen."""
    example: tuple[Step, ...] = ()
    """The steps of it in one run."""


@dataclass(frozen=True, slots=True)
class RarePath:
    """Something that few runs did, with one that shows it."""

    what: str
    times: int
    run: str
    """A trace id or a file's name."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What many runs of one operation have in common."""

    title: str
    runs: int
    level: Level
    rare: tuple[RarePath, ...] = ()
    failures: tuple[RarePath, ...] = ()
    """Runs that failed; the flow is of the others."""
    remarks: tuple[str, ...] = ()
