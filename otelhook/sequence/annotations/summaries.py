"""One line for each call: who asks whom for what, and how it is answered.

Each line says what the steps, groups, flows and notes say, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.sequence.annotations.wordings import (
    READS,
    WORDINGS,
    Wording,
    outcome_of,
    went_well,
)
from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.changing import SIGN_IN
from otelhook.sequence.document import Document, Group, GroupKind, Mark, Step, StepKind
from otelhook.sequence.values.step_values import ValueReader, token_names

__all__ = ["SummaryLine", "summaries"]

LIMIT: Final = 200
"""Lines; what is nested deepest is left out first, but for what failed and the way to it."""

_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """What one call, or several alike, came to."""

    level: int
    """How many lines' calls it was made for: 0 for the outermost."""
    first: int
    last: int
    """The last step of it and of all that was made for it; other calls' steps may lie between."""
    text: str
    failed: bool = False
    """Whether a call of it failed."""


def summaries(
    document: Document, *, wordings: Sequence[Wording] = WORDINGS, limit: int = LIMIT
) -> tuple[SummaryLine, ...]:
    """Return lines on calls, each before those that were made for it, in order.

    Args:
        document: with flows, groups and notes as far as there are any. A note's title names the
            call on whose request it stands.
        wordings: how to tell of calls.
        limit: how many lines at most, 2 at least.
    """
    told = list(_Teller(document, wordings).told())
    shown = _shallow(told, limit)
    if len(shown) <= limit:
        return tuple(shown)
    left = shown[limit - 1 :]
    failed = sum(line.failed for line in told if line.first >= left[0].first)
    text = f"{len(left)} more calls{f', {failed} failed' if failed else ''}."
    more = SummaryLine(0, left[0].first, left[-1].last, text, failed > 0)
    return (*shown[: limit - 1], more)


