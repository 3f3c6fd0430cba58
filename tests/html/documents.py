"""Documents that the page and the pictures are tried on: 22 real-looking steps, and many."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

from otelhook.model import SpanId, TraceId
from otelhook.sequence.document import (
    Adjustment,
    Body,
    Command,
    Document,
    Flow,
    Group,
    GroupKind,
    Header,
    Hidden,
    Highlight,
    Mark,
    Note,
    Participant,
    ParticipantKind,
    Redaction,
    SeenBy,
    Step,
    StepKind,
    Variable,
)

__all__ = ["image_create", "many_steps", "plain_step"]

TRACE = TraceId("5b8efff798038103d269b633813fc60c")
START = 1_767_225_600_250_000_000
MS = 1_000_000
IMAGE = "6f1c2d0e-8a4b-4b57-9a70-0c6b8a1f2e3d"
CLI, KEYSTONE, GLANCE, SWIFT = "openstack", "keystone", "glance-api", "swift-proxy-server"
TOKEN, SERVICE_TOKEN = "‹token 1›", "‹token 2›"
CLI_AGENT = "openstacksdk/4.4.0 keystoneauth1/5.10.0 python-requests/2.32.3 CPython/3.11.2"

VERSIONS = {
    "versions": {
        "values": [
            {
                "id": "v3.14",
                "status": "stable",
                "updated": "2020-04-07T00:00:00Z",
                "links": [{"rel": "self", "href": "http://10.0.0.5/identity/v3/"}],
            }
        ]
    }
}
SIGN_IN = {
    "auth": {
        "identity": {
            "methods": ["password"],
            "password": {
                "user": {"name": "admin", "domain": {"id": "default"}, "password": "‹redacted›"}
            },
        },
        "scope": {"project": {"name": "admin", "domain": {"id": "default"}}},
    }
}
SERVICES = (("image", "glance", 9292), ("object-store", "swift", 8080), ("compute", "nova", 8774))
SIGNED_IN = {
    "token": {
        "methods": ["password"],
        "user": {"id": "f7a842b4104247debd7589051c5321fc", "name": "관리자"},
        "expires_at": "2026-01-01T03:00:00.000000Z",
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "project": {"id": "de5af600557d44d0996e667499376dbb", "name": "admin"},
        "roles": [{"id": "3e1adda493764db8921e97d68a5c8bc7", "name": "admin"}],
        "catalog": [
            {
                "type": kind,
                "name": name,
                "endpoints": [
                    {"interface": side, "region": "RegionOne", "url": f"http://10.0.0.5:{port}"}
                    for side in ("public", "internal", "admin")
                ],
            }
            for kind, name, port in SERVICES
        ],
    }
}
CREATED: dict[str, object] = {
    "id": IMAGE,
    "name": "cirros-0.6.3",
    "status": "queued",
    "disk_format": "qcow2",
    "container_format": "bare",
    "size": None,
    "min_disk": 0,
    "virtual_size": 9007199254740993,
    "visibility": "public",
    "tags": [],
    "file": f"/v2/images/{IMAGE}/file",
}

# One exchange: where its request stands, where its response, who asks whom, and what.
_Row = tuple[int, int, str, str, str, str, int, str, object, object]
_AUTH, _IDENTITY = "/identity/v3/auth/tokens", "/identity/"
_FILE, _OBJECT = f"/v2/images/{IMAGE}/file", f"/v1/AUTH_de5af600/glance/{IMAGE}"
IMAGE_BYTES = bytes([0x51, 0x46, 0x49, 0xFB, *range(256)])
EXCHANGES: tuple[_Row, ...] = (
    (1, 2, CLI, KEYSTONE, "GET", _IDENTITY, 300, "Multiple Choices", "", VERSIONS),
    (3, 4, CLI, KEYSTONE, "POST", _AUTH, 201, "Created", SIGN_IN, SIGNED_IN),
    (5, 12, CLI, GLANCE, "POST", "/v2/images", 201, "Created", {"name": "cirros-0.6.3"}, CREATED),
    (6, 7, GLANCE, KEYSTONE, "GET", _IDENTITY, 300, "Multiple Choices", "", VERSIONS),
    (8, 9, GLANCE, KEYSTONE, "POST", _AUTH, 201, "Created", SIGN_IN, SIGNED_IN),
    (10, 11, GLANCE, KEYSTONE, "GET", _AUTH, 200, "OK", "", SIGNED_IN),
    (13, 22, CLI, GLANCE, "PUT", _FILE, 204, "No Content", IMAGE_BYTES, ""),
    (14, 15, GLANCE, KEYSTONE, "POST", _AUTH, 201, "Created", SIGN_IN, SIGNED_IN),
    (16, 19, GLANCE, SWIFT, "HEAD", "/v1/AUTH_de5af600/glance", 204, "No Content", "", ""),
    (17, 18, SWIFT, KEYSTONE, "GET", _AUTH, 200, "OK", "", SIGNED_IN),
    (20, 21, GLANCE, SWIFT, "PUT", _OBJECT, 201, "Created", IMAGE_BYTES, ""),
)


def _body(content: object) -> Body:
    if isinstance(content, bytes):
        return Body(content, 21_233_664, truncated=True, content_type="application/octet-stream")
    if content == "":
        return Body("", 0)
    text = json.dumps(content, ensure_ascii=False)
    return Body(text, len(text.encode()), content_type="application/json")


def _headers(row: _Row) -> tuple[tuple[Header, ...], tuple[Header, ...]]:
    _, _, source, target, method, path, _, _, asked, answered = row
    request = [
        Header(
            "host", {KEYSTONE: "10.0.0.5", GLANCE: "10.0.0.5:9292"}.get(target, "10.0.0.5:8080")
        ),
        Header("user-agent", CLI_AGENT if source == CLI else f"{source} keystonemiddleware/10.9.0"),
        Header("accept-encoding", "gzip, deflate"),
        Header("accept", "application/json"),
        Header("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01"),
    ]
    if asked:
        kind = "octet-stream" if isinstance(asked, bytes) else "json"
        request.append(Header("content-type", f"application/{kind}"))
    if path not in (_AUTH, _IDENTITY) or method == "GET":
        request.append(Header("x-auth-token", TOKEN if source == CLI else SERVICE_TOKEN))
    response = [Header("content-type", "application/json"), Header("vary", "X-Auth-Token")]
    if path == _AUTH and method == "POST":
        response.append(Header("x-subject-token", TOKEN if source == CLI else SERVICE_TOKEN))
    if answered == VERSIONS:
        response.append(Header("location", "http://10.0.0.5/identity/v3/"))
    response.append(Header("x-openstack-request-id", "req-3d6c4f0e-55cf-4a7f-8f0a-7be2d1c0a1b2"))
    return tuple(request), tuple(response)


def _pair(number: int, row: _Row) -> tuple[Step, Step]:
    first, last, source, target, method, path, status, reason, asked, answered = row
    asked_headers, answered_headers = _headers(row)
    label = path.replace(IMAGE, "{image_id}").replace("AUTH_de5af600", "{account}")
    request = Step(
        number=first,
        kind=StepKind.REQUEST,
        exchange=number,
        source=source,
        target=target,
        method=method,
        path=path,
        query="",
        label=label,
        status_code=None,
        reason="",
        error="",
        headers=asked_headers,
        body=_body(asked),
        other_body=None,
        seen_by=SeenBy.CLIENT if target == SWIFT else SeenBy.BOTH,
        time=START + first * 31 * MS,
        duration=None,
        trace_id=TRACE,
        client_span_id=SpanId(f"{number:016x}"),
        server_span_id=None if target == SWIFT else SpanId(f"{number + 256:016x}"),
        depth=0 if source == CLI else 1 if source == GLANCE else 2,
    )
    response = replace(
        request,
        number=last,
        kind=StepKind.RESPONSE,
        source=target,
        target=source,
        status_code=status,
        reason=reason,
        headers=answered_headers,
        body=_body(answered),
        time=START + last * 31 * MS,
        duration=(last - first) * 31 * MS,
    )
    return request, response


def image_create() -> Document:
    """Return an image's creation and upload: 22 steps, with all that a Document can say."""
    pairs = (step for n, row in enumerate(EXCHANGES, 1) for step in _pair(n, row))
    steps = sorted(pairs, key=lambda step: step.number)
    steps[9] = replace(steps[9], marks=(Mark.TIME_ADJUSTED,))
    steps[10] = replace(steps[10], marks=(Mark.TIME_ADJUSTED,))
    steps[12] = replace(steps[12], marks=(Mark.CUT,))
    steps[15] = replace(steps[15], marks=(Mark.SERVER_MISSING,))
    steps[18] = replace(steps[18], marks=(Mark.SERVER_MISSING,))
    steps[11] = replace(
        steps[11], other_body=Body('{"id": "as the caller got it"}', 30, content_type="text/plain")
    )
    command = f"{CLI} image create --disk-format qcow2 --file cirros.qcow2 --public cirros-0.6.3"
    return Document(
        trace_ids=(TRACE,),
        title=command,
        start_time=START + 31 * MS,
        duration=21 * 31 * MS,
        span_count=19,
        participants=(
            Participant(CLI, ParticipantKind.CALLER),
            Participant(KEYSTONE, ParticipantKind.SERVICE, ("controller",)),
            Participant(GLANCE, ParticipantKind.SERVICE, ("controller", "controller-2")),
            Participant(SWIFT, ParticipantKind.CALLEE),
        ),
        steps=tuple(steps),
        groups=(
            Group(GroupKind.OPT, "glance-api gets a token for itself", 6, 9),
            Group(GroupKind.OPT, "glance-api gets a token for itself", 14, 15),
        ),
        variables=(Variable("image_id", IMAGE), Variable("account", "AUTH_de5af600")),
        notes=(
            Note(
                3,
                4,
                "The user signs in with a password; the answer holds the catalogue of services.",
                title="Password authentication",
                link="https://docs.example.org/api-ref/identity/v3/#password-authentication",
            ),
            Note(13, 22, "The image goes through glance-api to the object store.", title="Upload"),
        ),
        flows=(
            Flow(5, "header.x-auth-token", 4, "header.x-subject-token", "token 1"),
            Flow(10, "header.x-auth-token", 9, "header.x-subject-token", "token 2"),
            Flow(13, "header.x-auth-token", 4, "header.x-subject-token", "token 1"),
            Flow(13, "path", 12, "body.id", "image_id"),
            Flow(17, "header.x-auth-token", 15, "header.x-subject-token", "token 2"),
            Flow(20, "path", 12, "body.id", "image_id"),
            Flow(6, "host", 0, "", ""),
        ),
        highlights=(
            Highlight(3, "body.auth.identity.password.user.name", "who signs in"),
            Highlight(12, "body.status", "status"),
            Highlight(4, "body.token.catalog.0.endpoints.0.url", "endpoint used later"),
        ),
        hidden=(Hidden("GET {uuid} to placement", 3),),
        command=Command(
            tuple(command.split()),
            0,
            '{\n  "id": "' + IMAGE + '",\n  "name": "cirros-0.6.3",\n  "status": "queued"\n}\n',
        ),
        adjustments=(Adjustment("controller-2", -12_400_000),),
        redactions=(
            Redaction(3, "request.body.auth.identity.password.user.password"),
            Redaction(4, "response.header.x-subject-token"),
            Redaction(5, "request.header.x-auth-token"),
            Redaction(8, "request.body.auth.identity.password.user.password"),
            Redaction(16, "url.query.temp_url_sig"),
        ),
        warnings=("1 span names a parent that is not in the trace; its place is a guess by time.",),
    )


