"""Documents to export, ordinary and hostile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import settings

from otelhook.model import SpanId, TraceId
from otelhook.sequence.document import (
    Body,
    Document,
    Group,
    GroupKind,
    Header,
    Mark,
    Note,
    Participant,
    ParticipantKind,
    Redaction,
    SeenBy,
    Step,
    StepKind,
)

settings.register_profile("exports", max_examples=30, deadline=None)
settings.load_profile("exports")

TRACE = TraceId("0af7651916cd43dd8448eb211c80319c")
START = 1_672_364_285_123_456_789
BINARY = "application/octet-stream"
PSEUDONYM = "‹token:0123456789abcdef›"

Make = Callable[..., Document]

HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\\'; touch pwned",
    "a\ntouch pwned\n",
    "a\r\nInjected: yes",
    "x\n#}\n'$(touch pwned)'",
    "EOF\ntouch pwned\nEOF",
    "@/etc/passwd",
    "-o/dev/null",
    "${HOME}",
    "!event * ~ [1-9] {a,b}",
    "\0nul",
    "\ud800 lone",
    '%getenv("HOME")',
    "@enduml\n@startuml",
    "!include /etc/passwd",
    "end note\nend",
    "<img:/etc/passwd> <color:red>x</color> **b** //i// __u__ --s--",
    "<U+0041> <&key> \\n \\t ~~ [[http://x]]",
    "한국어 😀 \u202e \u2028 \ufffe",
    "",
    "   ",
)


def step(kind: StepKind, number: int, exchange: int, **fields: object) -> Step:
    blank = Step(
        number=number,
        kind=kind,
        exchange=exchange,
        source="client",
        target="service",
        method="GET",
        path="/",
        query="",
        label="",
        status_code=None,
        reason="",
        error="",
        headers=(),
        body=None,
        other_body=None,
        seen_by=SeenBy.BOTH,
        time=START + number * 1_500_000,
        duration=None,
        trace_id=TRACE,
        client_span_id=SpanId(f"{exchange:016x}"),
        server_span_id=None,
        depth=0,
    )
    found = replace(blank, **fields)  # type: ignore[arg-type]
    return found if found.label else replace(found, label=found.path)


def document(steps: Sequence[Step], **fields: object) -> Document:
    names = dict.fromkeys(name for s in steps for name in (s.source, s.target))
    made = Document(
        trace_ids=(TRACE,),
        title="a command",
        start_time=steps[0].time if steps else 0,
        duration=steps[-1].time - steps[0].time if steps else 0,
        span_count=len(steps),
        participants=tuple(Participant(name, ParticipantKind.SERVICE) for name in names),
        steps=tuple(steps),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def make() -> Make:
    """Makes a document of one exchange; fields are those of its request, ``answer`` replaces."""

    def made(answer: dict[str, object] | None = None, **request: object) -> Document:
        first = step(StepKind.REQUEST, 1, 1, **request)
        given = {"status_code": 200, "reason": "OK", "duration": 2_500_000, **(answer or {})}
        kind = given.pop("kind", StepKind.RESPONSE)
        assert isinstance(kind, StepKind)
        last = step(
            kind,
            2,
            1,
            **{
                "source": first.target,
                "target": first.source,
                "method": first.method,
                "path": first.path,
                "query": first.query,
                **given,
            },
        )
        return document([first, last])

    return made


@pytest.fixture
def upload() -> Document:
    """A sign-in, and an upload within which a third service refuses the connection."""
    token = Header("x-auth-token", PSEUDONYM)
    json = Header("content-type", "application/json")
    to_identity = {"source": "client", "target": "identity", "method": "POST", "path": "/tokens"}
    from_identity = {**to_identity, "source": "identity", "target": "client"}
    to_image = {"source": "client", "target": "image-api", "method": "PUT", "path": "/images/1"}
    from_image = {**to_image, "source": "image-api", "target": "client"}
    to_store = {"source": "image-api", "target": "store", "method": "HEAD", "path": "/v1/b"}
    from_store = {**to_store, "source": "store", "target": "image-api"}
    request, response, failure = StepKind.REQUEST, StepKind.RESPONSE, StepKind.FAILURE
    secret = '{"password": "‹redacted›", "name": "it\'s"}'
    host = Header("host", "10.0.0.1:5000")
    steps = (
        step(request, 1, 1, **to_identity, headers=(host, json), body=Body(secret, 31)),
        step(
            response,
            2,
            1,
            **from_identity,
            status_code=201,
            reason="Created",
            duration=3_000_000,
            headers=(Header("x-subject-token", PSEUDONYM), json),
            body=Body('{"ok": true}', 12, content_type="application/json"),
        ),
        step(
            request,
            3,
            2,
            **to_image,
            query="a=1&b=&c=x y",
            headers=(token, Header("content-type", BINARY)),
            body=Body(b"QFI\xfb\x00", 21_233_664, truncated=True, content_type=BINARY),
            marks=(Mark.CUT,),
        ),
        step(request, 4, 3, **to_store, headers=(token,), depth=1),
        step(
            failure,
            5,
            3,
            **from_store,
            error="connection refused",
            depth=1,
            duration=500_000,
            marks=(Mark.NO_ANSWER, Mark.SERVER_MISSING),
        ),
        step(
            response,
            6,
            2,
            **from_image,
            status_code=502,
            reason="Bad Gateway",
            duration=9_000_000,
            headers=(
                Header("set-cookie", "sid=‹redacted›; Path=/; HttpOnly"),
                Header("location", "/x"),
            ),
            body=Body("", 0),
        ),
    )
    return document(
        steps,
        groups=(Group(GroupKind.OPT, "it asks the store", 4, 5),),
        notes=(Note(3, 3, "The file itself.", "Upload", "https://example.org/put?a=b#c"),),
        redactions=(Redaction(1, "request.body.password"), Redaction(3, "request.header.x-auth")),
        warnings=("A span is missing.",),
    )


@pytest.fixture(scope="session")
def hostile_pieces() -> tuple[str, ...]:
    """All of them, to make documents of."""
    return HOSTILE


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def hostile_text(request: pytest.FixtureRequest) -> str:
    """One text that means something to a shell, to curl or to PlantUML."""
    return str(request.param)


@pytest.fixture
def hostile(hostile_text: str) -> Document:
    """A document that has this text wherever text may be."""
    text = hostile_text
    ends = {"path": text, "query": text, "method": "POST"}
    headers = (Header("x-thing", text), Header("cookie", text), Header("host", text))
    steps = (
        step(
            StepKind.REQUEST,
            1,
            1,
            **ends,
            source=f"a{text}",
            target=f"b{text}",
            headers=headers,
            body=Body(text, len(text), content_type=text),
        ),
        step(
            StepKind.FAILURE,
            2,
            1,
            **ends,
            source=f"b{text}",
            target=f"a{text}",
            headers=headers,
            error=text,
            reason=text,
            duration=1,
            marks=tuple(Mark),
            body=Body(text, len(text), content_type=text),
        ),
    )
    return document(
        steps,
        title=text,
        groups=(Group(GroupKind.LOOP, text, 1, 2),),
        notes=(Note(2, 2, text, text, text),),
        warnings=(text,),
    )
