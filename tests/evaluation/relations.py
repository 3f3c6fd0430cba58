"""What two spans have to do with each other: of one call, one below the other, or apart."""

from __future__ import annotations

from tests.evaluation.naming import destinations, http_method, http_paths, peers
from tests.evaluation.protocols import LAYERS, operation_of_messaging, protocol_of
from tests.evaluation.spans import Seen

__all__ = ["alike", "covers", "is_create", "layer", "names_itself", "runs_here"]


def layer(span: Seen) -> int:
    return LAYERS[protocol_of(span) or "call"]


def is_create(span: Seen) -> bool:
    return operation_of_messaging(span) == "create"


def runs_here(span: Seen) -> bool:
    """Tell whether it is a tool that the process itself carries out."""
    return span.kind != "client" and protocol_of(span) == "tool"


def alike(outer: Seen, inner: Seen) -> bool:
    """Tell whether two spans, one inside the other, can be of one call."""
    protocol = protocol_of(outer)
    if protocol != protocol_of(inner):
        return False
    if protocol == "http":
        methods = {http_method(outer), http_method(inner)} - {""}
        paths = http_paths(outer), http_paths(inner)
        return len(methods) < 2 and (not all(paths) or bool(paths[0] & paths[1]))
    if protocol == "messaging":
        ours, theirs = destinations(outer), destinations(inner)
        return not ours or not theirs or bool(ours & theirs)
    return protocol != "tool"


def covers(outer: Seen, inner: Seen) -> bool:
    """Tell whether inner calls stand for an outer one, which has no peer of its own."""
    return not protocol_of(outer) or alike(outer, inner) or layer(inner) > layer(outer)


def names_itself(span: Seen) -> bool:
    """Tell whether a caller's span carries its callee's service name (HotROD's mysql)."""
    names, _ = peers(span)
    named = {span.get("peer.service"), span.get("zipkin.remote.service")} - {""}
    system = span.get("db.system.name", "db.system")
    if system and not named and (span.service in system or system in span.service):
        return True
    return span.service in named or not (named or names - {"sql"})
