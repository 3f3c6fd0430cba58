"""What differs between two calls that are the same: asked, answered, and how long it took."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from otelhook.compare.findings import Change, Finding, FindingKind
from otelhook.compare.identity import Identity
from otelhook.compare.ignoring import Ignored
from otelhook.compare.json_values import Difference
from otelhook.compare.messages import Found, message_differences, query_differences
from otelhook.compare.shapes import MADE_UP_ID, shape
from otelhook.compare.signs import answer_of, said_of
from otelhook.compare.values import same_value
from otelhook.render.shared.units import spell_duration
from otelhook.sequence.call_tree import Call
from otelhook.sequence.document import Outcome, Step, StepKind

__all__ = ["CallDifferences", "Options"]

_TICK: Final = 5_000_000
"""Nanoseconds below which a duration says nothing."""

_BAD: Final = frozenset({Outcome.ERROR, Outcome.UNANSWERED})


@dataclass(frozen=True, slots=True)
class Options:
    """What is not looked at, and what is looked at on request."""

    ignored: tuple[Ignored, ...] = ()
    band: float | None = None

    def is_ignored(self, kind: FindingKind, step: Step, place: str = "") -> bool:
        """Return whether a rule leaves out what differs at a place of a step."""
        return any(rule.fits(kind, step, place) for rule in self.ignored)


@dataclass(slots=True)
class CallDifferences:
    """Compares pairs of calls, and learns from them which id of one run is which of the other."""

    options: Options
    identity: Callable[[Call], Identity]
    """Of a call of the first run."""
    _roles: dict[str, str] = field(default_factory=dict[str, str])
    _known: dict[str, str] = field(default_factory=dict[str, str])

    def of(self, before: Call, after: Call) -> Iterator[Finding]:
        """Yield what differs between two calls, but for what a rule leaves out."""
        own = self.identity(before)
        for kind, found, steps in self._all(before, after):
            if self.options.is_ignored(kind, steps[0], found.place):
                continue
            where = own.words()
            if kind in (FindingKind.HEADERS, FindingKind.BODY):
                where = _message_words(own, steps[0])
            yield Finding(
                kind,
                found.change,
                where,
                found.place,
                found.before,
                found.after,
                (steps[0].number,),
                (steps[1].number,),
            )

    def _all(
        self, before: Call, after: Call
    ) -> Iterator[tuple[FindingKind, Difference, tuple[Step, Step]]]:
        asked = before.request, after.request
        for kind, found in self._requests(*asked):
            yield kind, found, asked
        answers = answer_of(before), answer_of(after)
        if answers[0] is None or answers[1] is None:
            return
        ends = answers[0], answers[1]
        status = _outcome(*ends)
        if status is not None:
            yield FindingKind.STATUS, status, ends
        if status is None or not _is_other_kind(*ends):
            for kind, found in message_differences(*ends):
                yield kind, found, ends
        for kind, found in self._durations(*ends):
            yield kind, found, ends

    def _requests(self, before: Step, after: Step) -> Iterator[Found]:
        path = self._path(before, after)
        if path is not None:
            yield FindingKind.PATH, path
        for found in query_differences(before.query, after.query):
            yield FindingKind.QUERY, found
        yield from message_differences(before, after)

    def _path(self, before: Step, after: Step) -> Difference | None:
        """Compare what is asked for: its template, then which thing of those that are known."""
        texts = [
            f"{step.method} {step.path or step.operation or step.label}".strip()
            for step in (before, after)
        ]
        if texts[0] == texts[1]:
            return None
        shapes = [re.sub(r"(?<=/)\d+(?=/|\Z)", "{number}", shape(text)) for text in texts]
        if (
            shapes[0] != shapes[1]
            and before.label != after.label
            and not _alike(texts[0], texts[1])
        ):
            return Difference(Change.CHANGED, "path", texts[0], texts[1])
        ids = [MADE_UP_ID.findall(text) for text in texts]
        for old, new in zip(*ids, strict=False):
            known = self._roles.setdefault(old, new)
            other = self._known.setdefault(new, old)
            if known != new and other != old:
                what = f"the one that was {known} before"
                return Difference(Change.CHANGED, "path", texts[0], f"{texts[1]}, not {what}")
        return None

    def _durations(self, before: Step, after: Step) -> Iterator[Found]:
        band = self.options.band
        old, new = before.duration, after.duration
        if band is None or old is None or new is None or abs(new - old) < _TICK:
            return
        if not old / (1 + band) <= new <= old * (1 + band):
            found = Difference(Change.CHANGED, "duration", spell_duration(old), spell_duration(new))
            yield FindingKind.DURATION, found


def _message_words(own: Identity, step: Step) -> str:
    """Return whose message it is: the same change in each of them is one."""
    is_request = step.kind is StepKind.REQUEST
    return f"requests by {own.caller}" if is_request else f"answers by {own.callee}"


def _alike(first: str, second: str) -> bool:
    """Return whether two paths are the same in all segments but for what a machine made up."""
    parts = [re.split(r"[/ ]", text) for text in (first, second)]
    return len(parts[0]) == len(parts[1]) and all(
        same_value("", one, other) or (one.isdecimal() and other.isdecimal())
        for one, other in zip(*parts, strict=True)
    )


def _is_other_kind(before: Step, after: Step) -> bool:
    """Return whether one answer alone is an error: then their contents do not compare."""
    if before.kind is not after.kind:
        return True
    return (before.outcome in _BAD) != (after.outcome in _BAD)


def _outcome(before: Step, after: Step) -> Difference | None:
    if Outcome.UNKNOWN in (before.outcome, after.outcome):
        return None  # it was not recorded how one of them ended
    if said_of(before) != said_of(after):
        return Difference(Change.CHANGED, "status", _shown(before), _shown(after))
    if not same_value("", before.message, after.message):
        return Difference(Change.CHANGED, "message", before.message, after.message)
    return None


def _shown(step: Step) -> str:
    return step.head
