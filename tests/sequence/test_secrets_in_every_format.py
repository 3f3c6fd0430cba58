"""A secret is hidden in every format, wherever a span of any protocol holds it.

Beside each secret stands text that would break out of a format that does not escape it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest

from otelhook.model import (
    AttributeValue,
    Event,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.render import FORMATS, render
from otelhook.sequence import compose

PASSWORD: Final = "Hunter2-x9Q7"
TOKEN: Final = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
API_KEY: Final = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
JWT: Final = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"
HOSTILE: Final = (
    '<script>alert(1)</script> <img src=x onerror=alert(1)> ```\n## h\n| a | b |\n"); end\n'
    "participant Z\n@enduml\n\x1b[31m"
)
Attributes = dict[str, AttributeValue]

SQL: Final[Attributes] = {"db.system": "postgresql", "db.name": "shop"}
ASKED: Final[Attributes] = {**SQL, "db.query.text": "SELECT 1"}
GRPC: Final[Attributes] = {"rpc.system": "grpc", "rpc.service": "a.B", "rpc.method": "C"}
SENT: Final[Attributes] = {"messaging.system": "kafka", "messaging.destination.name": "orders"}
CHAT: Final[Attributes] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "m",
    "gen_ai.provider.name": "openai",
}
RAN: Final[Attributes] = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund"}
GOT: Final[Attributes] = {
    "http.request.method": "GET",
    "url.full": "http://a.test/b",
    "http.response.status_code": 200,
}


def span(
    attributes: Attributes,
    *,
    kind: SpanKind = SpanKind.CLIENT,
    number: int = 1,
    name: str = "work",
    service: str = "front",
    **fields: Any,
) -> Span:
    return Span(
        trace_id=TraceId("0af7651916cd43dd8448eb211c80319c"),
        span_id=SpanId(f"{number:016x}"),
        parent_span_id=SpanId(f"{number - 1:016x}") if number > 1 else None,
        name=name,
        kind=kind,
        start_time=number * 1_000_000,
        end_time=9_000_000,
        attributes=attributes,
        resource=Resource({"service.name": service, "host.name": "h"}),
        **fields,
    )


def inner(attributes: Attributes, **fields: Any) -> list[Span]:
    """Return a call with an internal span inside."""
    return [
        span(GOT),
        span(attributes | {"note": HOSTILE}, kind=SpanKind.INTERNAL, number=2, **fields),
    ]


def failed(text: str, attributes: Attributes = ASKED) -> list[Span]:
    return [span(attributes, status=Status(StatusCode.ERROR, f"{text} {HOSTILE}"))]


def happened(name: str = "exception", **attributes: AttributeValue) -> list[Span]:
    told = {key.replace("_", "."): value for key, value in attributes.items()}
    event = Event(2_000_000, name, told | {"note": HOSTILE})
    return [span(ASKED, events=(event,), status=Status(StatusCode.ERROR))]


def statement(text: str) -> list[Span]:
    return [span({**SQL, "db.statement": f"{text} -- {HOSTILE}"})]


def command(text: str) -> list[Span]:
    return [span({"db.system": "redis", "db.statement": text})]


def asked(**more: AttributeValue) -> list[Span]:
    return [span(ASKED | {"db.query.parameter.note": HOSTILE} | more)]


SPANS: Final[Mapping[str, list[Span]]] = {
    # SQL and other statements
    "a literal of an update": statement(f"UPDATE users SET password = '{PASSWORD}'"),
    "a literal by its column": statement(f"INSERT INTO u (name, password) VALUES ('b', '{TOKEN}')"),
    "a new user": statement(f"CREATE USER bob IDENTIFIED BY '{PASSWORD}'"),
    "a role's password": statement(f"ALTER ROLE bob WITH PASSWORD '{PASSWORD}'"),
    "a token in SQL": statement(f"SELECT * FROM sessions WHERE id = '{TOKEN}'"),
    "Redis' AUTH": command(f"AUTH {PASSWORD}"),
    "Redis' AUTH of a user": command(f"AUTH default {PASSWORD}"),
    "Redis' HELLO": command(f"HELLO 3 AUTH default {PASSWORD}"),
    "Redis' HELLO with a name": command(f"HELLO 3 AUTH default {PASSWORD} SETNAME app"),
    "Redis' settings": command(f"CONFIG SET requirepass {PASSWORD}"),
    "a value of Redis": command(f"SET session:1 {TOKEN}"),
    "a command as JSON": [
        span(
            {
                "db.system": "mongodb",
                "db.statement": f'{{"find":"u","filter":{{"password":"{PASSWORD}","x":"<b>"}}}}',
            }
        )
    ],
    "a summary": asked(**{"db.query.summary": f"SELECT {TOKEN}"}),
    "a connection string": asked(**{"db.connection_string": f"postgresql://b:{PASSWORD}@db/shop"}),
    "a database named by its URL": asked(**{"db.name": f"postgresql://b:{PASSWORD}@db/shop"}),
    # its parameters
    "a named parameter": asked(**{"db.query.parameter.password": PASSWORD}),
    "a numbered parameter": asked(**{"db.query.parameter.0": TOKEN}),
    "parameters as a mapping": asked(**{"db.statement.parameters": {"password": PASSWORD}}),
    "parameters as JSON": asked(**{"db.statement.parameters": f'{{"password": "{PASSWORD}"}}'}),
    "parameters as Python": asked(**{"db.statement.parameters": f"{{'password': '{PASSWORD}'}}"}),
    "parameters as a list": asked(**{"db.sql.parameters": (HOSTILE, TOKEN)}),
    # gRPC
    "gRPC's metadata": [
        span(GRPC | {"rpc.grpc.request.metadata.authorization": (f"Bearer {JWT}", HOSTILE)})
    ],
    "metadata by its name": [
        span(GRPC | {"rpc.grpc.response.metadata.x_api_key": (PASSWORD,), "note": HOSTILE})
    ],
    "gRPC's message": [span(GRPC | {"rpc.request.body": f'{{"password":"{PASSWORD}"}}'})],
    # messages
    "a message's header": [
        span(
            SENT | {"messaging.message.header.authorization": f"Basic {PASSWORD}"},
            kind=SpanKind.PRODUCER,
        )
    ],
    "a message's body": [
        span(
            SENT | {"messaging.message.body": f'{{"password":"{PASSWORD}","x":"<b>"}}'},
            kind=SpanKind.PRODUCER,
        )
    ],
    "a message's body in bytes": [
        span(
            SENT | {"messaging.payload": f'{{"password":"{PASSWORD}"}}'.encode()},
            kind=SpanKind.PRODUCER,
        )
    ],
    "a message's key": [
        span(SENT | {"messaging.kafka.message.key": TOKEN}, kind=SpanKind.PRODUCER)
    ],
    "a queue's name": [
        span(SENT | {"messaging.destination.name": TOKEN}, kind=SpanKind.PRODUCER),
        span(
            SENT | {"messaging.destination.name": TOKEN},
            kind=SpanKind.CONSUMER,
            service="mail",
            number=2,
        ),
    ],
    # models and tools
    "a prompt": [span(CHAT | {"gen_ai.prompt": f"my key is {API_KEY} {HOSTILE}"})],
    "a prompt as JSON": [
        span(
            CHAT
            | {"gen_ai.input.messages": f'[{{"role":"user","content":"password: {PASSWORD}"}}]'}
        )
    ],
    "a numbered prompt": [span(CHAT | {"gen_ai.prompt.0.content": f"{TOKEN} {HOSTILE}"})],
    "a prompt of parts": [span(CHAT | {"gen_ai.input.messages": ({"password": PASSWORD},)})],
    "a completion": [span(CHAT | {"gen_ai.completion": f"your key is {API_KEY} {HOSTILE}"})],
    "a tool's arguments": [
        span(RAN | {"gen_ai.tool.call.arguments": f'{{"api_key":"{PASSWORD}","x":"<b>"}}'})
    ],
    "a tool's arguments as a mapping": [
        span(RAN | {"gen_ai.tool.call.arguments": {"api_key": PASSWORD, "x": HOSTILE}})
    ],
    "a tool's result": [
        span(RAN | {"gen_ai.tool.call.result": f'{{"client_secret":"{PASSWORD}"}}'})
    ],
    "a tool's name": [span(RAN | {"gen_ai.tool.name": TOKEN})],
    # failures
    "a status": failed(f"cannot log in with password={PASSWORD}"),
    "a status with a URL": failed(f"cannot connect to postgresql://bob:{PASSWORD}@db/shop"),
    "a status of HTTP": failed(f"bad token {TOKEN}", GOT),
    "a status of gRPC": failed(f"14 UNAVAILABLE: Bearer {JWT}", GRPC),
    "a status of 1 MB": failed(f"password={PASSWORD} " + "x <b>`|\n" * 130_000),
    "an exception": happened(exception_type="E", exception_message=f"password={PASSWORD}"),
    "a stack trace": happened(exception_type="E", exception_stacktrace=f"at x\nE: Bearer {JWT}"),
    "an exception's type": happened(exception_type=f"no such key: {TOKEN}"),
    "an error's type": asked(**{"error.type": f"x.{TOKEN}"}),
    "an error as a tag": asked(error=f"password={PASSWORD} {HOSTILE}"),
    "a code": asked(**{"error": "x", "db.response.status_code": TOKEN}),
    # what happened within spans
    "an event's attribute by its name": happened("log", db_password=PASSWORD),
    "an event's attribute as JSON": happened("log", message=f'{{"password":"{PASSWORD}"}}'),
    "an event's attribute within another": happened("log", message={"password": PASSWORD}),
    "an event's name": happened(f"log password={PASSWORD}"),
    "an inner span's password": inner({"app.password": PASSWORD}),
    "an inner span's keys": inner({"app.api_key": PASSWORD, "user.accessToken": API_KEY}),
    "an inner span's header": inner({"http.request.header.authorization": (f"Bearer {JWT}",)}),
    "an inner span's arguments": inner({"args": ("--password", PASSWORD)}),
    "an inner span's URL": inner({"a.url": f"https://u:{PASSWORD}@x/y?access_token={PASSWORD}"}),
    "an inner span's query": inner({"url.query": f"password={PASSWORD}"}),
    "an inner span's statement": inner({"stmt": f"UPDATE u SET password='{PASSWORD}'"}),
    "an inner span's command line": inner({"command": f"mysql -u root -p{PASSWORD}"}),
    "an inner span's name": inner({}, name=f"q password={PASSWORD}"),
    "an inner span's status": inner({}, status=Status(StatusCode.ERROR, f"Bearer {JWT}")),
    "a detail of a call": [
        span(CHAT),
        span(
            {
                "http.request.method": "POST",
                "url.full": f"https://u:{PASSWORD}@api.test/x?token={PASSWORD}",
                "http.request.header.x_api_key": (PASSWORD,),
                "http.request.body": f'{{"password":"{PASSWORD}"}}',
            },
            number=2,
        ),
    ],
    # names
    "a service's name": [span({}, kind=SpanKind.SERVER, service=TOKEN)],
    "a peer's name": [span({"peer.service": TOKEN})],
    "a function's name": [span({"faas.invoked_name": TOKEN})],
    "a cluster's name": [
        span({"response_flags": "UF", "upstream_cluster": f"outbound|9|v|{TOKEN}"})
    ],
    "a caller's program": [
        span(
            {"http.request.method": "GET", "url.path": "/", "user_agent.original": TOKEN},
            kind=SpanKind.SERVER,
        )
    ],
    "the root's name": [span({}, kind=SpanKind.SERVER, name=f"do password={PASSWORD}")],
    "a method of JSON-RPC": [
        span(
            {
                "http.request.method": "POST",
                "url.full": "http://a.test/",
                "http.request.body": f'{{"jsonrpc":"2.0","method":"{TOKEN}","id":1}}',
            }
        )
    ],
}
WITHIN: Final = re.compile(
    r"^\s*(?:participant Z|@enduml\s+\S)|<script>alert|\x1b\[31m", re.MULTILINE
)


FENCE: Final = re.compile(r"\s*(`{3,}|~{3,})")


def outside_code(page: str) -> str:
    """Return a page without its code blocks, in which anything may stand (CommonMark, 4.5)."""
    kept: list[str] = []
    fence = ""
    for line in page.splitlines():
        found = FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and line.strip() == found[1]:
                fence = ""
        elif found:
            fence = found[1]
        else:
            kept.append(line)
    return "\n".join(kept)


OUTSIDE: Final[Mapping[str, Callable[[str], str]]] = {
    "markdown": outside_code,
    "rst": partial(re.compile(r"^\.\. code-block::.*\n(?: .*\n|\n)*", re.MULTILINE).sub, ""),
    "confluence": partial(re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL).sub, ""),
}
"""What formats show beside the blocks in which any text stands as it is."""


@pytest.mark.parametrize("place", SPANS)
def test_a_secret_is_hidden_in_every_format_and_hostile_text_stays_text(place: str) -> None:
    document = compose(SPANS[place])
    drawn = tuple(replace(one, shown=True) for one in document.inner_spans)
    document = replace(document, inner_spans=drawn)
    for name in FORMATS.keys() - {"png"}:
        rendered = render(document, name)
        text = rendered if isinstance(rendered, str) else rendered.decode()
        leaks = [s for s in (PASSWORD, TOKEN, API_KEY, JWT) if s in text or s.lower() in text]
        assert leaks == [], name
        if name in ("text", "curl"):  # no markup there, only a terminal
            assert "\x1b[31m" not in text, name
        elif name not in ("json", "json-v1", "har"):
            assert WITHIN.findall(OUTSIDE.get(name, str)(text)) == [], name


@pytest.mark.parametrize("place", SPANS)
def test_what_is_hidden_is_there_where_it_was_recorded(place: str) -> None:
    """Else a test above would hold a secret that no document could show."""
    assert any(s in repr(SPANS[place]) for s in (PASSWORD, TOKEN, API_KEY, JWT))
