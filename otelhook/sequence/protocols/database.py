"""Databases and caches: which one, what is asked of it, and what it answered.

Semantic conventions, "Database client spans", old (``db.system``, ``db.statement``) and new
(``db.system.name``, ``db.query.text``); OpenTracing's ``sql.query`` and ``db.instance``,
Micrometer's ``jdbc.query[0]``, Brave's and Zipkin's ``sql``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from otelhook.attributes import SERVICE_NAME
from otelhook.model import Attributes, Span
from otelhook.sequence.document import Body, Header
from otelhook.sequence.protocols.described import Described, outcome_of
from otelhook.sequence.protocols.statements import is_sql, summary_of
from otelhook.sequence.protocols.systems import store_named, store_within
from otelhook.sequence.spans.addresses import place_of, shown_address
from otelhook.sequence.spans.attribute_aliases import PEER
from otelhook.sequence.spans.coercion import first_integer, first_text, text
from otelhook.sequence.spans.failures import Failure
from otelhook.sequence.spans.messages import NOTHING, Message, read_message
from otelhook.sequence.vocabulary import ParticipantKind

__all__ = ["PARAMETERS", "describe_database", "statement_of"]

_SYSTEM: Final = ("db.system.name", "db.system", "db.type", "component")
_NAMESPACE: Final = (
    "db.namespace",
    "db.name",
    "db.instance",
    "db.redis.database_index",
    "cassandra.keyspace",
)
_CLUSTERS: Final = frozenset({"cassandra"})
"""Systems whose driver sends each statement to whichever node it likes: one lifeline a keyspace."""

_STATEMENT: Final = (
    "db.query.text",
    "db.statement",
    "sql.query",
    "sql",
    "jdbc.query[0]",
    "cassandra.query",
    "mongodb.command",
    "redis.command",
    "db.query",
    "db.sql.query",
)
_OPERATION: Final = ("db.operation.name", "db.operation", "db.method")
_COLLECTION: Final = (
    "db.collection.name",
    "db.sql.table",
    "db.mongodb.collection",
    "db.cassandra.table",
    "db.cosmosdb.container",
    "aws.dynamodb.table_names",
    "aws.table.name",
)
_URL: Final = ("db.connection_string", "db.url")
_ROWS: Final = (
    "db.response.returned_rows",
    "db.rows_affected",
    "db.row_count",
    "jdbc.row-count",
    "jdbc.row-affected",
    "jdbc.row-count[0]",
    "jdbc.row-affected[0]",
)
_CODE: Final = ("db.response.status_code", "db.cassandra.error_code", "db.sqlstate")
PARAMETERS: Final = ("db.query.parameter.", "db.statement.parameters", "db.sql.parameters")
"""How the names of a statement's parameters begin, as attributes and on the request."""

_DETAILS: Final = ("connect", "getconnection", "acquire", "checkout", "result-set", "connection")
"""Last words of the names of spans that only see to a connection, or read what was answered."""


def describe_database(span: Span, failure: Failure) -> Described:
    """Describe a statement or a command, and whom it is sent to."""
    attributes = span.attributes
    statement = statement_of(attributes)
    label, operation = _label(span, statement)
    callee, kind = _callee(span)
    rows = first_integer(attributes, _ROWS)
    code = first_text(attributes, _CODE)
    answer = ""
    if failure.failed:
        answer = "" if code in ("", "0") else f"error {code}"
    elif rows is not None and rows >= 0:
        answer = "1 row" if rows == 1 else f"{rows} rows"
    return Described(
        label=label,
        operation=operation,
        outcome=outcome_of(failed=failure.failed, unanswered=failure.unanswered),
        answer=answer,
        callee=callee,
        callee_kind=kind,
        request=_request(attributes, statement),
        detail=not statement and _is_connection(span.name),
    )


def statement_of(attributes: Attributes) -> str:
    """Return the statement or command as it was recorded, empty if it was not."""
    return first_text(attributes, _STATEMENT)


