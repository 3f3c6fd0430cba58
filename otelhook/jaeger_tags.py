"""What Jaeger writes as tags although OpenTelemetry has fields for it, there and back.

Jaeger's own span model (its thrift, and the JSON of its first query API) has no kind, status,
scope or trace state, and its spans refer to parents and to others alike. The names and rules are
those of the OpenTelemetry Collector's translator (``pkg/translator/jaeger``), which Jaeger uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from otelhook.model import (
    AttributeValue,
    Link,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)

__all__ = [
    "EVENT",
    "NO_SERVICE",
    "Reference",
    "Told",
    "parent_and_links",
    "references",
    "scope_tags",
    "take",
    "take_told",
    "told_tags",
]

NO_SERVICE: Final = "OTLPResourceNoServiceName"
"""What Jaeger calls a service that has no name."""

EVENT: Final = "event"
"""The field of a log that names it."""

_KIND: Final = "span.kind"
_STATUS: Final = "otel.status_code"
_STATUS_MESSAGE: Final = "otel.status_description"
_ERROR: Final = "error"
_NO_ERROR: Final = ("", "false", "none")
_TRACE_STATE: Final = "w3c.tracestate"
_SCOPE_NAMES: Final = ("otel.scope.name", "otel.library.name")
_SCOPE_VERSIONS: Final = ("otel.scope.version", "otel.library.version")
_REFERENCE_TYPE: Final = "opentracing.ref_type"
_CHILD_OF: Final = "child_of"

_T = TypeVar("_T", SpanKind, StatusCode)


@dataclass(frozen=True, slots=True)
class Told:
    """What tags said that a span has fields for."""

    kind: SpanKind
    status: Status
    scope: Scope
    trace_state: str


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference of a span; ``child_of`` is CHILD_OF, else it is FOLLOWS_FROM."""

    to: Link
    child_of: bool


def take_told(tags: dict[str, AttributeValue]) -> Told:
    """Take what the model has fields for out of a span's tags.

    ``error`` alone is how clients older than OpenTelemetry say a status; some say there what is
    wrong.
    """
    kind = _member(SpanKind, take(tags, _KIND), SpanKind.UNSPECIFIED)
    code = _member(StatusCode, take(tags, _STATUS), StatusCode.UNSET)
    message = take(tags, _STATUS_MESSAGE)
    error = tags.get(_ERROR)
    if error in (True, "true"):
        del tags[_ERROR]
        code = StatusCode.ERROR
    elif isinstance(error, str) and error.strip().lower() not in _NO_ERROR:
        del tags[_ERROR]
        code, message = StatusCode.ERROR, message or error
    scope = Scope(_first(tags, _SCOPE_NAMES), _first(tags, _SCOPE_VERSIONS))
    return Told(kind, Status(code, message), scope, take(tags, _TRACE_STATE))


def scope_tags(scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield the tags of a scope, which stand before a span's attributes."""
    if scope.name:
        yield _SCOPE_NAMES[0], scope.name
    if scope.version:
        yield _SCOPE_VERSIONS[0], scope.version


def told_tags(span: Span) -> Iterator[tuple[str, str | bool]]:
    """Yield the tags of kind, status and trace state, which stand after a span's attributes."""
    if span.kind is not SpanKind.UNSPECIFIED:
        yield _KIND, span.kind.name.lower()
    if span.status.code is not StatusCode.UNSET:
        yield _STATUS, span.status.code.name
    if span.status.code is StatusCode.ERROR:
        yield _ERROR, True
    if span.status.message:
        yield _STATUS_MESSAGE, span.status.message
    if span.trace_state:
        yield _TRACE_STATE, span.trace_state


def parent_and_links(
    found: Iterable[Reference], trace_id: TraceId
) -> tuple[SpanId | None, tuple[Link, ...]]:
    """Take the parent as Jaeger does: the first CHILD_OF within the trace, else the first of the
    other references within it, which is all that some OpenTracing clients write. The rest are
    links.
    """
    rest = list(found)
    within = [reference for reference in rest if reference.to.trace_id == trace_id]
    parents = [reference for reference in within if reference.child_of] or within
    if parents:
        rest.remove(parents[0])
    return parents[0].to.span_id if parents else None, tuple(reference.to for reference in rest)


def references(span: Span) -> Iterator[Reference]:
    """Yield a span's references: its parent first, then its links.

    A link that says of itself that it is one of a child, as the translator writes them, is
    CHILD_OF; one to the parent only says which kind of reference that is.
    """
    parent, links = span.parent_span_id, span.links
    told = {(link.trace_id, link.span_id): _is_child(link) for link in links}
    if parent is not None:
        place = (span.trace_id, parent)
        yield Reference(Link(*place), told.get(place, True))
    for link in links:
        if (link.trace_id, link.span_id) != (span.trace_id, parent):
            yield Reference(link, _is_child(link))


def take(tags: dict[str, AttributeValue], name: str) -> str:
    """Take a text that stands for a field; what is not text stays a tag."""
    value = tags.get(name)
    if not isinstance(value, str):
        return ""
    del tags[name]
    return value


def _is_child(link: Link) -> bool:
    return link.attributes.get(_REFERENCE_TYPE) == _CHILD_OF


def _first(tags: dict[str, AttributeValue], names: tuple[str, ...]) -> str:
    """Take all, return the first that says something: newer Jaegers write both names."""
    return next((said for said in [take(tags, name) for name in names] if said), "")


def _member(kind: type[_T], name: str, otherwise: _T) -> _T:
    return kind.__members__.get(name.upper(), otherwise)
