"""Who may be named at either end of a call, and what a call may be called."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.evaluation.protocols import grpc_name
from tests.evaluation.spans import Seen

__all__ = ["destinations", "http_method", "http_paths", "peers", "statements", "verb_and_table"]

_HOSTS = (
    "server.address",
    "net.peer.name",
    "peer.hostname",
    "net.sock.peer.name",
    "http.host",
    "upstream_cluster.name",
    "upstream_cluster",
    "out.host",
    "db.url",
    "db.connection_string",
    "messaging.url",
    "faas.invoked_name",
    "rpc.service",
    "aws.service",
)
_ADDRESSES = (
    "network.peer.address",
    "net.sock.peer.addr",
    "net.peer.ip",
    "peer.ipv4",
    "peer.address",
    "zipkin.remote.address",
    "upstream_address",
)
_SERVICES = ("peer.service", "zipkin.remote.service")
_DATABASES = (
    "cassandra.keyspace",
    "db.system.name",
    "db.system",
    "db.type",
    "db.namespace",
    "db.name",
    "db.instance",
    "db.collection.name",
)
_MODELS = (
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
    "ai.model.provider",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "llm.model_name",
    "ai.model.id",
    "llm.request.model",
)
_TOOLS = ("gen_ai.tool.name", "tool.name", "traceloop.entity.name")
_DESTINATIONS = (
    "messaging.destination.name",
    "messaging.destination",
    "messaging.source.name",
    "messaging.destination_name",
    "kafka.topic",
    "rabbit.queue",
    "rabbit.exchange",
    "messaging.rabbitmq.routing_key",
    "messaging.rabbitmq.destination.routing_key",
    "rabbit.routing_key",
    "celery.routing_key",
    "jms.queue",
    "jms.topic",
    "messaging.destination.template",
    "message_bus.destination",
)
_URLS = (
    "url.full",
    "http.url",
    "http.target",
    "url.path",
    "http.path",
    "http.uri",
    "uri",
    "http.uri.client",
    "http.uri.qs",
    "http.client.url",
)
_BARE = ("url.path", "http.path", "http.uri", "http.uri.client")
"""Of these, the ones that hold a path and never a host, with or without its first slash."""
_ROUTES = ("http.route", "url.template", "http.url_template")
_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY")
_STATEMENTS = (
    "db.query.text",
    "db.statement",
    "sql.query",
    "sql",
    "jdbc.query[0]",
    "query",
    "cassandra.query",
    "mongodb.command",
)
_TABLE = re.compile(
    r"\b(?:from|into|update|join|table(?:\s+if\s+(?:not\s+)?exists)?)\s+[\"`\[]?([\w.$]+)",
    re.IGNORECASE,
)


def peers(span: Seen) -> tuple[set[str], set[str]]:
    """Return the names and the bare addresses by which a span's other end may be called."""
    names = {said for name in (*_SERVICES, *_HOSTS) if (said := span.get(name))}
    names |= {said for name in (*_DATABASES, *_MODELS, *_TOOLS) if (said := span.get(name))}
    names |= destinations(span)
    for name in ("url.full", "http.url"):
        names |= _host(span.get(name))
    names |= {part for name in list(names) for part in _parts(name)}
    service, _ = grpc_name(span)
    if service and span.has("rpc.", "grpc.", "component"):
        names |= {service, service.rpartition(".")[2]}
    addresses = {said for name in _ADDRESSES if (said := span.get(name))}
    return {name for name in names if not _is_noise(name)}, addresses | {
        address.rpartition(":")[0] for address in addresses if ":" in address
    }


def _is_noise(name: str) -> bool:
    return name in ("", "-", "inbound", "outbound", "unknown", "none") or name.startswith(
        "inbound|"
    )


def _parts(name: str) -> set[str]:
    """Return the shorter forms of a name: without port, of a cluster's or a URL's host."""
    found: set[str] = set()
    if name.startswith("outbound|"):
        host = name.rsplit("|", maxsplit=1)[-1]
        found |= {host, host.split(".")[0], ".".join(host.split(".")[:2])}
    if "://" in name or name.startswith("jdbc:"):
        found |= _host(name.removeprefix("jdbc:"))
    head, colon, port = name.rpartition(":")
    if colon and port.isdigit():
        found.add(head)
    return found


def _host(url: str) -> set[str]:
    if not url or url.startswith("/"):
        return set()
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host = parts.hostname or ""
    except ValueError:
        return set()
    database = parts.path.strip("/") if parts.scheme not in ("http", "https", "") else ""
    return {name for name in (host, parts.netloc.rpartition("@")[2], database) if name}


def destinations(span: Seen) -> set[str]:
    """Return what a message's topic, queue or exchange may be called."""
    return {said for name in _DESTINATIONS if (said := span.get(name))}


def http_method(span: Seen) -> str:
    """Return the method, from the span's name where no attribute has it."""
    said = span.get("http.request.method", "http.method").upper()
    if said == "_OTHER":
        return span.get("http.request.method_original").upper()
    if not said and span.get("uri"):
        said = span.get("method").upper()
    if said:
        return said
    words = span.name.upper().replace("HTTP ", "").split()
    return words[0] if words and words[0] in _VERBS else ""


def http_paths(span: Seen) -> set[str]:
    """Return the paths and routes that a span knows, each without its query."""
    found = set()
    for name in _URLS:
        url = span.get(name)
        path = _path(_rooted(url) if name in _BARE else url)
        if path:
            found.add(path)
    found |= {route for name in _ROUTES if (route := span.get(name))}
    return found


def _rooted(path: str) -> str:
    bare = path and ":" not in path and not path.startswith("/")
    return f"/{path}" if bare else path


def _path(url: str) -> str:
    if not url:
        return ""
    if not url.startswith("/"):
        try:
            parts = urlsplit(url if "://" in url else f"//{url}")
        except ValueError:
            return ""
        if not parts.path:
            return "/" if "://" in url else ""
        return parts.path
    return url.partition("?")[0].partition("#")[0]


def statements(span: Seen) -> str:
    return span.get(*_STATEMENTS)


def verb_and_table(span: Seen) -> tuple[set[str], set[str]]:
    """Return the verbs and the tables (or keys' spaces) that a database call may be called by."""
    text = re.sub(r"/\*.*?\*/", " ", statements(span), flags=re.DOTALL).strip(" \n\t(*")
    verbs = {span.get("db.operation.name", "db.operation", "redis.command").split(" ")[0]}
    word = text.split(None, 1)[0] if text.split() else ""
    if re.fullmatch(r"[A-Za-z_]+", word):
        verbs.add(word)
    if re.match(r"(?i)BEGIN\b.*?\bBATCH\b", text):  # CQL: one message with several statements
        verbs |= set(re.findall(r"(?i)\b(?:INSERT|UPDATE|DELETE)\b", text))
    tables = {span.get("db.collection.name", "db.sql.table", "db.mongodb.collection")}
    tables |= {name.rpartition(".")[2] for name in _TABLE.findall(text)[:1]}
    head, _, rest = span.name.partition(" ")
    if tables - {""} and head.casefold() in {verb.casefold() for verb in verbs}:
        tables.add(rest)  # what instrumentation itself calls the target
    return verbs - {""}, tables - {""}
