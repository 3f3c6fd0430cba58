"""The page that the seed's author wrote by hand, step by step, and how ours compares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from otelhook.sequence.document import Document, Step, StepKind

__all__ = ["STEPS", "Comparison", "compare"]

STEPS: tuple[str, ...] = (
    "openstack->>keystone: GET /identity/",
    "keystone-->>openstack: 300 /identity/",
    "openstack->>keystone: POST /identity/v3/auth/tokens",
    "keystone-->>openstack: 201 /identity/v3/auth/tokens",
    "openstack->>glance-api: POST /v2/images",
    "glance-api->>keystone: GET /identity/",
    "keystone-->>glance-api: 300 /identity/",
    "glance-api->>keystone: POST /identity/v3/auth/tokens",
    "keystone-->>glance-api: 201 /identity/v3/auth/tokens",
    "glance-api->>keystone: GET /identity/v3/auth/tokens",
    "keystone-->>glance-api: 200 /identity/v3/auth/tokens",
    "glance-api-->>openstack: 201 /v2/images",
    "openstack->>glance-api: PUT /v2/images/{image_id}/file",
    "glance-api->>keystone: POST /identity/v3/auth/tokens",
    "keystone-->>glance-api: 201 /identity/v3/auth/tokens",
    "glance-api->>swift-proxy-server: HEAD /v1/{account}/glance",
    "swift-proxy-server->>keystone: GET /identity/v3/auth/tokens",
    "keystone-->>swift-proxy-server: 200 /identity/v3/auth/tokens",
    "swift-proxy-server-->>glance-api: 204 /v1/{account}/glance",
    "glance-api->>swift-proxy-server: PUT /v1/{account}/glance/{image_id}",
    "swift-proxy-server-->>glance-api: 201 /v1/{account}/glance/{image_id}",
    "glance-api-->>openstack: 204 /v2/images/{image_id}/file",
)
"""`openstack image create` of 2022 (openstacksdk 0.101, Zed): who, whom, what; without the reason
phrases, whose case has changed since."""

_BECAUSE: dict[str, str] = {
    r"(openstack->>glance-api: GET|glance-api-->>openstack: 300) /": (
        "configuration: the filter stands before glance's versionnegotiation, the seed's after it"
    ),
    r"(openstack->>glance-api: GET|glance-api-->>openstack: 200) /v2/images/\{image_id\}": (
        "version: openstacksdk 4.22 reads the image once more when its data is there, and so shows "
        "it as active; 0.101, the seed's, showed what POST had answered: queued"
    ),
}
"""Steps that the seed has not, and why ours has."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which of the seed's steps are there, in their order, and what else is."""

    found: tuple[tuple[int, int], ...]
    """The seed's number and ours, of each step that both have."""
    missing: tuple[tuple[int, str], ...]
    """The seed's number and its step."""
    more: tuple[tuple[int, str, str], ...]
    """Our number, the step, and why the seed has none; the reason is empty if nobody knows it."""

    @property
    def unexplained(self) -> int:
        """How many differences have no reason."""
        return len(self.missing) + sum(not why for _, _, why in self.more)


def compare(document: Document) -> Comparison:
    """Compare a document of ``openstack image create`` with the seed's."""
    ours = [_line(step) for step in document.steps]
    matcher = SequenceMatcher(None, STEPS, ours, autojunk=False)
    pairs = [
        (block.a + index, block.b + index)
        for block in matcher.get_matching_blocks()
        for index in range(block.size)
    ]
    theirs, own = {a for a, _ in pairs}, {b for _, b in pairs}
    return Comparison(
        tuple((a + 1, b + 1) for a, b in pairs),
        tuple((a + 1, step) for a, step in enumerate(STEPS) if a not in theirs),
        tuple((b + 1, step, _why(step)) for b, step in enumerate(ours) if b not in own),
    )


def _line(step: Step) -> str:
    arrow = "->>" if step.kind is StepKind.REQUEST else "-->>"
    what = step.method if step.kind is StepKind.REQUEST else str(step.status_code)
    return f"{step.source}{arrow}{step.target}: {what} {step.label}"


def _why(step: str) -> str:
    return next((why for pattern, why in _BECAUSE.items() if re.fullmatch(pattern, step)), "")


def lines(comparison: Comparison) -> Sequence[str]:
    """Return the comparison as a reader wants it."""
    said = [f"{len(comparison.found)} of the seed's {len(STEPS)} steps are there, in its order"]
    said += [f"  missing ({number}) {step}" for number, step in comparison.missing]
    for number, step, why in comparison.more:
        said.append(f"  more    ({number}) {step}")
        said.append(f"          {why or 'NOT EXPLAINED'}")
    return said
