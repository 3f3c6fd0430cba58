"""A document in the shape of the page that requestshook's author wrote by hand: 22 steps."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

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
    InnerSpan,
    Mark,
    Note,
    Outcome,
    Participant,
    ParticipantKind,
    Protocol,
    Redaction,
    SeenBy,
    SpanCounts,
    SpanEvent,
    Step,
    StepKind,
    Variable,
)

settings.register_profile("render", max_examples=40, deadline=None)
settings.load_profile("render")

TRACE = TraceId("0af7651916cd43dd8448eb211c80319c")
START = 1_672_364_285_123_000_000
IMAGE_ID = "a42bfade-78ec-4c95-b7b4-272ba265072c"
ACCOUNT = "AUTH_7c4cda7e4807414bbdfcb22b535a9802"
TOKEN = "token-9d1f0c5a77aa01be"
TICK = 12_345_678
SIZE = 21_233_664

CLIENT, KEYSTONE, GLANCE, SWIFT = "openstack", "keystone", "glance-api", "swift-proxy-server"
HOSTS = {KEYSTONE: "182.161.114.101", GLANCE: "127.0.0.1:60999", SWIFT: "182.161.114.101:8080"}

VERSIONS = (
    '{"versions": {"values": [{"id": "v3.14", "status": "stable", "updated": '
    '"2020-04-07T00:00:00Z", "links": [{"rel": "self", "href": '
    '"http://182.161.114.101/identity/v3/"}], "media-types": [{"base": "application/json", '
    '"type": "application/vnd.openstack.identity-v3+json"}]}]}}'
)
SIGN_IN = (
    '{"auth": {"identity": {"methods": ["password"], "password": {"user": {"password": '
    '"[redacted]", "name": "admin", "domain": {"id": "default"}}}}, "scope": {"project": '
    '{"name": "admin", "domain": {"id": "default"}}}}}'
)
SIGNED_IN = (
    '{"token": {"methods": ["password"], "user": {"domain": {"id": "default", "name": '
    '"Default"}, "id": "f7a842b4104247debd7589051c5321fc", "name": "\\uad00\\ub9ac\\uc790", '
    '"password_expires_at": null}, "expires_at": "2022-12-30T04:38:05.000000Z", "is_domain": '
    'false, "roles": [{"id": "3e1adda493764db8921e97d68a5c8bc7", "name": "admin"}], '
    '"catalog": [{"endpoints": [{"url": "http://182.161.114.101/image", "region": '
    '"RegionOne"}], "type": "image", "name": "glance"}]}}'
)
CREATE = (
    '{"container_format": "bare", "visibility": "public", "disk_format": "qcow2", "name": '
    '"cirros-0.6.1-x86_64-disk", "min_ram": 0, "ratio": 1.50}'
)
CREATED = (
    f'{{"container_format": "bare", "id": "{IMAGE_ID}", "status": "queued", "tags": [], '
    f'"file": "/v2/images/{IMAGE_ID}/file", "visibility": "public"}}'
)
OUTPUT = f'{{\n  "id": "{IMAGE_ID}",\n  "status": "queued",\n  "visibility": "public"\n}}\n'


class Call(NamedTuple):
    """A request to a callee, its answer, and the calls that the callee makes in between."""

    callee: str
    method: str
    path: str
    status: int
    reason: str
    sent: str | bytes = ""
    answered: str = ""
    inner: tuple[Call, ...] = ()
    query: str = ""


AUTH = "/identity/v3/auth/tokens"
HELLO = Call(KEYSTONE, "GET", "/identity/", 300, "MULTIPLE CHOICES", answered=VERSIONS)
LOGIN = Call(KEYSTONE, "POST", AUTH, 201, "CREATED", SIGN_IN, SIGNED_IN)
CHECK = Call(KEYSTONE, "GET", AUTH, 200, "OK", answered=SIGNED_IN)
BOX = f"/v1/{ACCOUNT}/glance"
LISTING = "format=json&states=listing"
IMAGE = b"QFI\xfb\x00\x00\x00\x03" + bytes(1_000)
LOOK = Call(SWIFT, "HEAD", BOX, 204, "No Content", inner=(CHECK,), query=LISTING)
STORE = Call(SWIFT, "PUT", f"{BOX}/{IMAGE_ID}", 201, "Created", IMAGE)
UPLOAD = f"/v2/images/{IMAGE_ID}/file"
CALLS = (
    HELLO,
    LOGIN,
    Call(GLANCE, "POST", "/v2/images", 201, "Created", CREATE, CREATED, (HELLO, LOGIN, CHECK)),
    Call(GLANCE, "PUT", UPLOAD, 204, "No Content", IMAGE, inner=(LOGIN, LOOK, STORE)),
)


class _Recorder:
    """Numbers the steps of nested calls as a trace would show them."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._exchanges = 0

    def call(self, caller: str, call: Call, depth: int = 0) -> None:
        self._exchanges += 1
        began = len(self.steps)
        request = self._request(caller, call, depth)
        self.steps.append(request)
        for nested in call.inner:
            self.call(call.callee, nested, depth + 1)
        duration = (len(self.steps) - began) * TICK
        self.steps.append(self._response(request, call, duration))

    def _request(self, caller: str, call: Call, depth: int) -> Step:
        number, exchange = len(self.steps) + 1, self._exchanges
        body = _body(call.sent)
        return Step(
            number=number,
            kind=StepKind.REQUEST,
            exchange=exchange,
            source=caller,
            target=call.callee,
            method=call.method,
            path=call.path,
            query=call.query,
            label=call.path.replace(IMAGE_ID, "{image_id}").replace(ACCOUNT, "{account}"),
            status_code=None,
            reason="",
            error="",
            headers=tuple(Header(*pair) for pair in _request_headers(call)),
            body=body,
            other_body=None,
            seen_by=SeenBy.BOTH,
            time=START + number * TICK,
            duration=None,
            trace_id=TRACE,
            client_span_id=SpanId(f"{exchange:016x}"),
            server_span_id=SpanId(f"{exchange + 256:016x}"),
            depth=depth,
            marks=(Mark.CUT,) if body.truncated else (),
        )

    def _response(self, request: Step, call: Call, duration: int) -> Step:
        number = len(self.steps) + 1
        return replace(
            request,
            number=number,
            kind=StepKind.RESPONSE,
            source=request.target,
            target=request.source,
            status_code=call.status,
            reason=call.reason,
            headers=tuple(Header(*pair) for pair in _response_headers(call)),
            body=_body(call.answered),
            time=START + number * TICK,
            duration=duration,
            marks=(),
        )


