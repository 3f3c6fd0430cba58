"""Whom a proxy calls, by the name that it gives to a cluster of hosts."""

from __future__ import annotations

import pytest

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.sequence.protocols.plain import cluster_host


@pytest.mark.parametrize(
    ("cluster", "host"),
    [
        ("outbound|9080|v1|reviews.shop.svc.cluster.local", "reviews.shop:9080"),
        ("outbound|9080||reviews.shop.svc.cluster.local", "reviews.shop:9080"),
        ("outbound|http|v1|reviews.shop", "reviews.shop"),
        ("outbound|9080||", ""),
        ("inbound|9080|v1|reviews", ""),
        ("a|b|c", "a|b|c"),
        ("reviews", "reviews"),
        ("PassthroughCluster", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_upstream_cluster(cluster: str, host: str) -> None:
    span = Span(
        *(TraceId("1" * 32), SpanId("2" * 16), None, "egress", SpanKind.CLIENT, 0, 1),
        {"upstream_cluster": cluster},
        Resource({"service.name": "shop"}),
    )
    assert cluster_host(span) == host