def _shallow(told: Sequence[SummaryLine], limit: int) -> Sequence[SummaryLine]:
    """Leave out what is nested deepest until there are no more lines than that, or no level."""
    if len(told) <= limit:
        return told
    ways = _to_failures(told, limit // 2)
    shown = told
    for level in range(max(line.level for line in told), 0, -1):
        shown = [line for at, line in enumerate(told) if line.level < level or at in ways]
        if len(shown) <= limit:
            break
    return shown


def _to_failures(told: Sequence[SummaryLine], most: int) -> set[int]:
    """Return the places of the lines on what failed, each with those that it is nested in.

    No more than `most`, the first failures before others.
    """
    ways: set[int] = set()
    above: list[int] = []
    for at, line in enumerate(told):
        while above and told[above[-1]].level >= line.level:
            above.pop()
        above.append(at)
        if line.failed:
            way = ways.union(above)
            if len(way) > most:
                break
            ways = way
    return ways


class _Teller:
    def __init__(self, document: Document, wordings: Sequence[Wording]) -> None:
        self._wordings = wordings
        self._kinds = {known.name: known.kind for known in document.participants}
        self._reader = ValueReader()
        self._tokens = token_names(document)
        self._calls, self._outermost = call_trees(document.steps)
        self._groups: dict[int, list[Group]] = {}
        for group in document.groups:
            self._groups.setdefault(group.first, []).append(group)
        self._titles = {
            note.first: note.title
            for note in reversed(document.notes)
            if note.title and note.first == note.last
        }
        self._led = {
            (flow.source_step, flow.step) for flow in document.flows if flow.place == "path"
        }

    def told(self) -> Iterator[SummaryLine]:
        waiting = [(0, self._outermost, 0)]
        while waiting:
            level, calls, at = waiting.pop()
            if at >= len(calls):
                continue
            count, text, is_told_whole = self._next(calls, at)
            told = calls[at : at + count]
            last = max(call.last for call in told)
            failed = any(_failed(call.steps[-1]) for call in told)
            yield SummaryLine(level, told[0].first, last, text, failed)
            waiting.append((level, calls, at + count))
            if not is_told_whole:
                waiting.append((level + 1, calls[at + count - 1].inner, 0))

    def _next(self, calls: Sequence[Call], at: int) -> tuple[int, str, bool]:
        """Tell of the next calls: how many, the text, and whether nothing within them matters."""
        for group in sorted(self._groups.get(calls[at].first, ()), key=lambda g: -g.last):
            count = _covered(calls, at, group)
            if count and group.kind is GroupKind.OPT:
                return count, self._of_opt(group, calls[at + count - 1]), True
            if count > 1 and group.kind is GroupKind.LOOP:
                text = self._of_call(calls[at], f", {group.title}")
                return count, text, True
        if at + 1 < len(calls) and self._leads(calls[at], calls[at + 1]):
            return 2, self._of_call(calls[at + 1]), False
        return 1, self._of_call(calls[at]), False

    def _leads(self, call: Call, following: Call) -> bool:
        """Return whether a call was made only to find where to sign in."""
        asked, signs_in = call.request, following.request
        return (
            asked.method in READS
            and not call.inner
            and (asked.source, asked.target) == (signs_in.source, signs_in.target)
            and (call.last, following.first) in self._led
            and signs_in.method == "POST"
            and SIGN_IN.fullmatch(signs_in.path) is not None
        )

    def _of_opt(self, group: Group, last: Call) -> str:
        token = self._issued(last.steps[-1])
        text = f"{group.title} at {last.request.target}" if token else group.title
        return f"{text}: {token}." if token else _ended(text, outcome_of(last))

    def _of_call(self, call: Call, often: str = "") -> str:
        request = call.request
        well = went_well(call)
        title = self._titles.get(request.number, "")
        # One that begins with the method, as a reference's does, says what the line says already.
        called = f" ({title})" if title and title.split(" ")[0] != request.method else ""
        for wording in self._wordings:
            words = wording.words if well else wording.tried
            if (
                words
                and wording.is_for(request, self._kinds)
                and (text := self._filled(words, call))
            ):
                tells = wording.with_status or not well
                return _ended(f"{text}{called}{often}", outcome_of(call) if tells else "")
        sent = f"{request.source} sends {request.title} to {request.target}"
        return _ended(f"{sent}{called}{often}", outcome_of(call))

    def _filled(self, words: str, call: Call) -> str:
        """Put a call's names into a wording's words; nothing if it lacks one of them."""
        parts = _NAME.split(words)
        for at in range(1, len(parts), 2):
            parts[at] = self._part(parts[at], call)
            if not parts[at]:
                return ""
        return "".join(parts)

    def _part(self, name: str, call: Call) -> str:
        request = call.request
        if name == "token":
            return self._issued(call.steps[-1])
        if name == "subject":
            return self._subject(request)
        label = request.label or request.path
        known = {
            "caller": request.source,
            "callee": request.target,
            "label": label,
            "operation": request.operation,
            # What stands behind the operation's own word: the model of ``chat model-a``.
            "object": label.partition(" ")[2] or label,
        }
        return known[name]

    def _issued(self, response: Step) -> str:
        if response.kind is not StepKind.RESPONSE:
            return ""
        values = self._reader.values(response)
        found = (self._tokens.get(text, "") for _, text, is_token in values if is_token)
        return next((name for name in found if name), "")

    def _subject(self, request: Step) -> str:
        wanted = ("header.x-subject-token", "path")
        values = self._reader.values(request)
        found = (text for place, text, is_token in values if is_token and place in wanted)
        return next((self._tokens.get(text, "") for text in found), "")


_NAME: Final = lazy(r"\{(caller|callee|label|operation|object|token|subject)\}")


def _failed(last: Step) -> bool:
    """Return whether a call's last step tells of a failure; what was refused (4xx) is an answer."""
    is_error = (last.status_code or 0) >= _SERVER_ERROR
    return last.failed or is_error or Mark.NO_ANSWER in last.marks


def _ended(text: str, outcome: str) -> str:
    end = "" if outcome.endswith("…") else "."
    return f"{text}: {outcome}{end}" if outcome else f"{text}."


def _covered(calls: Sequence[Call], at: int, group: Group) -> int:
    """Return how many of the calls are exactly what a group holds; 0 if it holds anything else."""
    for count, call in enumerate(islice(calls, at, None), 1):
        if call.last >= group.last:
            return count if call.last == group.last else 0
    return 0