def _body(content: str | bytes) -> Body:
    if isinstance(content, bytes):
        return Body(content, SIZE, truncated=True, content_type="application/octet-stream")
    if not content:
        return Body("", 0)
    return Body(content, len(content.encode()), content_type="application/json")


def _request_headers(call: Call) -> list[tuple[str, str]]:
    headers = [
        ("host", HOSTS[call.callee]),
        ("user-agent", "openstacksdk/0.101.0 keystoneauth1/5.0.0 python-requests/2.28.1"),
        ("accept-encoding", "gzip, deflate"),
        ("accept", "application/json"),
        ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01"),
    ]
    if call.method != "POST" or call.callee != KEYSTONE:
        headers.append(("x-auth-token", TOKEN))
    if isinstance(call.sent, bytes):
        headers += [("content-type", "application/octet-stream"), ("content-length", str(SIZE))]
    elif call.sent:
        headers += [("content-type", "application/json"), ("content-length", str(len(call.sent)))]
    return headers


def _response_headers(call: Call) -> list[tuple[str, str]]:
    headers = [("content-type", "application/json"), ("content-length", str(len(call.answered)))]
    if call.callee == KEYSTONE:
        headers.append(("vary", "X-Auth-Token"))
    if (call.method, call.path) == ("POST", AUTH):
        headers.append(("x-subject-token", TOKEN))
    if call is STORE:
        headers.append(("etag", "0c839612eb3f2469420f2ccae990827f"))
    return headers


