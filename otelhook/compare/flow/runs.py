"""What of a run its flow needs: thousands of runs are read one after another, and not kept."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from otelhook.compare.flow.model import answer_word, task_name
from otelhook.compare.identity import Names, identity_of, names_of
from otelhook.compare.signs import answer_of
from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.document import Document, Outcome, Step

__all__ = ["NamedRun", "Run", "RunCall", "read_runs"]

_BAD: Final = frozenset({Outcome.ERROR, Outcome.UNANSWERED})
_NO_CALL: Final = "the command failed, no call did"


@dataclass(frozen=True, slots=True)
class NamedRun:
    """One run, and what it can be found by."""

    name: str
    document: Document


@dataclass(frozen=True, slots=True)
class RunCall:
    """One call of a run."""

    task: str
    """As `task_name` spells it."""
    word: str
    """What came of it, as `answer_word` says."""
    inner: tuple[RunCall, ...]
    steps: tuple[Step, ...]
    """Its steps, participants named as in all runs; none if a run before has shown such a call at
    this place."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run."""

    name: str
    title: str
    outermost: tuple[RunCall, ...]
    kinds: frozenset[str]
    """The tasks of its outermost calls."""
    failure: str
    """What failed last if the run did; nothing if it succeeded."""


_Place: TypeAlias = tuple[object, ...]
"""Of what kind the run is, the tasks from the outermost call down, each with its number among those
of its name beside it, and what came of the last."""


def read_runs(runs: Iterable[NamedRun]) -> Iterator[Run]:
    """Yield what is needed of each run; its document is not held when the next is asked for."""
    reader = _Reader()
    for run in runs:
        yield reader.run(run)


class _Reader:
    def __init__(self) -> None:
        self._shown: set[_Place] = set()

    def run(self, run: NamedRun) -> Run:
        names = names_of(run.document)
        calls, outermost = call_trees(run.document.steps)
        failure = _failure(run.document, calls, outermost, names)
        kinds = frozenset(task_name(identity_of(call, names)) for call in outermost)
        read = self._calls(outermost, names, (not failure, kinds))
        return Run(run.name, run.document.title, read, kinds, failure)

    def _calls(self, calls: Sequence[Call], names: Names, within: _Place) -> tuple[RunCall, ...]:
        seen: Counter[str] = Counter()
        found: list[RunCall] = []
        for call in calls:
            # One text for all runs: there are few tasks and many calls.
            task = sys.intern(task_name(identity_of(call, names)))
            word = sys.intern(answer_word(answer_of(call)))
            seen[task] += 1
            steps: tuple[Step, ...] = ()
            place = (*within, task, seen[task], word)
            if place not in self._shown:
                self._shown.add(place)
                steps = tuple(_renamed(call, names))
            inner = self._calls(call.inner, names, (*within, task, seen[task]))
            found.append(RunCall(task, word, inner, steps))
        return tuple(found)


def _renamed(call: Call, names: Names) -> Iterator[Step]:
    for step in call.steps:
        yield replace(step, source=names[step.source], target=names[step.target])


def _failure(
    document: Document, calls: Sequence[Call], outermost: Sequence[Call], names: Names
) -> str:
    """Return what failed last; nothing if the run did not fail, whatever failed within it."""
    if not outermost or not _failed(document, outermost):
        return ""
    for call in reversed(calls):
        answer = answer_of(call)
        if answer is not None and answer.outcome in _BAD:
            return f"{task_name(identity_of(call, names))}: {answer.head}"
    return _NO_CALL


def _failed(document: Document, outermost: Sequence[Call]) -> bool:
    command = document.command
    if command is not None and command.exit_code:
        return True
    answer = answer_of(outermost[-1])
    return answer is not None and answer.outcome in _BAD
