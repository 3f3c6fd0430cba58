"""Frames around calls that one service made at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.document import Document, Group, GroupKind
from otelhook.sequence.transforms.merge_groups import with_groups

__all__ = ["frame_parallel"]


def frame_parallel(document: Document) -> Document:
    """Return the document with a frame around calls whose steps interleave.

    They are calls made by one participant to serve one request (or for none at all), each begun
    before another had ended. Where yet other calls' steps run between them there is no frame.
    """
    calls, outermost = call_trees(document.steps)
    found: list[Group] = []
    for listed in (*_by_caller(outermost), *(call.inner for call in calls)):
        for branches in _interleaved(listed):
            first, last = branches[0].first, max(branch.last for branch in branches)
            if last - first + 1 == sum(branch.size for branch in branches):
                title = f"{len(branches)} calls at the same time"
                found.append(Group(GroupKind.PAR, title, first, last))
    return with_groups(document, found)


def _by_caller(calls: Sequence[Call]) -> Iterator[list[Call]]:
    listed: dict[str, list[Call]] = {}
    for call in calls:
        listed.setdefault(call.request.source, []).append(call)
    yield from listed.values()


def _interleaved(calls: Sequence[Call]) -> Iterator[list[Call]]:
    branches: list[Call] = []
    last = 0
    for call in calls:
        if call.first > last:
            if len(branches) > 1:
                yield branches
            branches = []
        branches.append(call)
        last = max(last, call.last)
    if len(branches) > 1:
        yield branches
