"""Documents of many shapes, the way a user gets them: hostile spans, through the whole pipeline."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from otelhook.model import AttributeValue, Event, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.sequence import Document, Options, compose
from otelhook.sequence.document import Adjustment, Command, Hidden, Note

__all__ = ["documents"]

WORDS: list[str] = json.loads(
    (Path(__file__).parents[1] / "render" / "hostile_words.json").read_text(encoding="utf-8")
)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "BREW", "")
KINDS = (SpanKind.CLIENT, SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.PRODUCER, SpanKind.CONSUMER)
TYPES = ("application/json", "text/html", "text/plain", "application/x-www-form-urlencoded", "")
STATUSES = (100, 200, 201, 204, 301, 404, 429, 500, 503, 999)
PLAIN = ("image", "v2", "glance-api", "a42bfade-78ec-4c95-b7b4-272ba265072c", "42", "list")


class _Maker:
    def __init__(self, number: int) -> None:
        self._chance = random.Random(number)
        self._words = WORDS if number % 3 else PLAIN
        self._number = number
        self._services = [self._text() for _ in range(self._chance.randint(1, 5))]

    def document(self) -> Document:
        spans = list(self._spans())
        self._chance.shuffle(spans)
        options = Options(participants={":80": self._text()}, variables={"42": self._text()})
        document = compose(spans, options=options, parallel=self._number % 2 == 0)
        steps = len(document.steps)
        notes = [
            Note(first, first, self._text(), self._text(), "https://x.example/a?b=c&d")
            for first in range(1, steps + 1, 3)
        ]
        return replace(
            document,
            title=self._text(),
            notes=tuple(notes),
            hidden=(Hidden(self._text(), 3), Hidden('{"urls": ["/"]}', 1)),
            command=Command((self._text(), self._text()), 1, self._text()),
            adjustments=(Adjustment(self._text(), -5),),
            warnings=(*document.warnings, self._text()),
        )

    def _text(self) -> str:
        chance = self._chance
        return chance.choice(("", " ", "/")).join(
            chance.choice(self._words) for _ in range(chance.randint(1, 4))
        )

    def _spans(self) -> Iterator[Span]:
        chance = self._chance
        trace = TraceId(f"{self._number + 1:032x}")
        ids: list[SpanId] = []
        for place in range(chance.choice((0, 1, 2, 5, 12, 30, 60))):
            start = 1_700_000_000_000_000_000 + chance.randrange(10**9)
            parent = chance.choice(ids) if ids and chance.random() < 0.85 else None
            if chance.random() < 0.05:
                parent = SpanId("dead" * 4)
            ids.append(SpanId(f"{place + 1:016x}"))
            yield Span(
                trace_id=trace,
                span_id=ids[-1],
                parent_span_id=parent,
                name=self._text(),
                kind=chance.choice(KINDS),
                start_time=start,
                end_time=start + chance.randrange(-(10**6), 10**9),
                resource=Resource({"service.name": chance.choice(self._services)}),
                attributes=self._attributes(),
                events=(Event(start, self._text(), {}),) if chance.random() < 0.1 else (),
            )

    def _attributes(self) -> dict[str, AttributeValue]:
        chance = self._chance
        found: dict[str, AttributeValue] = {
            "http.request.method": chance.choice(METHODS),
            "url.path": f"/{self._text()}",
            "url.query": self._text(),
            "server.address": chance.choice(self._services),
            "server.port": 80,
            "user_agent.original": self._text(),
            "otelhook.response.reason": self._text(),
            f"http.request.header.{self._text().lower()}": (self._text(), self._text()),
            "http.response.header.x-subject-token": (self._text(),),
        }
        if chance.random() < 0.9:
            found["http.response.status_code"] = chance.choice(STATUSES)
        for side in ("request", "response"):
            found[f"http.{side}.header.content-type"] = (chance.choice(TYPES),)
            found[f"http.{side}.body.content"] = self._body()
        return found

    def _body(self) -> AttributeValue:
        chance = self._chance
        form = chance.random()
        if form < 0.4:
            return json.dumps({self._text(): [self._text(), 1.5, None], "id": self._text()})
        if form < 0.5:
            return self._text().encode("utf-8", "surrogatepass")
        return "\n".join(self._text() for _ in range(chance.randint(0, 4)))


def documents(count: int) -> Sequence[Document]:
    """Return this many documents, the same every time; two of three are made of hostile words."""
    return [_Maker(number).document() for number in range(count)]
