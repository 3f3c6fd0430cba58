"""Recorded runs: two that are the same differ in nothing, others in what was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelhook.compare import compare
from otelhook.sequence.document import Document
from tests.compare.record import RECORDED
from tests.compare.runs import Runs, document_in

OPENSTACK = sorted((Path(__file__).parents[1] / "openstack" / "recorded").glob("*.json"))
CHANGED = {
    "added-call": ("steps", "added", "demo-client → image: GET /v2/images/{}", ""),
    "changed-status": (
        "status",
        "changed",
        "demo-client → image: PUT /v2/images/{}/file",
        "status",
    ),
    "renamed-field": ("body", "renamed", "answers by image", "body.min_ram"),
    "dropped-header": ("headers", "removed", "answers by image", "header.location"),
    "nested-field": ("body", "renamed", "answers by identity", "body.token.roles.0.name"),
    "other-header-dropped": ("headers", "removed", "answers by identity", "header.vary"),
    "user-agent": ("headers", "changed", "requests by image", "header.user-agent"),
    "another-value": ("body", "added", "answers by image", "body.tags.0"),
    "added-inner-call": ("steps", "added", "image → identity: GET /identity/", ""),
    "retried-post": ("repeats", "changed", "demo-client → image: POST /v2/images", ""),
}


def said(before: Document, after: Document) -> list[tuple[str, str, str, str]]:
    found = compare(before, after).findings
    return [(f.kind.value, f.change.value, f.where, f.place) for f in found]


def test_two_runs_of_the_demo_differ_in_nothing(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    assert said(runs.demo(), runs.demo_again()) == []


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_in_the_demos_services_is_exactly_one_finding(name: str) -> None:
    before = document_in(RECORDED / "as-it-is.json.gz")
    after = document_in(RECORDED / f"{name}.json.gz")
    assert said(before, after) == [CHANGED[name]]


def test_a_warm_token_cache_is_exactly_the_steps_of_the_opt_frame(tmp_path: Path) -> None:
    cold, warm = Runs(tmp_path).demo(), document_in(RECORDED / "warm.json.gz")
    (finding,) = compare(cold, warm).findings
    frame = cold.groups[0]
    assert finding.steps_before == tuple(range(frame.first, frame.last + 1))
    assert finding.steps_after == ()


@pytest.mark.parametrize("file", OPENSTACK, ids=lambda file: file.stem)
def test_a_run_does_not_differ_from_itself(file: Path) -> None:
    document = document_in(file)
    assert said(document, document) == []


def test_an_order_of_the_shop_differs_from_another_one_in_nothing(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    assert said(runs.shop(), runs.shop_again()) == []