def _is_connection(name: str) -> bool:
    last = name.strip().lower().replace(".", " ").replace(":", " ").split()[-1:]
    return last != [] and last[0] in _DETAILS


def _label(span: Span, statement: str) -> tuple[str, str]:
    """Return the operation in short and in full."""
    attributes = span.attributes
    summary = first_text(attributes, ("db.query.summary",))
    verb, table = summary_of(statement) if statement else ("", "")
    if not is_sql(statement):
        table = ""
    operation = first_text(attributes, _OPERATION)
    if operation.upper() == "SQL" or " " in operation:
        operation = ""
    collection = first_text(attributes, _COLLECTION)
    words = (operation or verb, collection or table)
    named = " ".join(word for word in words if word)
    if len(span.name.split()) == 2 and span.name.lower().startswith(f"{named.lower()} "):  # noqa: PLR2004
        named = span.name.strip()  # as the conventions want it: operation and target
    return summary or named or span.name.strip() or "query", summary or named


def _callee(span: Span) -> tuple[str, ParticipantKind]:
    attributes = span.attributes
    told = first_text(attributes, _SYSTEM)
    peer = first_text(attributes, PEER)
    known = store_named(told) or store_within(peer)
    statement = "redis.command" in attributes or "redis.args_length" in attributes
    system, kind = known or (("redis", ParticipantKind.CACHE) if statement else ("", None))
    if not known and told and told == first_text(attributes, _SYSTEM[:3]):
        system = told.lower()
    url = first_text(attributes, _URL).removeprefix("jdbc:")
    in_url = _from_url(url)
    system = system or in_url[0] or _by_key(attributes)
    place = place_of(attributes)
    address = shown_address(place.host, place.port) or in_url[1]
    namespace = first_text(attributes, _NAMESPACE) or in_url[2]
    kind = kind or (store_named(system) or ("", ParticipantKind.DATABASE))[1]
    if peer and peer == first_text(span.resource.attributes, (SERVICE_NAME,)):
        # A service is no database of its own: Brave's drivers name the peer after the keyspace.
        peer, namespace = "", namespace or peer
    if namespace and system in _CLUSTERS:
        return f"{system} {namespace}", kind
    if peer and (not address or peer.partition(":")[0] == place.host):
        address = "" if store_named(peer) and peer == system else peer
    where = "/".join(part for part in (address, namespace) if part)
    return " ".join(part for part in (system, where) if part) or "database", kind


def _by_key(attributes: Attributes) -> str:
    if any(name in attributes for name in ("sql", "sql.query", "jdbc.query[0]")):
        return "sql"
    stems = {name.partition(".")[0] for name in attributes}
    return next((stem for stem in ("cassandra", "mongodb", "redis") if stem in stems), "")


def _from_url(url: str) -> tuple[str, str, str]:
    """Return system, address and namespace of a connection string; a login in it is left out."""
    if "://" not in url:
        return "", "", ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", ""
    known = store_named(parts.scheme.partition("+")[0])
    host = parts.hostname or ""
    return known[0] if known else "", shown_address(host, port), parts.path.strip("/")


def _request(attributes: Attributes, statement: str) -> Message:
    """Return the statement as the request's content, its parameters as lines above it."""
    if not statement:
        return read_message(attributes, "request")
    headers = tuple(_parameters(attributes))
    start = statement.lstrip()[:1]
    media = "application/sql" if is_sql(statement) else "text/plain"
    if start in ("{", "["):
        media = "application/json"
    return Message(headers, Body(statement, None, content_type=media)) if statement else NOTHING


def _parameters(attributes: Attributes) -> list[Header]:
    found: list[Header] = []
    for name, value in attributes.items():
        if not name.startswith(PARAMETERS):
            continue
        if isinstance(value, str | bytes | bool | int | float):
            found.append(Header(name, text(value)))
        elif isinstance(value, Mapping):
            found += [Header(f"{name}.{inner}", text(item)) for inner, item in value.items()]
        elif value is not None:
            found.append(Header(name, json.dumps(value, ensure_ascii=False, default=str)))
    return found
