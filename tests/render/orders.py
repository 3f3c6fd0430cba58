"""A shop's order over six protocols, told step by step as its spans would show it."""

from __future__ import annotations

from typing import Any

from otelhook.model import SpanId, TraceId
from otelhook.sequence.document import (
    Body,
    Document,
    Header,
    InnerSpan,
    Mark,
    Outcome,
    Participant,
    ParticipantKind,
    Protocol,
    SeenBy,
    SpanCounts,
    SpanEvent,
    Step,
    StepKind,
)

__all__ = ["TRACE", "ordered"]

TRACE = TraceId("5b8efff798038103d269b633813fc60c")
START = 1_767_225_600_250_000_000
MS = 1_000_000
KINDS = {
    "browser": ParticipantKind.CALLER,
    "front": ParticipantKind.SERVICE,
    "checkout": ParticipantKind.SERVICE,
    "redis": ParticipantKind.CACHE,
    "postgresql shop": ParticipantKind.DATABASE,
    "kafka orders": ParticipantKind.QUEUE,
    "worker": ParticipantKind.SERVICE,
    "example-ai": ParticipantKind.MODEL,
    "kafka audits": ParticipantKind.QUEUE,
    "mail:25": ParticipantKind.CALLEE,
    "legacy": ParticipantKind.CALLEE,
}
SQL = "INSERT INTO orders (name, price) VALUES ($1, $2) RETURNING id"
REFUSED = 'null value in column "name" of relation "orders" violates not-null constraint'
CART = "cart failure: failed to get user cart during checkout"


class _Script:
    """Writes numbered steps."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.exchanges = 0

    def ask(self, source: str, target: str, label: str, depth: int, **more: Any) -> Step:
        self.exchanges += 1
        fields: dict[str, Any] = {
            "method": "",
            "path": "",
            "query": "",
            "status_code": None,
            "reason": "",
            "error": "",
            "headers": (),
            "body": None,
            "other_body": None,
            "seen_by": SeenBy.CLIENT,
            "duration": None,
            "server_span_id": None,
        }
        step = Step(
            number=len(self.steps) + 1,
            kind=StepKind.REQUEST,
            exchange=self.exchanges,
            source=source,
            target=target,
            label=label,
            time=START + len(self.steps) * MS,
            trace_id=TRACE,
            client_span_id=SpanId(f"{self.exchanges:016x}"),
            depth=depth,
            **{**fields, **more},
        )
        self.steps.append(step)
        return step

    def answer(self, request: Step, outcome: Outcome = Outcome.OK, **more: Any) -> None:
        fields: dict[str, Any] = {
            name: getattr(request, name)
            for name in request.__dataclass_fields__
            if name not in ("headers", "body", "marks")
        }
        number = len(self.steps) + 1
        fields |= {
            "number": number,
            "kind": StepKind.RESPONSE,
            "source": request.target,
            "target": request.source,
            "headers": (),
            "body": None,
            "time": START + (number - 1) * MS,
            "duration": (number - request.number) * MS,
            "outcome": outcome,
        }
        self.steps.append(Step(**{**fields, **more}))


def _text(content: str, kind: str) -> Body:
    return Body(content, len(content.encode()), content_type=kind)


def ordered() -> Document:
    """Return an order that fails: 21 steps between eleven participants."""
    script = _Script()
    post = script.ask("browser", "front", "/checkout", 0, method="POST", path="/checkout")
    place = script.ask(
        "front",
        "checkout",
        "CheckoutService/PlaceOrder",
        1,
        protocol=Protocol.RPC,
        operation="shop.v1.CheckoutService/PlaceOrder",
        headers=(Header("user-id", "7"),),
        body=_text('{"user": "7"}', "application/json"),
    )
    get = script.ask("checkout", "redis", "GET cart:7", 2, protocol=Protocol.DATABASE)
    script.answer(get)
    insert = script.ask(
        "checkout",
        "postgresql shop",
        "INSERT orders",
        2,
        protocol=Protocol.DATABASE,
        operation="INSERT orders",
        body=_text(SQL, "application/sql"),
        headers=(Header("1", "null"), Header("2", "12.50")),
        marks=(Mark.SERVER_MISSING,),
    )
    script.answer(insert, Outcome.ERROR, answer="23502", message=REFUSED)
    script.ask(
        "checkout",
        "kafka orders",
        "publish",
        2,
        protocol=Protocol.MESSAGING,
        body=_text('{"order": 17}', "application/json"),
    )
    script.ask(
        "kafka orders",
        "worker",
        "process",
        3,
        protocol=Protocol.MESSAGING,
        marks=(Mark.CLIENT_MISSING,),
    )
    chat = script.ask(
        "worker",
        "example-ai",
        "chat model-a",
        4,
        protocol=Protocol.MODEL,
        body=_text('[{"role": "user", "content": "Is **this** fraud?"}]', "application/json"),
    )
    script.answer(chat, answer="260 tokens")
    tool = script.ask("worker", "worker", "execute_tool score", 4, protocol=Protocol.TOOL)
    script.answer(tool)
    script.ask(
        "worker",
        "kafka audits",
        "publish",
        4,
        protocol=Protocol.MESSAGING,
        outcome=Outcome.ERROR,
        message="broker not available",
    )
    mail = script.ask(
        "worker", "mail:25", "send", 4, protocol=Protocol.CALL, marks=(Mark.SERVER_MISSING,)
    )
    script.answer(mail, Outcome.UNKNOWN)
    old = script.ask(
        "worker",
        "legacy",
        "getUser",
        4,
        protocol=Protocol.CALL,
        marks=(Mark.INFERRED, Mark.SERVER_MISSING),
    )
    script.answer(old, Outcome.UNANSWERED, kind=StepKind.FAILURE)
    script.answer(place, Outcome.ERROR, answer="INTERNAL (13)", message=CART)
    script.answer(post, Outcome.ERROR, status_code=500, reason="Internal Server Error")
    return Document(
        trace_ids=(TRACE,),
        title="POST /checkout",
        start_time=START,
        duration=20 * MS,
        span_count=19,
        participants=tuple(Participant(name, kind) for name, kind in KINDS.items()),
        steps=tuple(script.steps),
        inner_spans=_inner(),
        counts=SpanCounts(drawn=13, internal=4, details=2, events=3),
    )


def _inner() -> tuple[InnerSpan, ...]:
    thrown = SpanEvent(
        START + 18 * MS,
        "exception",
        (
            ("exception.type", "CartError"),
            ("exception.message", "the cart of 7 is gone"),
            ("exception.stacktrace", "Traceback:\n  File cart.py, line 3\nCartError"),
        ),
    )
    return (
        InnerSpan(
            2,
            SpanId("00000000000000a1"),
            "prepareOrderItems",
            "checkout",
            START + MS,
            3 * MS,
            failed=True,
            message="no cart",
            events=(SpanEvent(START + 2 * MS, "charging", (("card", "visa"),)), thrown),
            attributes=(("app.user", "7"),),
        ),
        InnerSpan(
            5,
            SpanId("00000000000000a2"),
            "tcp.connect",
            "checkout",
            START + 4 * MS,
            MS,
            is_detail=True,
        ),
    )