def plain_step(number: int, /, **changes: object) -> Step:
    """Return a request or response between ``a`` and ``b``: odd numbers ask, even ones answer."""
    asks = number % 2 == 1
    step = Step(
        number=number,
        kind=StepKind.REQUEST if asks else StepKind.RESPONSE,
        exchange=(number + 1) // 2,
        source="a" if asks else "b",
        target="b" if asks else "a",
        method="GET",
        path="/things",
        query="",
        label="/things",
        status_code=None if asks else 200,
        reason="" if asks else "OK",
        error="",
        headers=(),
        body=None,
        other_body=None,
        seen_by=SeenBy.BOTH,
        time=number * MS,
        duration=None if asks else MS,
        trace_id=TRACE,
        client_span_id=None,
        server_span_id=None,
        depth=0,
    )
    return replace(step, **changes)  # type: ignore[arg-type]


def many_steps(count: int = 5_000, services: int = 9) -> Document:
    """Return ``count`` steps among ``services``: calls in calls, groups, failures, notes."""
    names = [f"service-{i}" for i in range(services)]
    steps: list[Step] = []
    exchange = 0
    while len(steps) < count:
        depth = exchange % 3
        chain = [(exchange + i, (exchange * 7 + i) % services) for i in range(depth + 2)]
        asked: list[Step] = []
        for (_, here), (_, there) in pairwise(chain):
            exchange += 1
            asked.append(
                plain_step(
                    1,
                    number=len(steps) + 1,
                    exchange=exchange,
                    source=names[here],
                    target=names[there],
                    method=("GET", "POST", "PUT")[exchange % 3],
                    path=f"/v1/things/{exchange}/parts",
                    label="/v1/things/{thing_id}/parts",
                    headers=(Header("host", names[there]), Header("x-request", f"r{exchange}")),
                    body=Body(f'{{"thing": {exchange}, "kind": "part"}}', 30),
                    time=START + len(steps) * MS,
                )
            )
            steps.append(asked[-1])
        for request in reversed(asked):
            failed = request.exchange % 41 == 0
            steps.append(
                replace(
                    request,
                    number=len(steps) + 1,
                    kind=StepKind.FAILURE if failed else StepKind.RESPONSE,
                    source=request.target,
                    target=request.source,
                    status_code=None if failed else 503 if request.exchange % 53 == 0 else 200,
                    reason="" if failed else "OK",
                    error="timeout" if failed else "",
                    time=START + len(steps) * MS,
                    duration=(len(steps) + 1 - request.number) * MS,
                    marks=(Mark.NO_ANSWER,) if failed else (),
                )
            )
    steps = steps[:count]
    groups = tuple(
        Group(GroupKind.OPT, "a token for itself", n, n + 5) for n in range(21, count - 10, 100)
    )
    return Document(
        trace_ids=(TRACE,),
        title="a nightly reconciliation of all things",
        start_time=START,
        duration=count * MS,
        span_count=count,
        participants=tuple(Participant(name, ParticipantKind.SERVICE) for name in names),
        steps=tuple(steps),
        groups=groups,
    )
