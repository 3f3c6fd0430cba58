"""HTTP Archive 1.2: one entry an exchange, for browsers' developer tools and HTTP clients.

The format is that of http://www.softwareishard.com/blog/har-12-spec/. What it has no field for
stands in comments and, as the specification asks, in fields that begin with an underscore:
``_from``, ``_to``, ``_steps``, ``_error``, and ``_encoding`` on a request's body.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from otelhook.render.shared.header_names import usual_name
from otelhook.render.shared.json_text import json_text
from otelhook.render.shared.request_urls import address, header_value
from otelhook.render.shared.wording import counts_line, others_line
from otelhook.sequence.document import Body, Document, Header, Mark, Protocol, Step, StepKind
from otelhook.sequence.matching import caller_and_callee

__all__ = ["render_har", "to_har"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = 1_000_000
_PAGE = "trace"
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNTYPED = "x-unknown"
"""HAR wants a type even of a body that came without one; browsers write this."""

_Json = dict[str, Any]


def render_har(document: Document) -> str:
    """Return the document as HAR, JSON text that ends in a newline."""
    return json_text(to_har(document)) + "\n"


def to_har(document: Document) -> _Json:
    """Return the document as what ``json`` can write."""
    entries = [_entry(*pair) for pair in _exchanges(document)]
    started = entries[0]["startedDateTime"] if entries else _time(document.start_time)
    page: _Json = {
        "startedDateTime": started,
        "id": _PAGE,
        "title": _text(document.title),
        "pageTimings": {},
    }
    log: _Json = {
        "version": "1.2",
        "creator": {"name": "otelhook", "version": ""},
        "pages": [page],
        "entries": entries,
    }
    comments = [*document.warnings, *([left] if (left := others_line(document)) else [])]
    if counts := counts_line(document):
        comments.append(f"{counts}.")
    if comments:
        log["comment"] = _text(" ".join(comments))
    return {"log": log}


def _exchanges(document: Document) -> list[tuple[Step, Step | None]]:
    """Pair each exchange's request with how it ended, in order of the requests."""
    ends: dict[int, Step] = {}
    steps = [step for step in document.steps if step.protocol is Protocol.HTTP]
    for step in steps:
        if step.kind is not StepKind.REQUEST:
            ends.setdefault(step.exchange, step)
    requests = [step for step in steps if step.kind is StepKind.REQUEST]
    known = {step.exchange for step in requests}
    # A Document read from a file may have an answer without a request.
    alone = [step for number, step in ends.items() if number not in known]
    found = [(step, ends.get(step.exchange)) for step in requests] + [(s, s) for s in alone]
    return sorted(found, key=lambda pair: pair[0].number)


def _entry(request: Step, end: Step | None) -> _Json:
    caller, callee = caller_and_callee(request)
    wait = max(0, end.duration or 0) / _MILLISECOND if end is not None else 0
    numbers = [request.number] if end is None else sorted({request.number, end.number})
    return {
        "pageref": _PAGE,
        "startedDateTime": _time(request.time),
        "time": wait,
        "request": _request(request),
        "response": _response(end),
        "cache": {},
        # Spans tell when a call began and ended, and nothing of what lies between.
        "timings": {"send": 0, "wait": wait, "receive": 0},
        "comment": _text(_comment(request, end, numbers)),
        "_from": _text(caller),
        "_to": _text(callee),
        "_steps": numbers,
    }


def _comment(request: Step, end: Step | None, numbers: list[int]) -> str:
    caller, callee = caller_and_callee(request)
    where = "-".join(str(number) for number in numbers)
    marks = dict.fromkeys((*request.marks, *(end.marks if end is not None else ())))
    said = [mark.value for mark in Mark if mark in marks]
    return f"({where}) {caller} --> {callee}{'; ' if said else ''}{', '.join(said)}"


