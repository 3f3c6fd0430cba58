"""An object server that refuses before it has the object: its answer is recorded on both sides."""

from __future__ import annotations

from deploy.harness.verdict import Verdict
from deploy.openstack.checks.plain_client import PlainClient, new_trace
from deploy.openstack.installation import Installation
from deploy.openstack.traces import Recorded, orphans

__all__ = ["early_answers"]


def early_answers(installation: Installation) -> Verdict:
    """Write an object that is there already, on the condition that it is not.

    The proxy asks the object server with ``Expect: 100-continue`` and is told 412 in place of 100.
    """
    client = PlainClient(installation)
    client.sign_in()
    container = f"/v1/AUTH_{client.project}/early-answers"
    client.ask("swift-proxy-server", "PUT", container).raise_for_status()
    client.ask("swift-proxy-server", "PUT", f"{container}/one", data=b"first").raise_for_status()
    trace_id, headers = new_trace()
    headers["If-None-Match"] = "*"
    refused = client.ask(
        "swift-proxy-server", "PUT", f"{container}/one", data=b"second", headers=headers
    )
    recorded = Recorded(installation)
    recorded.quiet()
    spans = recorded.spans(trace_id)
    said = [
        (span.kind.name, span.attributes.get("http.response.status_code"))
        for span in sorted(spans, key=lambda span: span.start_time)
        if span.attributes.get("http.request.method") == "PUT"
    ]
    faults: list[str] = []
    status = refused.status_code
    if said != [("SERVER", status), ("CLIENT", status), ("SERVER", status)]:
        faults.append(f"proxy, its call and the object server say {said}")
    if len(orphans(spans)) > 1:  # the first one's parent is this client, which records nothing
        faults.append(f"{len(orphans(spans))} spans have no parent")
    measured = f"{status} from the object server, in {len(spans)} spans"
    return Verdict("an answer in place of 100 Continue is recorded", measured, tuple(faults))
