"""Calls of which no protocol is known: functions of a platform, Envoy's, anything with a name."""

from __future__ import annotations

from typing import Final

from otelhook.model import Span
from otelhook.sequence.protocols.described import Described, outcome_of
from otelhook.sequence.spans.coercion import first_text
from otelhook.sequence.spans.failures import Failure

__all__ = ["cluster_host", "describe_plain"]

_FUNCTION: Final = ("faas.invoked_name", "aws.lambda.invoked_function")
_CLUSTER: Final = ("upstream_cluster.name", "upstream_cluster")
_NO_HOST: Final = frozenset({"PassthroughCluster", "BlackHoleCluster", "InboundPassthroughCluster"})
_PARTS_OF_CLUSTER: Final = 4


def describe_plain(span: Span, failure: Failure) -> Described:
    """Describe a call by its name alone, and a function by what the platform calls it."""
    function = first_text(span.attributes, _FUNCTION)
    return Described(
        label=f"invoke {function}" if function else span.name.strip() or "unnamed",
        outcome=outcome_of(failed=failure.failed, unanswered=failure.unanswered),
        callee=function,
    )


def cluster_host(span: Span) -> str:
    """Return the host that Envoy's name for an upstream cluster stands for, empty if none.

    Istio writes ``outbound|9080|v1|reviews.bookinfo.svc.cluster.local``; ``inbound`` is the
    service itself, and not whom it calls.
    """
    name = first_text(span.attributes, _CLUSTER)
    if not name or name in _NO_HOST or name.startswith("inbound|"):
        return ""
    parts = name.split("|")
    if len(parts) == _PARTS_OF_CLUSTER:
        host = parts[3].removesuffix(".svc.cluster.local")
        return f"{host}:{parts[1]}" if host and parts[1].isdecimal() else host
    return name
