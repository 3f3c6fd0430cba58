"""The flow of forty recorded runs of the demo's image create, against services that keep running.

What is expected was written down before they were recorded: 10 runs find the image service without
a token, 3 with one that is expired, 4 fail as the disk is full, 2 store at the second attempt.
"""

from __future__ import annotations

import pytest

from otelhook.compare.flow.checking import check
from otelhook.compare.flow.common import NamedRun, common_flow
from otelhook.compare.flow.drawing import drawn
from otelhook.compare.flow.model import Flow
from otelhook.compare.flow.rules import parse_flow
from otelhook.compare.flow.writing import written
from otelhook.render import FORMATS, render
from otelhook.sequence import compose
from otelhook.settings import Settings
from otelhook.sources import open_source
from tests.compare.record import RECORDED

EXPECTED = """
demo-client -> identity: GET /identity/ = 300
demo-client -> identity: POST /identity/v3/auth/tokens = 201
demo-client -> image: POST /v2/images = 201
  repeated 1..:  # 1 to 2 times
    optional:  # in 13 of 39 times
      image -> identity: GET /identity/ = 300
      image -> identity: POST /identity/v3/auth/tokens = 201
    image -> identity: GET /identity/v3/auth/tokens = 200, 401
demo-client -> image: PUT /v2/images/{}/file = 204
  image -> identity: POST /identity/v3/auth/tokens = 201
  image -> object-store: HEAD /v1/{}/images = 204
    object-store -> identity: GET /identity/v3/auth/tokens = 200
  repeated 1..:  # 1 to 2 times
    image -> object-store: PUT /v1/{}/images/{} = 201, 503
"""


@pytest.fixture(scope="module")
def runs() -> list[NamedRun]:
    source = open_source(str(RECORDED / "forty.json.gz"), Settings())
    found = [source.trace(trace_id) for trace_id in source.newest(100)]
    return [NamedRun(trace.trace_id, compose(trace.spans)) for trace in found]


@pytest.fixture(scope="module")
def flow(runs: list[NamedRun]) -> Flow:
    return common_flow(runs)


def test_the_flow_is_the_one_that_was_written_down_before(flow: Flow) -> None:
    assert flow.runs == 36
    assert written(flow).partition("flow = '''")[2].strip().removesuffix("'''") == EXPECTED.lstrip()


def test_answers_that_differ_are_counted(flow: Flow) -> None:
    upload = flow.level.nodes["demo-client -> image: PUT /v2/images/{}/file"]
    stored = upload.inside.nodes["image -> object-store: PUT /v1/{}/images/{}"]
    assert stored.answers == (("201", 36), ("503", 2))


def test_failures_stand_apart_with_a_run_that_shows_one(flow: Flow, runs: list[NamedRun]) -> None:
    (failure,) = flow.failures
    assert failure.times == 4
    assert failure.what.startswith("image -> object-store: PUT /v1/{}/images/{}: 507")
    assert failure.run in {run.name for run in runs}


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "png"])
def test_every_renderer_draws_it(form: str, flow: Flow) -> None:
    assert render(drawn(flow), form)


def test_each_run_that_succeeded_fits_it_and_each_that_failed_does_not(
    flow: Flow, runs: list[NamedRun]
) -> None:
    rules = parse_flow(written(flow), "flow.toml")
    misfits = [check(run.document, rules) for run in runs]
    assert sum(1 for found in misfits if not found) == 36
    said = {misstep.why for found in misfits for misstep in found}
    assert any("507" in why for why in said)
