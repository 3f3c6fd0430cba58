"""Documents of conversations, told call by call, and the page that requestshook's author wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import SpanId, TraceId
from otelhook.sequence.assembly.assemble import assemble
from otelhook.sequence.document import (
    Body,
    Document,
    Header,
    Participant,
    ParticipantKind,
    SeenBy,
    Step,
    StepKind,
    Variable,
)
from otelhook.sources.files.requestshook import RequestshookSource

SEED = Path(__file__).parents[3] / "shared" / "seed" / "openstack-image-create"
TRACE = TraceId("0af7651916cd43dd8448eb211c80319c")
START = 1_700_000_000_000_000_000
REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 300: "Multiple Choices"}

Headers = Mapping[str, str]


@dataclass
class Conversation:
    """Writes the steps of calls in the order in which they begin and end."""

    steps: list[Step] = field(default_factory=list)
    exchanges: int = 0
    depth: int = 0
    trace_id: TraceId = TRACE

    def began(  # noqa: PLR0913 - a request has this many parts
        self,
        caller: str,
        callee: str,
        what: str,
        headers: Headers | None = None,
        sent: Any = None,
        *,
        host: str = "",
    ) -> Step:
        """Write a request: ``GET /path?query``. Each callee has a host of its own."""
        self.exchanges += 1
        method, _, url = what.partition(" ")
        path, _, query = url.partition("?")
        step = Step(
            number=len(self.steps) + 1,
            kind=StepKind.REQUEST,
            exchange=self.exchanges,
            source=caller,
            target=callee,
            method=method,
            path=path,
            query=query,
            label=path,
            status_code=None,
            reason="",
            error="",
            headers=lines({"host": host or f"{callee}.test", **(headers or {})}),
            body=content(sent, headers),
            other_body=None,
            seen_by=SeenBy.BOTH,
            time=START + len(self.steps),
            duration=None,
            trace_id=self.trace_id,
            client_span_id=SpanId(f"{self.exchanges:016x}"),
            server_span_id=None,
            depth=self.depth,
        )
        self.steps.append(step)
        return step

    def ended(
        self,
        request: Step,
        status: int | None = 200,
        headers: Headers | None = None,
        returned: Any = None,
        *,
        error: str = "",
    ) -> Step:
        """Write a response, or a failure if there is an error."""
        step = replace(
            request,
            number=len(self.steps) + 1,
            kind=StepKind.FAILURE if error else StepKind.RESPONSE,
            source=request.target,
            target=request.source,
            status_code=status,
            reason=REASONS.get(status or 0, ""),
            error=error,
            headers=lines(headers or {}),
            body=content(returned, headers),
            time=START + len(self.steps),
            duration=1,
        )
        self.steps.append(step)
        return step

    @contextmanager
    def call(  # noqa: PLR0913 - a call has this many parts
        self,
        caller: str,
        callee: str,
        what: str,
        status: int = 200,
        *,
        headers: Headers | None = None,
        sent: Any = None,
        answer: Headers | None = None,
        returned: Any = None,
        host: str = "",
    ) -> Iterator[None]:
        """Write a call around the calls that the block makes."""
        request = self.began(caller, callee, what, headers, sent, host=host)
        self.depth += 1
        yield
        self.depth -= 1
        self.ended(request, status, answer, returned)

    def ask(self, caller: str, callee: str, what: str, status: int = 200, **rest: Any) -> None:
        """Write a call that leads to no other."""
        with self.call(caller, callee, what, status, **rest):
            pass

    def document(self, variables: Mapping[str, str] | None = None) -> Document:
        """Return all that was written; ``variables`` are names by value."""
        names = dict.fromkeys(n for step in self.steps for n in (step.source, step.target))
        given = variables or {}
        steps = [replace(step, label=labelled(step.path, given)) for step in self.steps]
        return Document(
            trace_ids=(TRACE,),
            title="a conversation",
            start_time=START,
            duration=len(steps),
            span_count=2 * self.exchanges,
            participants=tuple(Participant(name, ParticipantKind.SERVICE) for name in names),
            steps=tuple(steps),
            variables=tuple(Variable(name, value) for value, name in given.items()),
        )


def labelled(path: str, variables: Mapping[str, str]) -> str:
    for value, name in variables.items():
        path = path.replace(value, f"{{{name}}}")
    return path


def lines(headers: Headers) -> tuple[Header, ...]:
    return tuple(Header(name, value) for name, value in headers.items())


def content(value: Any, headers: Headers | None = None) -> Body:
    kind = (headers or {}).get("content-type", "")
    if value is None:
        return Body("", 0, content_type=kind)
    if isinstance(value, bytes | str):
        return Body(value, len(value), content_type=kind)
    text = json.dumps(value, ensure_ascii=False)
    return Body(text, len(text.encode()), content_type=kind or "application/json")


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


@pytest.fixture(scope="session")
def new_talk() -> type[Conversation]:
    """Begins another conversation."""
    return Conversation


@pytest.fixture(scope="session")
def seed_document() -> Document:
    """The author's log, read as ``otelhook render`` reads it."""
    if not SEED.is_dir():
        pytest.skip(f"{SEED.name} is not beside the repository")
    source = RequestshookSource(SEED / "log.md")
    (trace_id,) = source.newest(1)
    return assemble(source.trace(trace_id).spans)


