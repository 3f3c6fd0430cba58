"""From spans to each text format, for 22 to 100,000 steps, and how it grows.

Each row is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

from otelhook.model import AttributeValue, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.render import render
from otelhook.sequence import compose

__all__ = ["run"]

_TRACE = TraceId("4bf92f3577b34da6a3ce929d0e0e4736")
_FORMATS = ("mermaid", "markdown", "json", "text")
_FANOUT = 10
"""Calls that each served request makes, until there are enough."""
_SEED = 20_261_201
_BODY = json.dumps({"image": {"id": "a42bfade-78ec-4c95-b7b4-272ba265072c", "tags": ["x"] * 8}})


def _own_body(chance: random.Random) -> str:
    """Return about 500 B of JSON that is no other's: ids, a name, numbers, a date, a link."""

    def uid() -> str:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    image = {
        "id": uid(),
        "name": f"image {chance.randrange(10**6)}",
        "size": chance.randrange(10**9),
        "owner": uid(),
        "tags": [f"{chance.choice(_TAGS)} {chance.randrange(100)}" for _ in range(5)],
        "checksum": f"{chance.getrandbits(128):032x}",
        "created_at": f"2026-05-{chance.randrange(1, 29):02}T10:{chance.randrange(60):02}:00Z",
        "links": {"self": f"http://images.example/v2/images/{uid()}"},
        "public": chance.random() < 1 / 2,
        "metadata": {"note": " ".join(chance.choices(_TAGS, k=6))},
    }
    return json.dumps({"image": image})


_TAGS = ("red", "green", "blue", "small", "large", "new", "old", "fast", "slow", "east", "west")


def spans(steps: int, *, distinct: bool = False) -> Iterator[Span]:
    """Yield a client and a server span for each of ``steps // 2`` exchanges of six services.

    Args:
        steps: of the document.
        distinct: whether each request and each response has a body of its own.
    """
    chance = random.Random(_SEED)
    services = [Resource({"service.name": f"service-{n}", "host.name": f"h{n}"}) for n in range(6)]
    exchanges = steps // 2
    depths: list[int] = []
    for number in range(exchanges):
        parent = (number - 1) // _FANOUT
        depth = depths[parent] + 1 if number else 0
        depths.append(depth)
        start = 10**18 + number * 1_000_000
        end = 10**18 + exchanges * 2_000_000 - number * 1000
        asked, answered = (_own_body(chance) if distinct else _BODY for _ in range(2))
        for kind, shift in ((SpanKind.CLIENT, 0), (SpanKind.SERVER, 1000)):
            server = kind is SpanKind.SERVER
            own = SpanId(f"{2 * number + server + 1:016x}")
            above = 2 * number + 1 if server else 2 * parent + 2 if number else 0
            yield Span(
                trace_id=_TRACE,
                span_id=own,
                parent_span_id=SpanId(f"{above:016x}") if above else None,
                name="POST",
                kind=kind,
                start_time=start + shift,
                end_time=end - shift,
                resource=services[(depth + server) % len(services)],
                attributes={
                    "http.request.method": "POST",
                    "url.path": f"/v2/images/{number}/members",
                    "http.response.status_code": 201,
                    "http.request.header.content-type": ("application/json",),
                    "http.request.header.user-agent": ("client/1.0",),
                    "http.request.body.content": asked,
                    "http.response.header.content-type": ("application/json",),
                    "http.response.body.content": answered,
                },
            )


def queries(count: int) -> Iterator[Span]:
    """Yield one request and the ``count`` queries that it leads to, one for each row of another."""
    service = Resource({"service.name": "shop", "host.name": "h1"})
    root = SpanId("f" * 16)
    served: dict[str, AttributeValue] = {
        "http.request.method": "GET",
        "url.path": "/",
        "http.response.status_code": 200,
    }
    length = 10**18 + (count + 1) * 2_000_000
    yield Span(_TRACE, root, None, "GET", SpanKind.SERVER, 10**18, length, served, service)
    for number in range(1, count + 1):
        start = 10**18 + number * 2_000_000
        asked: dict[str, AttributeValue] = {
            "db.system": "postgresql",
            "server.address": "db",
            "db.query.text": "SELECT * FROM items WHERE id = $1",
            "db.query.parameter.0": str(number),
            "db.response.returned_rows": number % 3,
        }
        own = SpanId(f"{number:016x}")
        name = "SELECT items"
        yield Span(
            _TRACE, own, root, name, SpanKind.CLIENT, start, start + 1_000_000, asked, service
        )


def _one(steps: int, form: str, what: str) -> None:
    made = list(queries(steps) if what == "queries" else spans(steps, distinct=what == "distinct"))
    began = time.process_time()
    document = compose(made)
    composed = time.process_time()
    text = render(document, form)
    rendered = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = [len(document.steps), composed - began, rendered - composed, len(text), peak / 1024]
    sys.stdout.write(json.dumps(figures))


def run(sizes: tuple[int, ...] = (22, 1000, 10_000, 100_000)) -> str:
    """Return the tables; 100,000 steps take about a minute a format."""
    calls = _table("From spans to text (CPU seconds, one process a row)", sizes, "calls")
    own = _table("The same, each body of 500 B its own", sizes[1:], "distinct")
    title = "From one request and its queries, which are one loop (100,000 are 200,002 steps)"
    return f"{calls}\n\n{own}\n\n{_table(title, sizes[1:], 'queries')}"


def _table(title: str, sizes: tuple[int, ...], what: str) -> str:
    lines = [title, "  format       steps   compose   render  us/step  MB out  MB peak"]
    for form in _FORMATS:
        for size in sizes:
            command = [sys.executable, "-m", "tests.bench.documents", str(size), form, what]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            steps, composed, rendered, length, peak = json.loads(done.stdout)
            each = (composed + rendered) / steps * 1e6
            lines.append(
                f"  {form:10}{steps:>8}{composed:>10.3f}{rendered:>9.3f}{each:>9.0f}"
                f"{length / 1e6:>8.2f}{peak:>9.0f}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    _one(int(sys.argv[1]), sys.argv[2], sys.argv[3])
