"""SIGTERM to each service, right after it has answered: no span is lost."""

from __future__ import annotations

from deploy.harness.verdict import Verdict
from deploy.openstack.checks.plain_client import PlainClient, new_trace
from deploy.openstack.installation import Installation
from deploy.openstack.services import start_services, stop_services
from deploy.openstack.traces import Recorded
from otelhook.model import SpanKind

__all__ = ["no_span_is_lost"]

_REQUESTS = 20
_PATHS = {
    "keystone": "/v3/projects",
    "glance-api": "/v2/images",
    "placement-api": "/resource_providers",
    "swift-proxy-server": "/v1/AUTH_{project}",
    "swift-account-server": "/recon/version",
    "swift-container-server": "/recon/version",
    "swift-object-server": "/recon/version",
}


def no_span_is_lost(installation: Installation) -> Verdict:
    """Ask each service some times, stop it at once, and count its spans."""
    recorded = Recorded(installation)
    faults: list[str] = []
    for service, path in _PATHS.items():
        client = PlainClient(installation)
        client.sign_in()
        traces = [new_trace() for _ in range(_REQUESTS)]
        for _, headers in traces:
            client.ask(service, "GET", path.format(project=client.project), headers=headers)
        stop_services(installation, [service])
        found = sum(_answered(recorded, trace_id, service) for trace_id, _ in traces)
        if found != _REQUESTS:
            faults.append(f"{service}: {found} of {_REQUESTS} requests are recorded")
        start_services(installation, [service])
    measured = f"{len(_PATHS)} services, {_REQUESTS} requests each"
    return Verdict("SIGTERM loses no span", measured, tuple(faults))


def _answered(recorded: Recorded, trace_id: str, service: str) -> bool:
    return any(
        span.kind is SpanKind.SERVER and span.resource.attributes.get("service.name") == service
        for span in recorded.spans(trace_id)
    )
