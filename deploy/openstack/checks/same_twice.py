"""Each command twice: its two runs differ in nothing; with a token at hand, in the opt frame alone.

The cloud is brought into the same state before each round, so that whatever `otelhook diff` then
says of two runs would be a false finding: ids, tokens, times, partitions and processes are others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.harness.verdict import Verdict
from deploy.openstack.installation import Installation
from deploy.openstack.scenarios import COMMANDS, Run, run_all, traced, warm_up, work_folder
from deploy.openstack.traces import Recorded
from otelhook.compare import Finding, compare
from otelhook.redaction import Redactor
from otelhook.sequence import compose
from otelhook.sequence.document import Document
from otelhook.sequence.vocabulary import GroupKind

__all__ = ["same_twice"]

_CREATE = COMMANDS[0]


def same_twice(installation: Installation) -> Verdict:
    """Run all commands twice, and the first once more while glance has its token."""
    recorded = Recorded(installation)
    rounds: list[Sequence[Run]] = []
    for _ in range(2):
        warm_up(installation, small=True)
        rounds.append(list(run_all(installation, small=True)))
    folder = work_folder(installation, small=True)
    warm, _ = traced(installation, _CREATE.words, folder)
    recorded.settled([warm, *(run.trace_id for runs in rounds for run in runs)])
    faults: list[str] = []
    for first, second in zip(*rounds, strict=True):
        found = compare(_document(recorded, first), _document(recorded, second)).findings
        faults += (f"{first.scenario.title}, twice: {_line(one)}" for one in found)
    frame = _frame_faults(_document(recorded, rounds[1][0]), _composed(recorded, warm))
    faults += (f"{_CREATE.title}, cold and warm: {fault}" for fault in frame)
    measured = f"{len(COMMANDS)} commands, and {_CREATE.title} with and without a token at hand"
    return Verdict("two runs differ in nothing but what differs", measured, tuple(faults))


def _document(recorded: Recorded, run: Run) -> Document:
    return _composed(recorded, run.trace_id)


def _composed(recorded: Recorded, trace_id: str) -> Document:
    return compose(recorded.spans(trace_id), redactor=Redactor())


def _frame_faults(cold: Document, warm: Document) -> Iterator[str]:
    """Yield what is wrong with this: what a warm run lacks is the first ``opt`` frame and no more.

    That one is authtoken's, the seed's (6-9). The other is around the token with which glance
    writes to swift, which it gets for each request.
    """
    frames = [group for group in cold.groups if group.kind is GroupKind.OPT]
    if not frames:
        yield "there is no opt frame"
        return
    wanted = tuple(range(frames[0].first, frames[0].last + 1))
    found = compare(cold, warm).findings
    if len(found) != 1 or (found[0].steps_before, found[0].steps_after) != (wanted, ()):
        yield f"the frame is of steps {wanted[0]} to {wanted[-1]}"
        yield from map(_line, found)


def _line(finding: Finding) -> str:
    numbers = ", ".join(map(str, finding.steps_before or finding.steps_after))
    return (
        f"{finding.change.value}: {finding.where} [{numbers}] "
        f"{finding.place} {finding.before} → {finding.after} {finding.more}"
    )