def _request(step: Step) -> _Json:
    is_request = step.kind is StepKind.REQUEST
    headers = step.headers if is_request else ()
    body = step.body if is_request else None
    found: _Json = {
        "method": _text(step.method) or "GET",
        "url": _text(address(step)),
        "httpVersion": "unknown",
        "cookies": _cookies(headers),
        "headers": _headers(headers),
        "queryString": [
            {"name": _text(name), "value": _text(value)}
            for name, value in parse_qsl(step.query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": _size(body),
    }
    if body is not None and (body.content or body.size):
        found["postData"] = _post_data(body)
    return found


def _post_data(body: Body) -> _Json:
    found: _Json = {"mimeType": _text(body.content_type) or _UNTYPED, "text": ""}
    comments = _body_comments(body)
    if isinstance(body.content, bytes):
        # HAR 1.2 has no encoding for what was sent, only for what came back.
        found["text"] = base64.b64encode(body.content).decode("ascii")
        found["_encoding"] = "base64"
        comments.insert(0, "base64")
    elif body.content is not None:
        found["text"] = _text(body.content)
    if comments:
        found["comment"] = "; ".join(comments)
    return found


def _response(step: Step | None) -> _Json:
    """Describe how an exchange ended; status 0 is what browsers write where nothing came."""
    headers = step.headers if step is not None else ()
    body = step.body if step is not None else None
    found: _Json = {
        "status": step.status_code or 0 if step is not None else 0,
        "statusText": _text(step.reason) if step is not None else "",
        "httpVersion": "unknown",
        "cookies": _set_cookies(headers),
        "headers": _headers(headers),
        "content": _content(body, header_value(headers, "content-type")),
        "redirectURL": _text(header_value(headers, "location")),
        "headersSize": -1,
        "bodySize": _size(body),
    }
    if step is None or step.kind is StepKind.FAILURE:
        error = _text(step.head) if step is not None else "outcome not recorded"
        found["comment"] = found["_error"] = error
    return found


def _content(body: Body | None, content_type: str) -> _Json:
    kind = (body.content_type if body is not None else "") or content_type
    found: _Json = {"size": 0, "mimeType": _text(kind) or _UNTYPED}
    if body is None:
        return found
    content = body.content
    held = content.encode("utf-8", "replace") if isinstance(content, str) else content or b""
    # The size of what is here: a reader that shows "size" shows that of "text".
    found["size"] = len(held)
    if isinstance(content, bytes):
        found["text"] = base64.b64encode(content).decode("ascii")
        found["encoding"] = "base64"
    elif content is not None:
        found["text"] = _text(content)
    comments = _body_comments(body)
    if comments:
        found["comment"] = "; ".join(comments)
    return found


def _body_comments(body: Body) -> list[str]:
    if body.content is None:
        return ["not recorded"]
    if not body.truncated:
        return []
    return ["cut" if body.size is None else f"cut, {body.size} bytes in all"]


def _headers(headers: tuple[Header, ...]) -> list[_Json]:
    return [
        {"name": _text(usual_name(header.name)), "value": _text(header.value)} for header in headers
    ]


def _cookies(headers: tuple[Header, ...]) -> list[_Json]:
    lines = [header.value for header in headers if header.name == "cookie"]
    pairs = [pair.strip().partition("=") for line in lines for pair in line.split(";")]
    return [{"name": _text(name), "value": _text(value)} for name, _, value in pairs if name]


def _set_cookies(headers: tuple[Header, ...]) -> list[_Json]:
    """Read ``Set-Cookie`` lines (RFC 6265, 4.1.1), without the date, which needs a calendar."""
    found: list[_Json] = []
    for line in (header.value for header in headers if header.name == "set-cookie"):
        pair, *attributes = (part.strip().partition("=") for part in line.split(";"))
        cookie: _Json = {"name": _text(pair[0]), "value": _text(pair[2])}
        given = {name.strip().lower(): value.strip() for name, _, value in attributes}
        cookie |= {name: _text(given[name]) for name in ("path", "domain") if given.get(name)}
        cookie |= {"httpOnly": "httponly" in given, "secure": "secure" in given}
        found.append(cookie)
    return found


def _size(body: Body | None) -> int:
    """Return a body's bytes on the wire; -1, as HAR has it, if unknown."""
    return -1 if body is None or body.size is None or body.size < 0 else body.size


def _time(nanoseconds: int) -> str:
    """Return ISO 8601 in UTC to the microsecond; what no calendar has is the epoch."""
    try:
        moment = _EPOCH + timedelta(microseconds=nanoseconds // 1_000)
    except OverflowError:
        moment = _EPOCH
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(text: str) -> str:
    """Lone surrogates are not text in any encoding."""
    return _SURROGATE.sub("\ufffd", text)
