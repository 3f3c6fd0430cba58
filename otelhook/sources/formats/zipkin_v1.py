"""The JSON of Zipkin's API v1 (``zipkin-api.yaml``), as that of v2.

A span of v1 has no kind: ``cs`` and ``cr``, ``sr`` and ``ss``, ``ms`` and ``mr`` among its
annotations tell it, each with the endpoint that noted it. Both sides of a call may stand in one
span; they are two here, the server's marked ``shared``, as v2 has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from otelhook.model import Span
from otelhook.otlp import Decoded
from otelhook.sources.formats.shapes import (
    Json,
    is_list,
    is_object,
    object_of,
    objects_of,
    read_each,
)
from otelhook.sources.formats.zipkin_json import read_span

__all__ = ["EXAMPLE", "is_zipkin_v1", "read_zipkin_v1"]

EXAMPLE: Final = """\
{"traceId": "463ac35c9f6413ad", "id": "72485a3953bb6124", "name": "get /v2/images",
 "annotations": [
  {"timestamp": 1764450000000000, "value": "cs",
   "endpoint": {"serviceName": "shop", "ipv4": "10.0.0.1", "port": 0}},
  {"timestamp": 1764450000010000, "value": "cr",
   "endpoint": {"serviceName": "shop", "ipv4": "10.0.0.1", "port": 0}}],
 "binaryAnnotations": [
  {"key": "http.url", "value": "http://image/v2/images", "endpoint": {"serviceName": "shop"}},
  {"key": "sa", "value": true, "endpoint": {"serviceName": "image", "ipv4": "10.0.0.2"}}]}
"""


@dataclass(frozen=True, slots=True)
class _Role:
    """How one side of a call is told: the kind, its annotations, and the other side's address."""

    kind: str
    begins: str
    ends: str
    other: str


_ROLES: Final = (
    _Role("CLIENT", "cs", "cr", "sa"),
    _Role("SERVER", "sr", "ss", "ca"),
    _Role("PRODUCER", "ms", "ws", "ma"),
    _Role("CONSUMER", "mr", "wr", "ma"),
)
_CORE: Final = frozenset(value for role in _ROLES for value in (role.begins, role.ends))
_ADDRESSES: Final = frozenset(role.other for role in _ROLES)


def is_zipkin_v1(value: Json) -> bool:
    """Recognise a span of v1: it has binary annotations, or annotations with an endpoint."""
    if "traceId" not in value or "id" not in value:
        return False
    notes: object = value.get("annotations")
    return "binaryAnnotations" in value or (
        is_list(notes) and any(is_object(note) and "endpoint" in note for note in notes)
    )


def read_zipkin_v1(value: Json) -> Decoded:
    """Return the span, or the two spans, of one entry.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    return read_each(iter((value,)), _spans, "the JSON of Zipkin's /api/v1")


def _spans(span: Json) -> Sequence[Span]:
    return [read_span(side) for side in _Entry(span).sides()]


class _Entry:
    """One span of v1 with its annotations: the plain ones are notes here, the binary ones tags."""

    def __init__(self, span: Json) -> None:
        self._span = span
        self._notes = list(objects_of(span.get("annotations")))
        self._tags = list(objects_of(span.get("binaryAnnotations")))
        self._at: dict[str, Json] = {}
        for note in self._notes:
            self._at.setdefault(str(note.get("value")), note)
        self._roles = [role for role in _ROLES if {role.begins, role.ends} & self._at.keys()]

    def sides(self) -> Iterator[Json]:
        """Yield each side as a span of v2."""
        for role in self._roles:
            yield self._side(role)
        if not self._roles:
            yield self._local()

    def _side(self, role: _Role) -> Json:
        begins, ends = self._at.get(role.begins), self._at.get(role.ends)
        shared = role is not self._roles[0]
        span: Json = {} if shared else self._span
        start = int(span.get("timestamp") or _time(begins or ends))
        both = begins is not None and ends is not None
        lasted = _time(ends) - _time(begins) if both else int(span.get("duration") or 0)
        return {
            **self._common(role),
            "kind": role.kind,
            "timestamp": start,
            "duration": max(0, lasted),
            "localEndpoint": (begins or ends or {}).get("endpoint"),
            "remoteEndpoint": self._address(role.other),
            "shared": shared,
        }

    def _local(self) -> Json:
        """Read a span without either side's annotations; a server's address makes it a call."""
        server = self._address("sa")
        ends = [n.get("endpoint") for n in (*self._tags, *self._notes) if not _is_address(n)]
        times = [_time(note) for note in self._notes] or [0]
        return {
            **self._common(None),
            "kind": "CLIENT" if server else None,
            "timestamp": self._span.get("timestamp") or min(times),
            "duration": self._span.get("duration") or max(times) - min(times),
            "localEndpoint": next((end for end in ends if end), None),
            "remoteEndpoint": server,
        }

    def _common(self, role: _Role | None) -> dict[str, Any]:
        return {
            **{name: self._span.get(name) for name in ("traceId", "id", "parentId", "name")},
            "annotations": [
                note
                for note in self._notes
                if note.get("value") not in _CORE and self._is_of(note, role)
            ],
            "tags": {
                str(tag.get("key")): _said(tag.get("value"))
                for tag in self._tags
                if not _is_address(tag) and self._is_of(tag, role)
            },
        }

    def _is_of(self, note: Json, role: _Role | None) -> bool:
        """Return whether a side noted something; a note without a name is the first side's."""
        if role is None or len(self._roles) == 1:
            return True
        services = {one: self._service_of(one) for one in self._roles}
        said = _service(note)
        if said == services[role]:
            return True
        return role is self._roles[0] and said not in services.values()

    def _service_of(self, role: _Role) -> str:
        return _service(self._at.get(role.begins) or self._at.get(role.ends) or {})

    def _address(self, name: str) -> object:
        return next((tag.get("endpoint") for tag in self._tags if tag.get("key") == name), None)


def _is_address(tag: Json) -> bool:
    """Tell an address's tag, whose value is a boolean, from one that happens to have its key."""
    return tag.get("key") in _ADDRESSES and tag.get("value") in (True, "true")


def _said(value: object) -> str:
    """Return a tag's value as text, as v2 has all of them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _service(note: Json) -> str:
    return str(object_of(note.get("endpoint")).get("serviceName") or "")


def _time(note: Json | None) -> int:
    return int((note or {}).get("timestamp") or 0)
