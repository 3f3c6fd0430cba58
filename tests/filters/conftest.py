"""Documents made of calls within calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import settings

from otelhook.model import SpanId, TraceId
from otelhook.sequence.document import (
    Document,
    Participant,
    ParticipantKind,
    SeenBy,
    Step,
    StepKind,
)

settings.register_profile("filters", max_examples=60, deadline=None)
settings.load_profile("filters")


@dataclass(frozen=True)
class Call:
    """What one service asks another, and what that asks in turn to answer."""

    caller: str
    callee: str
    what: str
    inner: Sequence[Call] = ()
    status: int = 200


@dataclass
class _Builder:
    steps: list[Step] = field(default_factory=list)
    exchanges: int = 0

    def add(self, call: Call, depth: int) -> None:
        self.exchanges += 1
        exchange = self.exchanges
        method, _, target = call.what.partition(" ")
        path, _, query = target.partition("?")
        label = path.replace("a42bfade-78ec-4c95-b7b4-272ba265072c", "{image_id}")

        def step(kind: StepKind, source: str, goal: str, status: int | None) -> None:
            self.steps.append(
                Step(
                    number=len(self.steps) + 1,
                    kind=kind,
                    exchange=exchange,
                    source=source,
                    target=goal,
                    method=method,
                    path=path,
                    query=query,
                    label=label,
                    status_code=status,
                    reason="",
                    error="",
                    headers=(),
                    body=None,
                    other_body=None,
                    seen_by=SeenBy.BOTH,
                    time=1_000 * (len(self.steps) + 1),
                    duration=None,
                    trace_id=TraceId("0af7651916cd43dd8448eb211c80319c"),
                    client_span_id=SpanId(f"{exchange:016x}"),
                    server_span_id=None,
                    depth=depth,
                )
            )

        step(StepKind.REQUEST, call.caller, call.callee, None)
        for inner in call.inner:
            self.add(inner, depth + 1)
        step(StepKind.RESPONSE, call.callee, call.caller, call.status)


def build(calls: Sequence[Call]) -> Document:
    builder = _Builder()
    for call in calls:
        builder.add(call, 0)
    steps = tuple(builder.steps)
    names = dict.fromkeys(name for step in steps for name in (step.source, step.target))
    return Document(
        trace_ids=(),
        title="test",
        start_time=steps[0].time if steps else 0,
        duration=steps[-1].time - steps[0].time if steps else 0,
        span_count=len(steps),
        participants=tuple(Participant(name, ParticipantKind.SERVICE) for name in names),
        steps=steps,
    )


@pytest.fixture(scope="session")
def call() -> type[Call]:
    return Call


@pytest.fixture(scope="session")
def made() -> Callable[[Sequence[Call]], Document]:
    return build


@pytest.fixture
def create(call: type[Call]) -> Document:
    """An image is created: 12 steps, quota questions to the identity service among them.

    1 POST images, 2-3 token, 4-5 limits/model, 6-7 registered_limits, 8 HEAD store, 9-10 token,
    11 HEAD store's answer, 12 POST images' answer.
    """
    glance, identity, swift = "glance-api", "keystone", "swift"
    image = "/v2/images/a42bfade-78ec-4c95-b7b4-272ba265072c"
    return build(
        [
            call(
                "openstack",
                glance,
                f"POST {image}",
                [
                    call(glance, identity, "POST /identity/v3/auth/tokens", status=201),
                    call(glance, identity, "GET /identity/v3/limits/model"),
                    call(glance, identity, "GET /identity/v3/registered_limits?service_id=1"),
                    call(
                        glance,
                        swift,
                        "HEAD /v1/AUTH_1/glance",
                        [call(swift, identity, "GET /identity/v3/auth/tokens")],
                        status=204,
                    ),
                ],
                status=201,
            )
        ]
    )