def _redactions(steps: tuple[Step, ...]) -> tuple[Redaction, ...]:
    found: list[Redaction] = []
    for step in steps:
        side = "request" if step.kind is StepKind.REQUEST else "response"
        found += [
            Redaction(step.number, f"{side}.header.{header.name}")
            for header in step.headers
            if header.name.endswith("-token")
        ]
        if step.body is not None and step.body.content == SIGN_IN:
            place = "request.body.auth.identity.password.user.password"
            found.append(Redaction(step.number, place))
    return tuple(found)


def seed_document() -> Document:
    """``openstack image create``: 11 exchanges between four participants, as 22 steps."""
    recorder = _Recorder()
    for call in CALLS:
        recorder.call(CLIENT, call)
    steps = tuple(recorder.steps)
    disk = "cirros-0.6.1-x86_64-disk"
    options = ("--disk-format", "qcow2", "--file", f"{disk}.img", "--public")
    arguments = ("openstack", "image", "create", *options, disk)
    return Document(
        trace_ids=(TRACE,),
        title="openstack image create",
        start_time=START,
        duration=22 * TICK,
        span_count=22,
        participants=tuple(
            Participant(name, ParticipantKind.SERVICE) for name in (CLIENT, KEYSTONE, GLANCE, SWIFT)
        ),
        steps=steps,
        groups=(Group(GroupKind.OPT, "glance-api signs in (인증 토큰 발급)", 6, 9),),
        variables=(Variable("image_id", IMAGE_ID), Variable("account", ACCOUNT)),
        notes=(
            Note(
                1,
                2,
                "The client asks which versions of the API there are.",
                "Discovery",
                "https://docs.openstack.org/api-ref/identity/v3/#what-s-new-in-version-3-14",
            ),
            Note(13, 13, "The file goes on to the object store, see (20)."),
        ),
        command=Command(arguments, 0, OUTPUT),
        redactions=_redactions(steps),
    )


class _OneFile(SingleFileSnapshotExtension):
    """A snapshot that is a file of its own, so that other suites can read it too."""

    _write_mode = WriteMode.TEXT


class _Diagram(_OneFile):
    file_extension = _file_extension = "mmd"  # syrupy 5 made the name public


class _Page(_OneFile):
    file_extension = _file_extension = "md"


class _Terminal(_OneFile):
    file_extension = _file_extension = "txt"


class _Json(_OneFile):
    file_extension = _file_extension = "json"


