"""One line for each range of steps: who asks whom for what, and how it is answered.

Each line says what the steps, groups, flows and notes say, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.document import Document, Group, GroupKind, Note, Step, StepKind
from otelhook.sequence.values.step_values import ValueReader, token_names

__all__ = ["Wording", "summaries"]

LIMIT: Final = 200
"""Lines; what is nested deepest is left out first."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How to tell of calls; the first that fits is used.

    The words have ``{caller}``, ``{callee}``, ``{label}``, ``{token}`` (what the response issued)
    and ``{subject}`` (the token that the request is about); a wording whose tokens are not there
    does not fit.
    """

    methods: frozenset[str]
    path: re.Pattern[str]
    words: str
    """Of a call that went well; the status is not told."""
    tried: str = ""
    """Of one that did not; the status follows. Empty if the wording is for success only."""
    with_status: bool = False
    """Whether the status follows success too."""


_ANY: Final = re.compile(r".*", re.DOTALL)
_READ: Final = frozenset({"GET", "HEAD"})
_SIGN_IN: Final = re.compile(r"(?i).*/(?:auth/tokens|oauth2?/token|token|log-?in|sign-?in)/?")
_CHECK: Final = re.compile(r".*/auth/tokens(?:/[^/]+)?/?")

WORDINGS: Final[tuple[Wording, ...]] = (
    Wording(
        frozenset({"POST"}),
        _SIGN_IN,
        "{caller} signs in at {callee} and gets {token}",
        "{caller} tries to sign in at {callee}",
    ),
    Wording(
        _READ,
        _CHECK,
        "{caller} has {subject} checked by {callee}",
        "{caller} has {subject} checked by {callee}",
        with_status=True,
    ),
    *(
        Wording(frozenset(methods), _ANY, words, words, with_status=True)
        for methods, words in (
            (("GET",), "{caller} asks {callee} for {label}"),
            (("HEAD", "OPTIONS"), "{caller} asks {callee} about {label}"),
            (("POST",), "{caller} posts to {label} of {callee}"),
            (("PUT",), "{caller} puts to {label} of {callee}"),
            (("PATCH",), "{caller} changes {label} of {callee}"),
            (("DELETE",), "{caller} deletes {label} of {callee}"),
        )
    ),
)


def summaries(
    document: Document, *, wordings: Sequence[Wording] = WORDINGS, limit: int = LIMIT
) -> tuple[Note, ...]:
    """Return lines on ranges of steps, outer ranges before those within, in order.

    Args:
        document: with flows, groups and notes as far as there are any. A note's title names the
            call on whose request it stands.
        wordings: how to tell of calls.
        limit: how many lines at most, 2 at least.
    """
    told = list(_Teller(document, wordings).told())
    level = max((line.level for line in told), default=0)
    while len(told) > limit and level > 0:
        told = [line for line in told if line.level < level]
        level -= 1
    if len(told) > limit:
        left = told[limit - 1 :]
        more = Note(left[0].note.first, left[-1].note.last, f"{len(left)} more calls.")
        return (*(line.note for line in told[: limit - 1]), more)
    return tuple(line.note for line in told)


@dataclass(frozen=True, slots=True)
class _Line:
    level: int
    note: Note


class _Teller:
    def __init__(self, document: Document, wordings: Sequence[Wording]) -> None:
        self._wordings = wordings
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

    def told(self) -> Iterator[_Line]:
        waiting = [(0, self._outermost, 0)]
        while waiting:
            level, calls, at = waiting.pop()
            if at >= len(calls):
                continue
            count, text, is_told_whole = self._next(calls, at)
            last = max(call.last for call in calls[at : at + count])
            yield _Line(level, Note(calls[at].first, last, text))
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
        """Say whether a call was made only to find where to sign in."""
        asked, signs_in = call.request, following.request
        return (
            asked.method in _READ
            and not call.inner
            and (asked.source, asked.target) == (signs_in.source, signs_in.target)
            and (call.last, following.first) in self._led
            and signs_in.method == "POST"
            and _SIGN_IN.fullmatch(signs_in.path) is not None
        )

    def _of_opt(self, group: Group, last: Call) -> str:
        token = self._issued(last.steps[-1])
        text = f"{group.title} at {last.request.target}" if token else group.title
        return f"{text}: {token}." if token else f"{text}: {_outcome(last)}."

    def _of_call(self, call: Call, often: str = "") -> str:
        request = call.request
        went_well = _went_well(call.steps[-1])
        title = self._titles.get(request.number, "")
        called = f" ({title})" if title else ""
        for wording in self._wordings:
            words = wording.words if went_well else wording.tried
            if (
                words
                and (not wording.methods or request.method.upper() in wording.methods)
                and wording.path.fullmatch(request.path)
                and (text := self._filled(words, call))
            ):
                status = wording.with_status or not went_well
                ending = f": {_outcome(call)}." if status else "."
                return f"{text}{called}{often}{ending}"
        sent = f"{request.source} sends {request.method} {_label(request)} to {request.target}"
        return f"{sent}{called}{often}: {_outcome(call)}."

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
        known = {"caller": request.source, "callee": request.target, "label": _label(request)}
        return known[name]

    def _issued(self, response: Step) -> str:
        if response.kind is not StepKind.RESPONSE:
            return ""
        found = (self._tokens.get(v.text, "") for v in self._reader.values(response) if v.is_token)
        return next((name for name in found if name), "")

    def _subject(self, request: Step) -> str:
        wanted = ("header.x-subject-token", "path")
        found = (v for v in self._reader.values(request) if v.is_token and v.place in wanted)
        return next((self._tokens.get(value.text, "") for value in found), "")


_NAME: Final = re.compile(r"\{(caller|callee|label|token|subject)\}")


def _label(request: Step) -> str:
    return request.label or request.path


def _covered(calls: Sequence[Call], at: int, group: Group) -> int:
    """Return how many of the calls are exactly what a group holds; 0 if it holds anything else."""
    for count, call in enumerate(islice(calls, at, None), 1):
        if call.last >= group.last:
            return count if call.last == group.last else 0
    return 0


def _went_well(last: Step) -> bool:
    return last.kind is StepKind.RESPONSE and (last.status_code or 0) < 400  # noqa: PLR2004 - HTTP


def _outcome(call: Call) -> str:
    last = call.steps[-1]
    if last.kind is StepKind.REQUEST:
        return "no answer"
    if last.status_code is None:
        return last.error or "no answer"
    return f"{last.status_code} {last.reason}".strip()
