"""Whether two spans of one side, one inside the other, are of one call."""

from __future__ import annotations

from typing import Final

from otelhook.sequence.protocols.facts import Facts, Part
from otelhook.sequence.vocabulary import Protocol

__all__ = ["same_delivery", "same_request", "same_served"]

_CARRIERS: Final = frozenset({Protocol.HTTP, Protocol.RPC})
"""What other protocols are spoken over."""


def same_request(outer: Facts, inner: Facts) -> bool:
    """Return whether a request is the one that an outer span of the same service is of."""
    if outer.protocol is inner.protocol:
        return _alike(outer, inner)
    if outer.protocol is Protocol.CALL:
        # A span that has nothing but a name: a library's function around the request.
        return not outer.callee and not outer.host and not outer.request.body
    if inner.protocol is Protocol.CALL:
        return not inner.callee and not inner.host
    if outer.protocol is Protocol.TOOL:
        return inner.protocol in _CARRIERS and bool(inner.label)
    if inner.protocol in _CARRIERS and outer.protocol is not Protocol.HTTP:
        return _one_host(outer, inner)
    # An API's own words around a queue or a database: AWS's SDK over SQS, over DynamoDB.
    return outer.protocol is Protocol.RPC


def _alike(outer: Facts, inner: Facts) -> bool:
    if outer.protocol is Protocol.HTTP:
        # An outer span may have followed redirects, each an inner one with a path of its own.
        return outer.method == inner.method or "HTTP" in (outer.method, inner.method)
    if outer.protocol is Protocol.RPC:
        return outer.label == inner.label or not outer.operation or not inner.operation
    if outer.protocol is Protocol.MESSAGING:
        names = {outer.destination, inner.destination} - {""}
        return outer.part is inner.part is Part.PUBLISH and len(names) <= 1
    if outer.protocol is Protocol.DATABASE:
        return _one_host(outer, inner)
    return outer.protocol is not Protocol.TOOL


def _one_host(outer: Facts, inner: Facts) -> bool:
    return not outer.host or not inner.host or outer.host == inner.host or _is_address(inner.host)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()


def same_served(outer: Facts, inner: Facts) -> bool:
    """Return whether a SERVER span within another of its service is of the same request.

    A middleware within a middleware, a handler within a server. One with a path of its own was
    forwarded, and is a request by itself.
    """
    if inner.protocol is Protocol.CALL:
        return not inner.inferred
    if outer.protocol is Protocol.CALL:
        return not outer.inferred
    if outer.protocol is inner.protocol is Protocol.HTTP:
        if outer.method != inner.method and "HTTP" not in (outer.method, inner.method):
            return False
        return _path_within(outer.path, inner.path) or _is_template_of(outer, inner)
    if outer.protocol is inner.protocol:
        return outer.label == inner.label
    return {outer.protocol, inner.protocol} == {Protocol.HTTP, Protocol.RPC}


def _path_within(outer: str, inner: str) -> bool:
    """Return whether two paths are one: an application that is mounted knows only its end."""
    return outer == inner or not outer or not inner or outer.endswith(inner)


def _is_template_of(outer: Facts, inner: Facts) -> bool:
    """Return whether one side knows the path, and the other only the route that led there."""
    for known, told in ((outer, inner), (inner, outer)):
        if told.route and told.path == told.route:
            path, route = known.path.strip("/").split("/"), told.route.strip("/").split("/")
            pairs = zip(reversed(path), reversed(route), strict=False)
            return all(one == other or other[:1] in _MARKS for one, other in pairs)
    return False


_MARKS: Final = ("{", ":", "<", "*")
"""How the segments of a route begin that stand for any."""


def same_delivery(outer: Facts, inner: Facts) -> bool:
    """Return whether two CONSUMER spans of a service, one in the other, are of one delivery."""
    names = {outer.destination, inner.destination} - {""}
    if len(names) > 1:
        return False
    return outer.part is Part.RECEIVE or outer.part is inner.part or inner.part is Part.PROCESS
