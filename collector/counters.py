"""What the collector counts of itself, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["Counters"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Counters:
    """Counters of one collector, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "otelhook_requests",
            "Requests by receiver and outcome",
            ("receiver", "outcome"),
            registry=self.registry,
        )
        self.received = Counter(
            "otelhook_received_spans",
            "Spans that came in requests that were taken",
            ("receiver",),
            registry=self.registry,
        )
        self.rejected = Counter(
            "otelhook_rejected_spans",
            "Spans left out of requests that were taken, because they are malformed",
            ("receiver",),
            registry=self.registry,
        )
        self.other = Counter(
            "otelhook_other_signals",
            "Items of other signals that were sent here and are not kept",
            ("signal",),
            registry=self.registry,
        )
        self.stored = Counter(
            "otelhook_stored_spans",
            "Spans that are in the store",
            ("outcome",),
            registry=self.registry,
        )
        self.commits = Histogram(
            "otelhook_commit_seconds",
            "How long it took to make spans durable",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.retained = Counter(
            "otelhook_deleted_traces", "Traces that left by age or size", registry=self.registry
        )
        self.failures = Counter(
            "otelhook_store_failures", "Commits that failed", registry=self.registry
        )

    def watch(self, name: str, what: str, value: Callable[[], float]) -> None:
        """Show a value that is asked for whenever the metrics are read."""
        Gauge(name, what, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self.registry)
