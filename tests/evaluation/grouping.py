"""Which spans show one and the same interaction, and which are details of another.

A call is one group however many spans tell of it: a library and what it stands on, the caller's
side and the callee's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.evaluation.protocols import LAYERS, operation_of_messaging, protocol_of
from tests.evaluation.relations import (
    alike,
    covers,
    is_create,
    layer,
    names_itself,
)
from tests.evaluation.spans import Key, Seen
from tests.evaluation.trees import Tree

__all__ = ["Group", "groups_of"]

_SENDERS = ("caller", "send")


@dataclass(slots=True)
class Group:
    """The spans of one interaction.

    ``what`` is ``call``, ``publish`` or ``delivery``; ``below`` are spans that may be details of
    it and need no step of their own; ``above`` is the span below which it hangs.
    """

    what: str
    callers: list[Seen] = field(default_factory=list["Seen"])
    callees: list[Seen] = field(default_factory=list["Seen"])
    below: list[Seen] = field(default_factory=list["Seen"])
    source: str = ""
    """The caller's service, if it is another than that of ``callers``."""
    target: str = ""
    """The callee's service, if no span of ``callees`` has it."""
    producers: list[Seen] = field(default_factory=list["Seen"])
    optional: bool = False
    inferred: bool = False

    @property
    def spans(self) -> tuple[Seen, ...]:
        return (*self.callers, *self.callees)

    @property
    def protocol(self) -> str:
        found = [protocol for span in self.spans if (protocol := protocol_of(span))]
        return min(found, key=LAYERS.__getitem__, default="call")


def groups_of(tree: Tree) -> tuple[Group, ...]:
    """Return all groups, in order of their first span."""
    return tuple(_Grouping(tree).run())


