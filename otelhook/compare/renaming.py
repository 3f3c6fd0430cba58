"""Which participant of one run is which of the other, where its name does not say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from otelhook.compare.identity import Names, identity_of
from otelhook.sequence.call_tree import Call
from otelhook.sequence.document import Document
from otelhook.sequence.vocabulary import ParticipantKind

__all__ = ["Renaming", "renaming"]

_ALIKE: Final = 0.5
"""Share of what two participants do, above which one is the other."""

_SILENT: Final = frozenset({ParticipantKind.CALLER, ParticipantKind.CALLEE})
"""Those that recorded nothing themselves, and are known by their address or program only."""

_Doings = Mapping[str, Counter[object]]


@dataclass(slots=True)
class Renaming:
    """What participants are called, so that the same has one name in both runs."""

    changed: dict[str, str] = field(default_factory=dict[str, str])
    """From a name in the second run to the other one in the first, to be said."""
    before: dict[str, str] = field(default_factory=dict[str, str])
    """What a name of the first run stands for."""
    after: dict[str, str] = field(default_factory=dict[str, str])


def renaming(
    runs: tuple[Sequence[Call], Sequence[Call]],
    names: tuple[Names, Names],
    documents: tuple[Document, Document],
) -> Renaming:
    """Return which participants have another name.

    It is one that only one run has, or that does other things there altogether, and that does what
    one does of whom the same holds in the other run. Who recorded nothing in one run may be one
    that did in the other.
    """
    before, after = _doings(runs[0], names[0]), _doings(runs[1], names[1])
    found = Renaming()
    gone = {name: did for name, did in before.items() if not _stays(name, before, after)}
    new = {name: did for name, did in after.items() if not _stays(name, after, before)}
    for name, doings in new.items():
        likeness, old = max(
            ((_likeness(doings, theirs), other) for other, theirs in gone.items()), default=(0, "")
        )
        if likeness > _ALIKE and old != name:
            found.changed[name] = found.after[name] = old
            del gone[old]
    for name in _silent(documents[1], names[1]) - found.changed.keys():
        old = _known_as(name, after, before)
        if old:
            found.changed[name] = found.after[name] = old
    for name in _silent(documents[0], names[0]) - {*found.changed.values()}:
        now = _known_as(name, before, after)
        if now and now not in found.changed:
            found.changed[now] = name
            found.before[name] = now
    return found


def _doings(calls: Sequence[Call], names: Names) -> dict[str, Counter[object]]:
    """Return what each participant asks and is asked; the other end is left out of it."""
    doings: dict[str, Counter[object]] = {}
    for call in calls:
        identity = identity_of(call, names)
        doings.setdefault(identity.caller, Counter())["asks", identity.operation] += 1
        doings.setdefault(identity.callee, Counter())["is asked", identity.operation] += 1
    return doings


def _stays(name: str, ours: _Doings, theirs: _Doings) -> bool:
    """Return whether a participant does in the other run what it does in this one."""
    return name in theirs and _likeness(ours[name], theirs[name]) > _ALIKE


def _likeness(first: Counter[object], second: Counter[object]) -> float:
    return (first & second).total() / max((first | second).total(), 1)


def _silent(document: Document, names: Names) -> set[str]:
    return {names[one.name] for one in document.participants if one.kind in _SILENT}


def _known_as(name: str, ours: _Doings, theirs: _Doings) -> str:
    """Return which participant of the other run does what a silent one does; empty if none.

    It does not do that in this run under its own name.
    """
    doings = ours.get(name, Counter())
    if name in theirs or not doings:
        return ""
    free: Iterable[tuple[float, str]] = (
        ((doings & did).total() / doings.total(), other)
        for other, did in theirs.items()
        if not ours.get(other, Counter()) & doings
    )
    share, other = max(free, default=(0, ""))
    return other if share > _ALIKE else ""
