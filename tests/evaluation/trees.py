"""The tree of a trace: parents, children, and what role each span has in a call."""

from __future__ import annotations

from collections.abc import Iterator

from tests.evaluation.protocols import is_transport, operation_of_messaging, protocol_of
from tests.evaluation.spans import Key, Seen, Trace

__all__ = ["Tree"]

_KINDLESS = ("", "unspecified")


class Tree:
    """A trace whose spans know each other. Spans of a cycle are roots."""

    def __init__(self, trace: Trace) -> None:
        self.spans = tuple(sorted(trace.spans, key=lambda span: (span.start, span.span)))
        self._halves: dict[tuple[str, bool], Seen] = {}
        for span in self.spans:
            self._halves.setdefault((span.span, span.shared), span)
        self._children: dict[Key, list[Seen]] = {}
        for span in self.spans:
            above = self.parent(span)
            if above is not None:
                self._children.setdefault(above.key, []).append(span)
        self.services = {span.service for span in self.spans if span.service}
        self._roles = {span.key: self._role(span) for span in self.spans}

    def parent(self, span: Seen) -> Seen | None:
        if span.shared:
            return self._halves.get((span.span, False))
        if not span.parent or span.parent == span.span:
            return None
        wanted = (span.parent, span.parent_shared)
        return self._halves.get(wanted) or self._halves.get((span.parent, False))

    def children(self, span: Seen) -> list[Seen]:
        return self._children.get(span.key, [])

    def above(self, span: Seen) -> Iterator[Seen]:
        """Yield the ancestors, nearest first; a cycle ends where it began."""
        known = {span.key}
        at = self.parent(span)
        while at is not None and at.key not in known:
            known.add(at.key)
            yield at
            at = self.parent(at)

    def below(self, span: Seen) -> Iterator[Seen]:
        """Yield the descendants, each after its parent."""
        known, waiting = {span.key}, list(self.children(span))
        while waiting:
            at = waiting.pop(0)
            if at.key not in known:
                known.add(at.key)
                yield at
                waiting += self.children(at)

    def find(self, span_id: str) -> Seen | None:
        return self._halves.get((span_id, False))

    def role(self, span: Seen) -> str:
        """Return ``caller``, ``callee``, ``send``, ``take``, ``detail`` or ``inside``."""
        return self._roles[span.key]

    def _role(self, span: Seen) -> str:
        protocol = protocol_of(span)
        if is_transport(span):
            return "detail"
        if span.kind == "server":
            return "callee"
        if protocol == "messaging":
            return self._role_of_message(span)
        if span.kind == "client" or protocol in ("model", "tool"):
            return "caller"
        return self._inferred(span, protocol) if span.kind in _KINDLESS else "inside"

    def _role_of_message(self, span: Seen) -> str:
        operation = operation_of_messaging(span)
        if operation in ("send", "create"):
            return "send"
        if operation in ("receive", "process"):
            return "take"
        if operation == "settle":
            return "detail"
        return "caller" if span.kind == "client" else "inside"

    def _inferred(self, span: Seen, protocol: str) -> str:
        """Give a kindless span a role from its conventions, where its place agrees."""
        above = self.parent(span)
        same = above is not None and above.service == span.service
        if protocol == "database":
            return "caller"
        if protocol in ("http", "rpc"):
            return "caller" if same and not self.children(span) else "inside"
        return "inside"