class _Grouping:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.groups: list[Group] = []
        self.of: dict[Key, Group] = {}

    def run(self) -> Iterator[Group]:
        for span in self._parents_first():
            role = self.tree.role(span)
            if role in _SENDERS:
                self._add_sender(span, role)
            elif role == "callee":
                self._add_callee(span)
            elif role == "take":
                self._add_take(span)
            elif role == "inside":
                self._add_change(span)
        yield from self.groups

    def _parents_first(self) -> Iterator[Seen]:
        depth = {span.key: sum(1 for _ in self.tree.above(span)) for span in self.tree.spans}
        yield from sorted(self.tree.spans, key=lambda span: (depth[span.key], span.start))

    def _new(self, group: Group) -> Group:
        self.groups.append(group)
        for span in group.spans:
            self.of.setdefault(span.key, group)
        return group

    def _nearest(self, span: Seen) -> tuple[Seen | None, list[Seen]]:
        """Return the nearest ancestor that is part of an interaction, and those in between."""
        between: list[Seen] = []
        for above in self.tree.above(span):
            if self.tree.role(above) not in ("inside", "detail"):
                return above, between
            between.append(above)
        return None, between

    def _outer(self, span: Seen) -> Seen | None:
        """Return the call of the same service within which this one is made."""
        above, between = self._nearest(span)
        if above is None or self.tree.role(above) not in _SENDERS:
            return None
        here = all(each.service == span.service for each in (above, *between))
        return above if here else None

    def _inner(self, outer: Seen) -> list[Seen]:
        return [
            span
            for span in self.tree.below(outer)
            if self.tree.role(span) in _SENDERS and self._outer(span) is outer
        ]

    def _add_sender(self, span: Seen, role: str) -> None:
        outer = self._outer(span)
        if outer is not None and self._joined(span, outer):
            return
        if role == "send" and self._sends_created(span):
            return
        what = "publish" if role == "send" else "call"
        group = Group(what, callers=[span])
        if outer is not None:
            group.optional = self._may_be_detail(span, outer)
            if not group.optional and not self._has_callee(outer) and covers(outer, span):
                self.of[outer.key].optional = len(self._inner(outer)) > 1
        else:
            self._place(group, span)
        self._new(group)

    def _sends_created(self, span: Seen) -> bool:
        """Make sending what was created before, and linked to, one publication with it."""
        made = [found for _, link in span.links if (found := self.tree.find(link)) is not None]
        created = [self.of[each.key] for each in made if is_create(each) and each.key in self.of]
        if len(created) == 1:
            created[0].callers.append(span)
            self.of[span.key] = created[0]
            return True
        for group in created:
            group.optional = True
        return False

    def _joined(self, span: Seen, outer: Seen) -> bool:
        """Make a call part of the one around it, if both are the same."""
        group = self.of[outer.key]
        if len(self._inner(outer)) > 1 and not is_create(outer):
            return False
        if self._has_callee(outer):
            return False
        lower = layer(span) > layer(outer)
        if protocol_of(outer) and lower:
            if (
                outer.kind != "client"
                and protocol_of(outer) == "tool"
                and protocol_of(span) != "http"
            ):
                return False
            group.below.append(span)
        elif not protocol_of(outer) or alike(outer, span):
            group.callers.append(span)
            if self.tree.role(span) == "send":
                group.what = "publish"
        else:
            return False
        self.of[span.key] = group
        return True

    def _has_callee(self, outer: Seen) -> bool:
        return any(
            self._nearest(span)[0] is outer
            for span in self.tree.below(outer)
            if self.tree.role(span) == "callee"
        )

    def _may_be_detail(self, span: Seen, outer: Seen) -> bool:
        return bool(protocol_of(outer)) and layer(span) > layer(outer)

    def _place(self, group: Group, span: Seen) -> None:
        """Say who calls, where the span hangs below one of another service."""
        above = self.tree.parent(span)
        if above is None or not above.service or above.service == span.service:
            return
        nearest, _ = self._nearest(span)
        if nearest is not None and self.tree.role(nearest) in _SENDERS:
            reached = self.of[nearest.key]
            if not reached.callees and not reached.target:
                reached.target = span.service
                return
        if group.what == "call" and names_itself(span) and not self._answered(span):
            group.source, group.target = above.service, span.service
            return
        self._new(
            Group("call", callees=[span], source=above.service, target=span.service, inferred=True)
        )

    def _answered(self, span: Seen) -> bool:
        return any(self.tree.role(child) == "callee" for child in self.tree.below(span))

    def _add_callee(self, span: Seen) -> None:
        nearest, between = self._nearest(span)
        if nearest is not None and self._takes(nearest, between, span):
            return
        near = between[0] if between else nearest
        same = near is not None and near.service == span.service
        if nearest is not None and same and self.tree.role(nearest) in ("callee", "take"):
            self._add_nested(span, nearest)
            return
        group = Group("call", callees=[span])
        if near is not None and near.service and not same:
            group.source, group.inferred = near.service, True
        self._new(group)

    def _takes(self, nearest: Seen, between: list[Seen], span: Seen) -> bool:
        """Make it the other side of the call it hangs below."""
        if self.tree.role(nearest) not in _SENDERS:
            return False
        if any(each.service != nearest.service for each in between):
            return False
        group = self.of[nearest.key]
        if self.tree.role(nearest) == "send":
            self._new(Group("delivery", callees=[span], producers=[nearest]))
            return True
        if group.callees:
            self._new(Group("call", callees=[span], source=nearest.service))
            return True
        group.callees.append(span)
        self.of[span.key] = group
        return True

    def _add_nested(self, span: Seen, nearest: Seen) -> None:
        """A server's span within one of the same service: its handler, or a further request."""
        group = self.of[nearest.key]
        if not protocol_of(span) or alike(nearest, span):
            group.below.append(span)
            self.of[span.key] = group
        else:
            self._new(Group("call", callees=[span], source=nearest.service, optional=True))

    def _add_take(self, span: Seen) -> None:
        nearest, _ = self._nearest(span)
        sent = [found for _, link in span.links if (found := self.tree.find(link)) is not None]
        if nearest is not None and self.tree.role(nearest) == "send":
            sent.append(nearest)
        if nearest is not None and self._same_take(nearest, span):
            return
        known = next((group for group in self.groups if _takes_the_same(group, span, sent)), None)
        if known is not None:
            known.callees.append(span)
            self.of[span.key] = known
            return
        for each in sent:
            self.of[each.key].target = self.of[each.key].target or span.service
        self._new(Group("delivery", callees=[span], producers=sent))

    def _same_take(self, nearest: Seen, span: Seen) -> bool:
        """Make ``process`` below ``receive`` one delivery with it."""
        if self.tree.role(nearest) != "take" or nearest.service != span.service:
            return False
        group = self.of[nearest.key]
        inner = [s for s in self.tree.below(nearest) if self.tree.role(s) == "take"]
        if len(inner) > 1:
            group.optional = True
            return False
        group.callees.append(span)
        self.of[span.key] = group
        return True

    def _add_change(self, span: Seen) -> None:
        """A span of no kind below one of another service tells of a call by that alone."""
        above = self.tree.parent(span)
        if above is None or not span.service or not above.service:
            return
        if above.service == span.service:
            return
        nearest, between = self._nearest(span)
        role = self.tree.role(nearest) if nearest is not None else ""
        if nearest is not None and role in _SENDERS and not between:
            group = self.of[nearest.key]
            if role == "send":
                self._new(Group("delivery", callees=[span], producers=[nearest], inferred=True))
                return
            if not group.callees:
                group.callees.append(span)
                self.of[span.key] = group
                return
        self._new(Group("call", callees=[span], source=above.service, inferred=True))


def _takes_the_same(group: Group, span: Seen, sent: list[Seen]) -> bool:
    """Tell whether a delivery is of the same messages to the same service, by its other half."""
    if group.what != "delivery" or not sent or not group.callees:
        return False
    first = group.callees[0]
    if first.service != span.service:
        return False
    same = {each.key for each in group.producers} == {each.key for each in sent}
    return same and operation_of_messaging(first) != operation_of_messaging(span)
