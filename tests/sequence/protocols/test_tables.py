"""Every row of every table has an effect: a name that nothing reads would say something false."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from importlib import import_module
from typing import Any, Final, cast

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
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.protocols.reading import read
from otelhook.sequence.vocabulary import ParticipantKind, Protocol

MARK: Final = "zzmark"
NUMBER: Final = 4711

Attributes = Mapping[str, AttributeValue]

CLIENT, SERVER, NONE = SpanKind.CLIENT, SpanKind.SERVER, SpanKind.UNSPECIFIED
HTTP: Final = {"http.request.method": "GET"}
SQL: Final = {"db.system": "postgresql"}
RPC: Final = {"rpc.system": "grpc"}
MODEL: Final = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
TOOL: Final = {"gen_ai.operation.name": "execute_tool"}
MESSAGE: Final = {"messaging.system": "kafka"}


def said(
    attributes: Attributes,
    kind: SpanKind = CLIENT,
    name: str = "work",
    *,
    failure: str | None = None,
    events: tuple[Event, ...] = (),
) -> Facts:
    status = Status() if failure is None else Status(StatusCode.ERROR, failure)
    return read(
        Span(
            TraceId("1" * 32),
            SpanId("2" * 16),
            None,
            name,
            kind,
            0,
            1,
            attributes,
            Resource(),
            status=status,
            events=events,
        )
    )


def rows(module: str, table: str) -> list[str]:
    """Return the words of a table by its module and name."""
    found: Iterable[str] = vars(import_module(f"otelhook.sequence.{module}"))[table]
    return sorted(found)


KEYS: Final[tuple[tuple[str, str, Attributes, SpanKind, AttributeValue], ...]] = (
    ("protocols.database", "_SYSTEM", {"db.statement": "SELECT 1"}, CLIENT, "redis"),
    ("protocols.database", "_NAMESPACE", SQL, CLIENT, MARK),
    ("protocols.database", "_STATEMENT", SQL, CLIENT, f"SELECT {MARK}"),
    ("protocols.database", "_OPERATION", SQL, CLIENT, MARK),
    ("protocols.database", "_COLLECTION", SQL, CLIENT, MARK),
    ("protocols.database", "_URL", SQL, CLIENT, f"mysql://{MARK}/x"),
    ("protocols.database", "_ROWS", SQL, CLIENT, NUMBER),
    ("protocols.database", "_CODE", SQL | {"error": "x"}, CLIENT, MARK),
    ("protocols.generative", "_OPERATION", {"gen_ai.request.model": "m"}, CLIENT, "embeddings"),
    ("protocols.generative", "_MODEL", {"gen_ai.operation.name": "chat"}, CLIENT, MARK),
    ("protocols.generative", "_PROVIDER", MODEL, CLIENT, MARK),
    ("protocols.generative", "_TOOL", {"mcp.method.name": "tools/call"}, CLIENT, MARK),
    ("protocols.generative", "_AGENT", {"gen_ai.operation.name": "invoke_agent"}, CLIENT, MARK),
    ("protocols.generative", "_TOKENS_IN", MODEL, CLIENT, NUMBER),
    ("protocols.generative", "_TOKENS_OUT", MODEL, CLIENT, NUMBER),
    ("protocols.generative", "_PROMPT", MODEL, CLIENT, MARK),
    ("protocols.generative", "_COMPLETION", MODEL, CLIENT, MARK),
    ("protocols.generative", "_ARGUMENTS", TOOL, CLIENT, MARK),
    ("protocols.generative", "_RESULT", TOOL, CLIENT, MARK),
    ("protocols.messaging", "_SYSTEM", {"messaging.destination": "a"}, CLIENT, MARK),
    ("protocols.messaging", "_DESTINATION", MESSAGE, CLIENT, MARK),
    (
        "protocols.messaging",
        "_ROUTING_KEY",
        MESSAGE | {"messaging.destination": "amq.default"},
        CLIENT,
        MARK,
    ),
    ("protocols.messaging", "_OPERATION", MESSAGE, CLIENT, "receive"),
    ("protocols.messaging", "_BODY", MESSAGE, CLIENT, MARK),
    ("protocols.messaging", "_KEYS", MESSAGE, CLIENT, MARK),
    ("protocols.plain", "_FUNCTION", {}, CLIENT, MARK),
    ("protocols.plain", "_CLUSTER", {"response_flags": "-"}, CLIENT, MARK),
    ("protocols.rpc", "_CODES", RPC, CLIENT, "14"),
    ("protocols.rpc", "_SERVICE", RPC, CLIENT, MARK),
    ("protocols.rpc", "_METHOD", RPC, CLIENT, MARK),
    ("protocols.kinds", "_OF_SERVER", HTTP, NONE, MARK),
    ("spans.attribute_aliases", "METHOD", {"url.path": "/"}, CLIENT, MARK),
    ("spans.attribute_aliases", "STATUS", HTTP, CLIENT, 471),
    ("spans.attribute_aliases", "REASON", HTTP, CLIENT, MARK),
    ("spans.attribute_aliases", "URL", HTTP, CLIENT, f"http://{MARK}/"),
    ("spans.attribute_aliases", "PATH", HTTP, CLIENT, f"/{MARK}"),
    ("spans.attribute_aliases", "QUERY", HTTP, CLIENT, MARK),
    ("spans.attribute_aliases", "TARGET", HTTP, CLIENT, f"/{MARK}"),
    ("spans.attribute_aliases", "TEMPLATE", HTTP, CLIENT, f"/{MARK}"),
    ("spans.attribute_aliases", "SCHEME", HTTP | {"server.address": "a"}, CLIENT, MARK),
    ("spans.attribute_aliases", "RESEND", HTTP, CLIENT, 2),
    ("spans.attribute_aliases", "USER_AGENT", HTTP, CLIENT, MARK),
    ("spans.attribute_aliases", "CALLER_ADDRESS", HTTP, SERVER, MARK),
    ("spans.attribute_aliases", "HOST", HTTP, CLIENT, MARK),
    ("spans.attribute_aliases", "PEER_ADDRESS", HTTP, CLIENT, MARK),
    ("spans.attribute_aliases", "PORT", HTTP | {"server.address": "a"}, CLIENT, NUMBER),
    ("spans.attribute_aliases", "PEER", HTTP, CLIENT, MARK),
    ("spans.failures", "_TEXTS", {"error": True}, CLIENT, MARK),
    ("spans.addresses", "_CALLED", HTTP, SERVER, MARK),
    ("spans.addresses", "_CALLED_PORT", HTTP | {"net.host.name": "a"}, SERVER, NUMBER),
    ("spans.addresses", "_TRANSPORT", HTTP | {"server.address": "/run/x.sock"}, CLIENT, "unix"),
    ("spans.addresses", "_PEER", HTTP | {"network.transport": "unix"}, CLIENT, f"/{MARK}"),
)
READ: Final = [
    pytest.param(key, base, kind, value, id=f"{table}-{key}")
    for module, table, base, kind, value in KEYS
    for key in rows(module, table)
]


@pytest.mark.parametrize(("key", "base", "kind", "value"), READ)
def test_each_name_is_read(
    key: str, base: Attributes, kind: SpanKind, value: AttributeValue
) -> None:
    without = {name: item for name, item in base.items() if name != key}
    facts = said({**without, key: value}, kind)
    assert facts != said(without, kind)
    assert facts != said({**without, "otherwise.unknown": value}, kind)


@pytest.mark.parametrize("prefix", rows("protocols.messaging", "_HEADERS"))
def test_each_prefix_of_a_message_s_headers_is_read(prefix: str) -> None:
    request = said(MESSAGE | {f"{prefix}x": MARK}).request
    assert [(header.name, header.value) for header in request.headers] == [("x", MARK)]


@pytest.mark.parametrize("prefix", rows("protocols.database", "PARAMETERS"))
def test_each_prefix_of_parameters_is_read(prefix: str) -> None:
    request = said(SQL | {"db.statement": "SELECT 1", prefix: MARK}).request
    assert [header.value for header in request.headers] == [MARK]


SYSTEMS: Final = vars(import_module("otelhook.sequence.protocols.systems"))


@pytest.mark.parametrize("name", SYSTEMS["STORES"])
def test_each_store_is_shown_by_its_name_and_as_what_it_is(name: str) -> None:
    shown, kind = SYSTEMS["STORES"][name]
    facts = said({"db.system": name, "db.name": "x"})
    assert facts.callee == f"{shown} x"
    assert facts.callee_kind is kind


@pytest.mark.parametrize("name", SYSTEMS["_SAID_OTHERWISE"])
def test_each_library_stands_for_a_store(name: str) -> None:
    facts = said({"component": name})
    assert facts.protocol is Protocol.DATABASE
    assert facts.callee == SYSTEMS["_SAID_OTHERWISE"][name]
    assert name not in SYSTEMS["STORES"]


@pytest.mark.parametrize("name", sorted(SYSTEMS["BROKERS"]))
def test_each_broker_makes_a_span_without_a_kind_a_message(name: str) -> None:
    assert said({"component": name}, NONE).protocol is Protocol.MESSAGING
    peer = said({"messaging.destination": "a", "peer.service": f"{name}-1"}, SpanKind.PRODUCER)
    assert peer.callee.startswith(name)


@pytest.mark.parametrize("word", rows("protocols.messaging", "_PARTS"))
def test_each_word_of_messaging_tells_the_part(word: str) -> None:
    part = vars(import_module("otelhook.sequence.protocols.messaging"))["_PARTS"][word]
    assert said(MESSAGE | {"messaging.operation": word}).part is part
    assert said(MESSAGE | {"messaging.operation": "unknown"}).part is None


@pytest.mark.parametrize("name", rows("protocols.messaging", "_DEFAULT_EXCHANGE"))
def test_each_name_of_the_default_exchange_gives_way_to_the_routing_key(name: str) -> None:
    key = "messaging.rabbitmq.destination.routing_key"
    assert said(MESSAGE | {"messaging.destination": name, key: MARK}).destination == MARK


@pytest.mark.parametrize("stem", rows("protocols.messaging", "_STEMS"))
def test_each_stem_names_its_broker(stem: str) -> None:
    system = vars(import_module("otelhook.sequence.protocols.messaging"))["_STEMS"][stem]
    assert said({f"{stem}.x": "1"}, SpanKind.PRODUCER).callee == system


FAMILIES: Final = vars(import_module("otelhook.sequence.protocols.reading"))
OF_FAMILY: Final = {
    "messaging": Protocol.MESSAGING,
    "database": Protocol.DATABASE,
    "rpc": Protocol.RPC,
}


@pytest.mark.parametrize("stem", FAMILIES["_STEMS"])
def test_each_stem_is_of_a_family(stem: str) -> None:
    family = FAMILIES["_STEMS"][stem]
    if family in OF_FAMILY:
        assert said({f"{stem}.x": "1"}).protocol is OF_FAMILY[family]
    elif family == "model":
        assert said(OF_STEM[stem]).protocol in (Protocol.MODEL, Protocol.TOOL)
    elif family == "http":
        assert said({f"{stem}.path": "/"}).http
    else:  # a span that has anything of its own is not named after HTTP
        micrometer = {"outcome": "SUCCESS", "status": "200"}
        assert said(micrometer, name="get").http
        assert not said({**micrometer, f"{stem}.x": "1"}, name="get").http


OF_STEM: Final[Mapping[str, Attributes]] = {
    "gen_ai": {"gen_ai.operation.name": "chat"},
    "llm": {"llm.request.type": "chat"},
    "openinference": {"openinference.span.kind": "LLM"},
    "traceloop": {"traceloop.span.kind": "tool"},
    "ai": {"ai.model.id": "m", "ai.model.provider": "p"},
    "mcp": {"mcp.tool.name": "t"},
    "tool": {"tool.name": "t"},
    "embedding": {"embedding.model_name": "m", "server.address": "a"},
}


@pytest.mark.parametrize("word", rows("protocols.generative", "_BY_OPERATION"))
def test_each_operation_of_a_model_is_known(word: str) -> None:
    found = vars(import_module("otelhook.sequence.protocols.generative"))["_BY_OPERATION"][word]
    told = {said({key: word}).protocol for key in ("gen_ai.operation.name", "traceloop.span.kind")}
    assert told == {found}


@pytest.mark.parametrize("word", rows("protocols.generative", "_OPENINFERENCE"))
def test_each_kind_of_openinference_is_known(word: str) -> None:
    found = vars(import_module("otelhook.sequence.protocols.generative"))["_OPENINFERENCE"][word]
    # It counts for more than a model's name, which an agent's span has too.
    attributes = {"openinference.span.kind": word, "llm.model_name": "m"}
    assert said(attributes).protocol is found


@pytest.mark.parametrize("number", range(17))
def test_each_code_of_grpc_is_known_by_number_and_by_name(number: int) -> None:
    name = rows_in_order("protocols.rpc", "GRPC_CODES")[number]
    shown = f"{name} ({number})" if number else "OK"
    spellings = (number, str(number), name, name.lower(), name.replace("_", ""))
    for spelled in spellings:
        assert said(RPC | {"rpc.grpc.status_code": spelled}).answer == shown


def rows_in_order(module: str, table: str) -> list[str]:
    return list(vars(import_module(f"otelhook.sequence.{module}"))[table])


@pytest.mark.parametrize("flag", rows("protocols.http", "_NO_RESPONSE"))
def test_each_flag_of_envoy_says_that_there_was_no_answer(flag: str) -> None:
    facts = said(HTTP | {"url.path": "/", "response_flags": f"XX,{flag}"})
    assert facts.never_answered
    assert flag in facts.message


@pytest.mark.parametrize("method", rows("protocols.http", "_METHODS"))
def test_each_method_names_a_span(method: str) -> None:
    assert said({"url.path": "/"}, name=f"HTTP {method.lower()}").method == method


@pytest.mark.parametrize("name", rows("protocols.http", "_MICROMETER"))
def test_each_mark_of_micrometer_makes_its_tags_http_s(name: str) -> None:
    tags = {name: "/x", "method": "PUT", "status": "471", "http.url": "/x"}
    assert (said(tags).method, said(tags).status) == ("PUT", 471)


@pytest.mark.parametrize("name", rows("protocols.layers", "_NAMES"))
def test_each_name_of_a_layer_is_one_that_no_prefix_covers(name: str) -> None:
    assert said({}, name=name).detail
    assert not name.startswith(tuple(rows("protocols.layers", "_PREFIXES")))


@pytest.mark.parametrize("prefix", rows("protocols.layers", "_PREFIXES"))
def test_each_prefix_of_a_layer_is_one(prefix: str) -> None:
    assert said({}, name=f"{prefix}x").detail
    others = set(rows("protocols.layers", "_PREFIXES")) - {prefix}
    assert not prefix.startswith(tuple(others))


@pytest.mark.parametrize("word", rows("protocols.database", "_DETAILS"))
def test_each_word_for_a_connection_makes_a_detail(word: str) -> None:
    assert said(SQL, name=f"pool.{word}").detail
    assert not said(SQL | {"db.statement": "SELECT 1"}, name=f"pool.{word}").detail


@pytest.mark.parametrize("name", rows("protocols.plain", "_NO_HOST"))
def test_each_cluster_of_istio_that_is_none_names_nobody(name: str) -> None:
    assert said({"response_flags": "-", "upstream_cluster": name}).callee == ""


@pytest.mark.parametrize("kind", rows("protocols.kinds", "_KINDS"))
def test_each_kind_as_a_tag_is_read(kind: str) -> None:
    found = said({"span.kind": kind}, NONE)
    assert (found.kind.name.lower(), found.inferred) == (kind, False)


@pytest.mark.parametrize("system", rows("protocols.rpc", "_AMAZON"))
def test_each_name_of_amazon_s_api_makes_the_service_the_callee(system: str) -> None:
    assert said({"rpc.system": system, "rpc.service": "S3"}).callee == "S3"


@pytest.mark.parametrize("verb", rows("protocols.statements", "_TARGETS"))
def test_each_verb_of_sql_has_its_table(verb: str) -> None:
    between = {"SELECT": "a FROM", "DELETE": "FROM", "UPDATE": "", "COPY": "", "CALL": ""}
    words = between.get(verb, "INTO" if verb in ("INSERT", "REPLACE", "MERGE") else "TABLE")
    statement = f"{verb} {'' if verb == 'EXEC' else words} {MARK}"
    facts = said(SQL | {"db.statement": statement})
    assert facts.label == f"{verb} {MARK}"
    assert facts.request.body is not None
    assert facts.request.body.content_type == "application/sql"


@pytest.mark.parametrize("verb", rows("protocols.statements", "_WITHOUT_TARGET"))
def test_each_other_verb_is_sql(verb: str) -> None:
    facts = said(SQL | {"db.statement": f"{verb} x"})
    assert facts.request.body is not None
    assert facts.request.body.content_type == "application/sql"
    assert facts.label == verb
    assert verb not in rows("protocols.statements", "_TARGETS")


FAILURES: Final = vars(import_module("otelhook.sequence.spans.failures"))


@pytest.mark.parametrize("word", FAILURES["WORDS"])
def test_each_type_of_an_error_is_said_in_a_word(word: str) -> None:
    assert said({"error.type": f"java.net.{word}"}).error == FAILURES["WORDS"][word]


@pytest.mark.parametrize("phrase", [phrase for phrase, _ in FAILURES["PHRASES"]])
def test_each_phrase_of_a_message_is_said_in_a_word(phrase: str) -> None:
    facts = said({"error.type": "ConnectionError"}, failure=f"so: {phrase.upper()}!")
    assert facts.error == dict(FAILURES["PHRASES"])[phrase]
    others = {other for other, _ in FAILURES["PHRASES"]} - {phrase}
    assert not any(other in phrase for other in others)


@pytest.mark.parametrize("name", sorted(FAILURES["_VAGUE"]))
def test_each_type_that_says_little_gives_way_to_the_message(name: str) -> None:
    assert said({"error.type": name}, failure="connection refused").error == "connection refused"
    assert said({"error.type": "KeyError"}, failure="connection refused").error == "KeyError"


@pytest.mark.parametrize("text", sorted(FAILURES["_NO_ERROR"]))
def test_each_way_to_say_that_nothing_failed_is_understood(text: str) -> None:
    assert not said({"error": text}).failed


@pytest.mark.parametrize("text", sorted(FAILURES["_TRUE"]))
def test_each_way_to_say_that_something_failed_says_no_more(text: str) -> None:
    facts = said({"error": text})
    assert (facts.failed, facts.message) == (True, "")


CHECKED_OTHERWISE: Final = frozenset(
    {"_BY_NAME", "_OF_PART", "_OTHERS", "_RANK", "_OF_PROTOCOL", "_OF_HTTP", "_WHOLE_KEYS"}
    | {"GRPC_CODES", "STORES", "_SAID_OTHERWISE", "BROKERS", "_PARTS", "_HEADERS", "PARAMETERS"}
    | {"_STEMS", "_DEFAULT_EXCHANGE", "_BY_OPERATION", "_OPENINFERENCE", "_NO_RESPONSE"}
    | {"_METHODS", "_MICROMETER", "_NAMES", "_PREFIXES", "_DETAILS", "_NO_HOST", "_KINDS"}
    | {"_AMAZON", "_TARGETS", "_WITHOUT_TARGET", "PHRASES", "_FINDERS", "_WITHOUT", "_AROUND"}
)


@pytest.mark.parametrize(
    "module",
    [
        *("database", "facts", "generative", "http", "http_operations", "kinds", "layers"),
        *("messaging", "plain", "reading", "rpc", "statements", "systems"),
    ],
)
def test_no_table_of_a_protocol_is_left_out_here(module: str) -> None:
    found = import_module(f"otelhook.sequence.protocols.{module}")
    tables = {
        name
        for name, value in vars(found).items()
        if name.replace("_", "").isupper() and _is_table(value)
    }
    listed = {table for _, table, *_ in KEYS}
    assert tables - listed - CHECKED_OTHERWISE == set()


def _is_table(value: Any) -> bool:
    if not isinstance(value, Collection) or isinstance(value, str | range):
        return False
    return len(cast("Collection[object]", value)) > 1


WHOLE: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "sql": lambda facts: facts.protocol is Protocol.DATABASE,
    "upstream_cluster": lambda facts: facts.callee == MARK,
    "uri": lambda facts: facts.route == MARK,
    "client_status_code": lambda facts: facts.protocol is Protocol.HTTP,
    "response_status_code": lambda facts: facts.protocol is Protocol.HTTP,
    "input.value": lambda facts: facts.request.body is not None,
}


@pytest.mark.parametrize("key", FAMILIES["_WHOLE_KEYS"])
def test_each_key_without_a_stem_is_of_its_family(key: str) -> None:
    extra = {"upstream_cluster": {"response_flags": "-"}, "uri": {"method": "GET"}}
    value: AttributeValue = 471 if key.endswith("status_code") else MARK
    assert WHOLE[key](said({key: value, **extra.get(key, {})}))


def test_a_store_is_a_database_or_a_cache() -> None:
    kinds = {kind for _, kind in SYSTEMS["STORES"].values()}
    assert kinds == {ParticipantKind.DATABASE, ParticipantKind.CACHE}
