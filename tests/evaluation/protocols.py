"""Which protocol a span speaks, by any convention that instrumentations have used.

The order of `PROTOCOLS` is the order of layers: what comes later can be what an earlier one is
carried by (a model call by HTTP, gRPC by HTTP/2).
"""

from __future__ import annotations

from tests.evaluation.spans import Seen

__all__ = ["LAYERS", "grpc_name", "is_transport", "operation_of_messaging", "protocol_of"]

LAYERS = {"tool": 0, "model": 1, "messaging": 2, "rpc": 3, "database": 3, "http": 4, "call": 5}
"""How near to the application a protocol is; HTTP is what carries the others."""

_MODEL_OPERATIONS = (
    "chat",
    "text_completion",
    "generate_content",
    "embeddings",
    "retrieval",
    "rerank",
    "completion",
)
_OPENINFERENCE = {
    "LLM": "model",
    "EMBEDDING": "model",
    "RERANKER": "model",
    "RETRIEVER": "model",
    "TOOL": "tool",
}
_MESSAGING = {
    "publish": "send",
    "send": "send",
    "create": "create",
    "receive": "receive",
    "process": "process",
    "deliver": "process",
    "settle": "settle",
    "ack": "settle",
    "nack": "settle",
    "commit": "settle",
    "complete": "settle",
}
_DATABASE_PEERS = ("mysql", "postgres", "redis", "memcache", "mongo", "cassandra", "elasticsearch")
_TRANSPORT_NAMES = ("dns.", "tcp.", "tls.", "dns lookup", "tcp connect", "tls handshake", "socket.")
_STATEMENTS = ("sql.query", "sql", "jdbc.query[0]", "cassandra.query", "mongodb.command")
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_VERBS_OF_REDIS = ("redis.command", "redis.args_length")


def protocol_of(span: Seen) -> str:
    """Return the protocol, or an empty string where nothing tells."""
    if found := _ai(span):
        return found
    if span.kind in ("producer", "consumer") or _messaging(span):
        return "messaging"
    if _database(span):
        return "database"
    if _rpc(span):
        return "rpc"
    if _http(span):
        return "http"
    return ""


def _ai(span: Seen) -> str:
    operation = span.get("gen_ai.operation.name")
    kind = span.get("openinference.span.kind", "traceloop.span.kind").upper()
    if operation == "execute_tool" or span.get("gen_ai.tool.name"):
        return "tool"
    if operation or kind:  # else an agent, a chain, a workflow: the application itself
        return "model" if operation in _MODEL_OPERATIONS else _OPENINFERENCE.get(kind, "")
    if span.kind == "internal":
        return ""  # an inference server may note its model
    if span.get("gen_ai.request.model", "llm.request.type", "llm.model_name", "ai.model.id"):
        return "model"
    return "tool" if span.get("tool.name") else ""


def _messaging(span: Seen) -> bool:
    if span.has("rabbit.", "kafka.topic", "jms.", "celery."):
        return span.kind != "server"
    if span.kind == "server" and not operation_of_messaging(span):
        return False
    return bool(span.get("messaging.system", "messaging.operation", "messaging.operation.type"))


def operation_of_messaging(span: Seen) -> str:
    """Return ``send``, ``receive``, ``process``, ``settle`` or ``create``, by kind if not said."""
    said = span.get("messaging.operation.type", "messaging.operation", "messaging.operation.name")
    if said.lower() in _MESSAGING:
        return _MESSAGING[said.lower()]
    if span.kind in ("producer", "consumer"):
        return "send" if span.kind == "producer" else "process"
    words = span.name.lower().split() if span.has("messaging.") else ()
    found = (_MESSAGING[word] for word in words if word in _MESSAGING)
    return next(found, "")


def _database(span: Seen) -> bool:
    if span.get("db.system.name", "db.system", "db.type", *_STATEMENTS, *_VERBS_OF_REDIS):
        return True
    if span.get("db.statement", "db.query.text", "db.operation.name", "db.instance", "db.url"):
        return True
    if span.kind == "client" and not span.has("http.", "rpc.", "url."):
        peer = span.get("zipkin.remote.service", "peer.service").lower()
        return any(name in peer for name in _DATABASE_PEERS)
    return False


def _rpc(span: Seen) -> bool:
    if span.has("rpc.", "grpc."):
        return True
    component = span.get("component").lower()
    return component in ("grpc", "dubbo", "thrift") or bool(span.get("aws.service", "aws.agent"))


def _http(span: Seen) -> bool:
    if span.has("http.", "url."):
        return True
    if span.get("uri") and span.get("method"):  # Micrometer
        return True
    first = span.name.lower().split(" ")[0]
    return first in _METHODS and span.kind in ("client", "server") and not span.has("db.")


def is_transport(span: Seen) -> bool:
    """Tell whether the span is of a layer below any protocol: DNS, TCP, TLS, a pool."""
    name = span.name.lower()
    if span.kind in ("server", "producer", "consumer"):
        return False
    if name.startswith(_TRANSPORT_NAMES):
        return True
    pool = "pool" in name or "getconnection" in name or name in ("connect", "connection")
    return pool and not span.get("db.statement", "db.query.text", *_STATEMENTS)


def grpc_name(span: Seen) -> tuple[str, str]:
    """Return an RPC's service (as recorded) and method, from attributes or else from the name."""
    service, method = span.get("rpc.service", "rpc.grpc.service", "grpc.service"), ""
    method = span.get("rpc.method", "rpc.grpc.method", "grpc.method")
    if not service and method.count("/") == 1:  # current conventions: the whole name in one
        service, _, method = method.partition("/")
    name = span.name.removeprefix("grpc.").strip("/")
    if (not service or not method) and name.count("/") == 1 and " " not in name:
        above, _, below = name.partition("/")
        service, method = service or above, method or below
    return service.strip("/"), method
