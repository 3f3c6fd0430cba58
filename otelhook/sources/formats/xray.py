"""What ``aws xray batch-get-traces`` prints, and X-Ray's segment documents by themselves.

The form is that of "AWS X-Ray segment documents": a segment is what a service did for a request,
its subsegments are what it called (``namespace`` remote or aws, or ``sql``) and what it did itself.
Segments that X-Ray inferred for callees that record nothing say nothing that the call does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from otelhook import attributes as key
from otelhook.model import (
    Attributes,
    AttributeValue,
    Event,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
    parse_span_id,
    parse_trace_id,
)
from otelhook.otlp import Decoded
from otelhook.sources.formats.shapes import (
    Json,
    attributes_of,
    is_list,
    is_object,
    object_of,
    objects_of,
    parent_of,
    read_each,
)

__all__ = ["EXAMPLE", "is_xray", "read_xray"]

EXAMPLE: Final = """\
{"trace_id": "1-463ac35c-9f6413ad48485a3953bb6124", "id": "1234567890abcdef", "name": "shop",
 "start_time": 1764449999.9, "end_time": 1764450000.1,
 "subsegments": [
  {"id": "72485a3953bb6124", "name": "image", "namespace": "remote",
   "start_time": 1764450000.0, "end_time": 1764450000.01,
   "http": {"request": {"method": "GET", "url": "http://image/v2/images"},
            "response": {"status": 200}}}]}
"""

_SECOND: Final = 10**9
_PREFIX: Final = "1-"
_AWS: Final = {
    "operation": "rpc.method",
    "region": "cloud.region",
    "request_id": "aws.request_id",
    "table_name": "aws.dynamodb.table_names",
    "queue_url": "aws.sqs.queue.url",
    "bucket_name": "aws.s3.bucket",
}
_FAILURES: Final = ("fault", "error", "throttle")


def is_xray(value: Json) -> bool:
    """Recognise an answer of the command, or a segment: its times are fractions of seconds."""
    traces: object = value.get("Traces")
    if is_list(traces):
        return any(is_object(trace) and "Segments" in trace for trace in traces)
    return str(value.get("trace_id") or "").startswith(_PREFIX) and "start_time" in value


def read_xray(value: Json) -> Decoded:
    """Return the spans of an answer, or of one segment.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    return read_each(_segments(value), lambda segment: list(_spans(segment)), "X-Ray's segments")


def _segments(value: Json) -> Iterator[Json]:
    if "Traces" not in value:
        yield value
        return
    for trace in objects_of(value.get("Traces")):
        for segment in objects_of(trace.get("Segments")):
            try:
                document: object = json.loads(str(segment.get("Document") or "{}"), strict=False)
            except ValueError as error:
                message = f"a segment's document is not JSON: {error}"
                raise TypeError(message) from None
            yield {"trace_id": trace.get("Id"), **object_of(document)}


def _spans(segment: Json) -> Iterator[Span]:
    if segment.get("inferred"):
        return
    digits = str(segment.get("trace_id") or "").removeprefix(_PREFIX).replace("-", "")
    trace_id = parse_trace_id(digits)
    resource = Resource({key.SERVICE_NAME: str(segment.get("name") or "")})
    waiting = [(segment, parent_of(segment.get("parent_id")), True)]
    while waiting:
        part, parent, outermost = waiting.pop()
        span = _span(part, trace_id, parent, resource, outermost=outermost)
        yield span
        waiting += [(inner, span.span_id, False) for inner in objects_of(part.get("subsegments"))]


def _span(
    part: Json, trace_id: TraceId, parent: SpanId | None, resource: Resource, *, outermost: bool
) -> Span:
    start = _time(part.get("start_time"))
    exceptions = list(_exceptions(part.get("cause")))
    failed = any(part.get(name) for name in _FAILURES)
    message = str(exceptions[0].get("message") or "") if exceptions else ""
    return Span(
        trace_id=trace_id,
        span_id=parse_span_id(str(part.get("id") or "")),
        parent_span_id=parent,
        name=str(part.get("name") or ""),
        kind=_kind(part, outermost=outermost),
        start_time=start,
        end_time=_time(part.get("end_time")) or start,
        attributes=_attributes(part, outermost=outermost),
        resource=resource,
        status=Status(StatusCode.ERROR, message) if failed else Status(),
        events=tuple(Event(start, "exception", _exception(thrown)) for thrown in exceptions),
    )


def _kind(part: Json, *, outermost: bool) -> SpanKind:
    if outermost:
        return SpanKind.SERVER
    calls = part.get("namespace") in ("remote", "aws") or "sql" in part
    return SpanKind.CLIENT if calls else SpanKind.INTERNAL


def _attributes(part: Json, *, outermost: bool) -> Attributes:
    http = object_of(part.get("http"))
    request, response = object_of(http.get("request")), object_of(http.get("response"))
    sql, aws = object_of(part.get("sql")), object_of(part.get("aws"))
    calls_aws = part.get("namespace") == "aws"
    found: dict[str, AttributeValue] = {
        key.HTTP_REQUEST_METHOD: request.get("method"),
        key.URL_FULL: request.get("url"),
        key.USER_AGENT: request.get("user_agent"),
        key.CLIENT_ADDRESS: request.get("client_ip"),
        key.HTTP_RESPONSE_STATUS_CODE: response.get("status"),
        "db.system.name": str(sql.get("database_type") or "").lower() or None,
        "db.query.text": sql.get("sanitized_query"),
        "db.connection_string": sql.get("url") or sql.get("connection_string"),
        "rpc.system": "aws-api" if calls_aws else None,
        "rpc.service": part.get("name") if calls_aws else None,
        key.PEER_SERVICE: part.get("name") if not outermost and _names_callee(part) else None,
    }
    found |= {name: aws.get(said) for said, name in _AWS.items()} if calls_aws else {}
    plain = {name: value for name, value in found.items() if value not in (None, "")}
    return {**attributes_of(part.get("annotations")), **plain}


def _names_callee(part: Json) -> bool:
    """Return whether a subsegment's name is its callee's; an ``sql`` one's is ``database@host``."""
    return part.get("namespace") == "remote" and "sql" not in part


def _exceptions(cause: object) -> Iterator[Json]:
    """Yield a cause's exceptions; a cause may be the id of one that stands elsewhere."""
    if is_object(cause):
        yield from objects_of(cause.get("exceptions"))


def _exception(thrown: Json) -> Attributes:
    return {
        key.EXCEPTION_TYPE: str(thrown.get("type") or ""),
        key.EXCEPTION_MESSAGE: str(thrown.get("message") or ""),
    }


def _time(seconds: object) -> int:
    """Return nanoseconds; X-Ray has microseconds at best, which a double holds."""
    return round(float(str(seconds or 0)) * 1_000_000) * (_SECOND // 1_000_000)