@pytest.fixture
def diagram(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(_Diagram)


@pytest.fixture
def page(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(_Page)


@pytest.fixture
def terminal(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(_Terminal)


@pytest.fixture
def as_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(_Json)


@pytest.fixture(scope="session")
def seed() -> Document:
    return seed_document()


@pytest.fixture(scope="session")
def order() -> Document:
    """An order over six protocols, in which much goes wrong."""
    path = Path(__file__).with_name("orders.py")
    spec = spec_from_file_location("orders", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    document: Document = module.ordered()
    return document


@pytest.fixture(scope="session")
def hostile_words() -> tuple[str, ...]:
    """Fragments that mean something to Mermaid, Markdown, HTML, a terminal or Unicode."""
    path = Path(__file__).with_name("hostile_words.json")
    return tuple(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def troubled(seed: Document) -> Document:
    """A document in which things went wrong, with frames in one another and guesses."""
    return troubled_document(seed)


def troubled_document(seed: Document) -> Document:
    """Two tries that failed, a lost request, a call to oneself, and an exchange that came late."""
    get, answer = seed.steps[0], seed.steps[1]
    shop, stock, pay = "shop", "stock", "payment gateway"

    def ask(number: int, exchange: int, to: str, path: str, *marks: Mark) -> Step:
        return replace(
            get,
            number=number,
            exchange=exchange,
            source=shop,
            target=to,
            path=path,
            label=path,
            marks=marks,
            seen_by=SeenBy.CLIENT,
        )

    def reply(kind: StepKind, request: Step, number: int, **changes: Any) -> Step:
        fields: dict[str, Any] = {
            "kind": kind,
            "number": number,
            "exchange": request.exchange,
            "source": request.target,
            "target": request.source,
            "path": request.path,
            "label": request.label,
            "seen_by": SeenBy.CLIENT,
        }
        return replace(answer, **(fields | changes))

    def failure(request: Step, number: int, error: str, **changes: Any) -> Step:
        missing: dict[str, Any] = {"status_code": None, "reason": "", "headers": (), "body": None}
        return reply(StepKind.FAILURE, request, number, error=error, **missing, **changes)

    first = ask(1, 1, stock, "/items?page=1", Mark.SERVER_MISSING)
    again = ask(3, 2, stock, "/items", Mark.RETRY, Mark.SERVER_MISSING)
    lost = ask(5, 3, pay, "/pay", Mark.CUT)
    itself = ask(7, 4, shop, "/metrics")
    late = ask(9, 5, pay, "/pay/" + "deep/" * 60, Mark.TIME_ADJUSTED, Mark.PARENT_MISSING)
    alone = ask(11, 6, stock, "/never", Mark.NO_ANSWER)
    binary = Body(b"\x00\xffPNG", 5, content_type="image/png")
    steps = (
        first,
        failure(first, 2, "timeout", duration=5_000_000_000, marks=(Mark.NO_ANSWER,)),
        again,
        reply(StepKind.RESPONSE, again, 4, status_code=200, reason="OK", body=binary),
        lost,
        failure(lost, 6, "ConnectionError", duration=None, source=shop, target=pay),
        itself,
        reply(StepKind.RESPONSE, itself, 8, status_code=200, reason="OK", body=Body(None, 12)),
        late,
        reply(
            StepKind.RESPONSE,
            late,
            10,
            marks=(Mark.LATE, Mark.TIME_ADJUSTED),
            other_body=Body('{"other": [1, {}, []]}', 22, content_type="application/json"),
        ),
        alone,
    )
    return Document(
        trace_ids=(TRACE,),
        title="GET /checkout",
        start_time=START,
        duration=5_100_000_000,
        span_count=8,
        participants=(
            Participant(shop, ParticipantKind.SERVICE, ("host-a", "host-b")),
            Participant(stock, ParticipantKind.CALLEE),
            Participant(pay, ParticipantKind.CALLEE),
        ),
        steps=steps,
        groups=(
            Group(GroupKind.LOOP, "until stock answers", 1, 4),
            Group(GroupKind.OPT, "second try; 50% & <less>", 3, 4),
            Group(GroupKind.PAR, "pay & measure #1", 5, 8),
        ),
        hidden=(Hidden("GET /health", 3),),
        adjustments=(Adjustment("host-b", -1_500_000_000),),
        warnings=("2 spans name a parent that is not in the trace.",),
    )


def _texts(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    fragment = st.one_of(st.sampled_from(words), st.text(max_size=6), st.characters())
    return st.lists(fragment, max_size=5).map(_joined)


def _joined(fragments: list[str]) -> str:
    """Return one text; JSON cannot tell two surrogates in this order from what they spell."""
    return re.sub("[\ud800-\udbff](?=[\udc00-\udfff])", "", "".join(fragments))


@pytest.fixture(scope="session")
def texts(hostile_words: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Text of any kind, rich in what is special somewhere."""
    return _texts(hostile_words)


@pytest.fixture(scope="session")
def documents(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Document]:
    """Documents of any shape, their promises kept (numbers, known names) but for groups."""
    return _documents(texts)


def _steps(texts: st.SearchStrategy[str], names: list[str]) -> st.SearchStrategy[Step]:
    bodies = st.none() | st.builds(
        Body,
        st.none() | st.binary(max_size=40) | texts,
        st.none() | st.integers(0, 2**40),
        st.booleans(),
        texts | st.just("application/json"),
    )
    times = st.integers(-(2**63), 2**63)
    return st.builds(
        Step,
        number=st.just(0),
        kind=st.sampled_from(StepKind),
        exchange=st.integers(1, 5),
        source=st.sampled_from(names),
        target=st.sampled_from(names),
        method=texts,
        path=texts,
        query=texts,
        label=texts,
        status_code=st.none() | st.integers(0, 999),
        reason=texts,
        error=texts,
        headers=st.lists(st.builds(Header, texts, texts), max_size=3).map(tuple),
        body=bodies,
        other_body=bodies,
        seen_by=st.sampled_from(SeenBy),
        time=times,
        duration=st.none() | times,
        trace_id=st.just(TRACE),
        client_span_id=st.none(),
        server_span_id=st.just(SpanId("00f067aa0ba902b7")),
        depth=st.integers(0, 3),
        marks=st.lists(st.sampled_from(Mark), max_size=3).map(tuple),
        protocol=st.sampled_from(Protocol),
        operation=texts,
        outcome=st.none() | st.sampled_from(Outcome),
        answer=texts,
        message=texts,
        span_ids=st.just((SpanId("00f067aa0ba902b7"),)),
    )


def _inner_spans(texts: st.SearchStrategy[str], names: list[str]) -> st.SearchStrategy[InnerSpan]:
    pairs = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
    times = st.integers(-(2**63), 2**63)
    return st.builds(
        InnerSpan,
        step=st.integers(0, 7),
        span_id=st.just(SpanId("00f067aa0ba902b7")),
        name=texts,
        service=st.sampled_from(names) | texts,
        time=times,
        duration=times,
        is_detail=st.booleans(),
        drawn=st.booleans(),
        failed=st.booleans(),
        message=texts,
        events=st.lists(
            st.builds(SpanEvent, times, texts | st.just("exception"), pairs), max_size=2
        ).map(tuple),
        attributes=pairs,
        shown=st.booleans(),
    )


@st.composite
def _documents(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Document:
    names = draw(st.lists(texts, min_size=1, max_size=5, unique=True))
    drawn = draw(st.lists(_steps(texts, names), max_size=6))
    steps = tuple(replace(step, number=number) for number, step in enumerate(drawn, 1))
    numbers = st.integers(0, len(steps) + 1)
    times = st.integers(-1, 3)
    groups = st.lists(st.builds(Group, st.sampled_from(GroupKind), texts, numbers, numbers, times))
    return Document(
        trace_ids=(TRACE,),
        title=draw(texts),
        start_time=draw(st.integers(-(2**63), 2**63)),
        duration=draw(st.integers(-(2**63), 2**63)),
        span_count=len(steps),
        participants=tuple(
            Participant(name, draw(st.sampled_from(ParticipantKind))) for name in names
        ),
        steps=steps,
        groups=tuple(draw(groups)),
        variables=tuple(draw(st.lists(st.builds(Variable, texts, texts), max_size=2))),
        notes=tuple(
            draw(st.lists(st.builds(Note, numbers, numbers, texts, texts, texts), max_size=2))
        ),
        flows=tuple(
            draw(st.lists(st.builds(Flow, numbers, texts, numbers, texts, texts), max_size=2))
        ),
        highlights=tuple(draw(st.lists(st.builds(Highlight, numbers, texts, texts), max_size=2))),
        hidden=tuple(draw(st.lists(st.builds(Hidden, texts, numbers), max_size=2))),
        command=draw(
            st.none()
            | st.builds(
                Command,
                st.lists(texts, max_size=2).map(tuple),
                st.none() | numbers,
                st.none() | texts,
            )
        ),
        adjustments=tuple(draw(st.lists(st.builds(Adjustment, texts, numbers), max_size=2))),
        redactions=tuple(draw(st.lists(st.builds(Redaction, numbers, texts), max_size=2))),
        warnings=tuple(draw(st.lists(texts, max_size=2))),
        inner_spans=tuple(draw(st.lists(_inner_spans(texts, names), max_size=3))),
        counts=draw(st.builds(SpanCounts, *[st.integers(0, 9)] * 4)),
    )
