"""Ten commands at once: each is one trace, and no step of it is in another's.

Five read images through glance and swift, five write objects to swift. None writes to glance's
database: SQLite lets one at a time do so, and refuses the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from deploy.harness.verdict import Verdict
from deploy.openstack.checks.plain_client import PlainClient
from deploy.openstack.installation import Installation
from deploy.openstack.scenarios import IMAGE, traced, work_folder
from deploy.openstack.traces import Recorded, orphans
from otelhook.model import Span

__all__ = ["ten_at_once"]

_EACH = 5
_CONTAINER = "at-once"
_SERVICES = {"openstack", "keystone", "swift-proxy-server", "swift-object-server"}


@dataclass(frozen=True, slots=True)
class _Command:
    words: tuple[str, ...]
    mark: str
    """Stands in a path of each of its own calls about data, and in none of another command's."""
    services: set[str]
    """Which must have recorded something of it."""


def ten_at_once(installation: Installation) -> Verdict:
    """Run ten commands at the same time and look whose each span is."""
    recorded = Recorded(installation)
    folder = work_folder(installation)
    client = PlainClient(installation)
    client.sign_in()
    images = [_image(client, (folder / f"{IMAGE}.img").read_bytes()) for _ in range(_EACH)]
    container = f"/v1/AUTH_{client.project}/{_CONTAINER}"
    client.ask("swift-proxy-server", "PUT", container).raise_for_status()
    recorded.quiet()
    before = recorded.ids()
    commands = [*_reading(images), *_writing()]
    with ThreadPoolExecutor(len(commands)) as pool:
        done = [pool.submit(traced, installation, one.words, folder) for one in commands]
        ours = {future.result()[0]: command for future, command in zip(done, commands, strict=True)}
    recorded.settled(list(ours))
    marks = {command.mark for command in commands}
    faults = [
        f"trace {trace_id}, {' '.join(command.words[:2])} {command.mark}: {fault}"
        for trace_id, command in ours.items()
        for fault in _faults(recorded.spans(trace_id), command, marks)
    ]
    strays = recorded.ids() - before - ours.keys()
    faults += [f"trace {trace_id} belongs to no command" for trace_id in sorted(strays)]
    spans = sum(len(recorded.spans(trace_id)) for trace_id in ours)
    for image in images:
        client.ask("glance-api", "DELETE", f"/v2/images/{image}").raise_for_status()
    measured = f"{len(commands)} commands, {len(ours)} traces, {spans} spans, {len(strays)} outside"
    return Verdict("ten commands at once are ten traces", measured, tuple(faults))


def _image(client: PlainClient, data: bytes) -> str:
    about = {"name": "at-once", "disk_format": "qcow2", "container_format": "bare"}
    made = client.ask("glance-api", "POST", "/v2/images", json=about)
    made.raise_for_status()
    image = str(made.json()["id"])
    kind = {"Content-Type": "application/octet-stream"}
    path = f"/v2/images/{image}/file"
    client.ask("glance-api", "PUT", path, data=data, headers=kind).raise_for_status()
    return image


def _reading(images: Sequence[str]) -> Iterator[_Command]:
    for image in images:
        words = ("image", "save", "--file", f"{image}.saved", image)
        yield _Command(words, image, {*_SERVICES, "glance-api"})


def _writing() -> Iterator[_Command]:
    for number in range(_EACH):
        name = f"object-{number}"
        words = ("object", "create", "--name", name, _CONTAINER, f"{IMAGE}.img")
        yield _Command(words, name, {*_SERVICES, "swift-container-server"})


def _faults(spans: Sequence[Span], command: _Command, marks: set[str]) -> Iterator[str]:
    services = {str(span.resource.attributes.get("service.name")) for span in spans}
    if lacking := command.services - services:
        yield f"nothing of {', '.join(sorted(lacking))}"
    for span in orphans(spans):
        yield f"{span.name} of {span.resource.attributes.get('service.name')} has no parent"
    found = 0
    for span in spans:
        path = str(span.attributes.get("url.full") or span.attributes.get("url.path") or "")
        here = {mark for mark in marks if re.search(rf"/{mark}(?![\w-])", path)}
        found += command.mark in here
        if others := here - {command.mark}:
            yield f"a call about {', '.join(sorted(others))}"
    if not found:
        yield "no call about its own data"