PARCEL = "7f9d1c52-0f7e-4a51-9a43-3c1d8a5be0b1"
USER_TOKEN, OWN_TOKEN, OLD_TOKEN = (f"‹token:{number:016x}›" for number in (10, 11, 12))


@pytest.fixture
def parcels() -> Document:
    """A shop signs in, orders a parcel and asks for it; the parcel service books its transport.

    Tokens are pseudonyms: of the user (issued in 4), of the parcel service (issued in 9), and one
    that the carrier had before.
    """
    t = Conversation()
    t.ask("shop", "accounts", "GET /", 300, answer={"location": "http://accounts.test/v3/"})
    t.ask(
        "shop",
        "accounts",
        "POST /v3/auth/tokens",
        201,
        sent={"auth": {"identity": {"methods": ["password"]}}},
        answer={"x-subject-token": USER_TOKEN, "date": "Tue, 14 Nov 2023 22:13:20 GMT"},
        returned={
            "token": {
                "project": {"id": "default", "name": "parcels"},
                "catalog": [
                    {"type": "places", "url": "http://places.test"},
                    {"type": "parcel", "url": "http://parcels.test/v2"},
                ],
            }
        },
    )
    with t.call(
        "shop",
        "parcels",
        "POST /v2/parcels",
        202,
        headers={"x-auth-token": USER_TOKEN, "user-agent": "shop/2.31.0"},
        sent={"name": "a-red-bicycle", "weight": 120000},
        answer={"location": f"http://parcels.test/v2/parcels/{PARCEL}"},
        returned={"parcel": {"id": PARCEL, "name": "a-red-bicycle", "status": "new"}},
    ):
        t.ask(
            "parcels",
            "accounts",
            "POST /v3/auth/tokens",
            201,
            answer={"x-subject-token": OWN_TOKEN},
        )
        t.ask(
            "parcels",
            "accounts",
            "GET /v3/auth/tokens",
            headers={"x-auth-token": OWN_TOKEN, "x-subject-token": USER_TOKEN},
            answer={"x-subject-token": USER_TOKEN},
        )
    with t.call(
        "shop",
        "parcels",
        f"PUT /v2/parcels/{PARCEL}/label",
        204,
        headers={"x-auth-token": USER_TOKEN, "content-type": "image/png"},
        sent=b"\x89PNG",
    ):
        with t.call(
            "parcels",
            "carrier",
            "POST /jobs",
            201,
            headers={"authorization": f"Bearer {OWN_TOKEN}"},
            sent={"parcel": PARCEL, "mode": "default"},
            returned={"job": 48151623, "took": 1699999999},
        ):
            t.ask(
                "carrier",
                "accounts",
                "GET /v3/auth/tokens",
                headers={"x-auth-token": OLD_TOKEN, "x-subject-token": OWN_TOKEN},
            )
        t.ask("parcels", "carrier", "GET /jobs/48151623?since=1699999999")
    return t.document({PARCEL: "parcel_id", "48151623": "job_id"})
