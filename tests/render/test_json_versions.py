from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.render import render
from otelhook.render.json import from_json, render_json, render_json_v1
from otelhook.sequence.document import (
    Document,
    Mark,
    Outcome,
    Participant,
    ParticipantKind,
    Protocol,
    StepKind,
)

RECORDED = Path(__file__).with_name("recorded")
FILES = sorted(RECORDED.glob("*.document-1.json"))


@pytest.fixture(scope="module")
def first_schema() -> dict[str, Any]:
    text = (RECORDED / "document-1.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_a_file_of_the_first_version_is_read_and_written_as_it_was(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert render_json_v1(from_json(text)) == text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_what_was_read_from_the_first_version_passes_through_the_second(path: Path) -> None:
    document = from_json(path.read_text(encoding="utf-8"))
    assert from_json(render_json(document)) == document


def test_the_first_versions_statuses_and_kinds_tell_the_outcomes() -> None:
    text = (RECORDED / "what_went_wrong.document-1.json").read_text(encoding="utf-8")
    found = [(step.kind, step.status_code, step.outcome) for step in from_json(text).steps]
    assert found[:4] == [
        (StepKind.REQUEST, None, None),
        (StepKind.FAILURE, None, Outcome.UNANSWERED),
        (StepKind.REQUEST, None, None),
        (StepKind.RESPONSE, 200, Outcome.OK),
    ]


def test_the_first_versions_errors_are_errors(seed: Document) -> None:
    refused = dataclasses.replace(seed.steps[1], status_code=503)
    old = render_json_v1(dataclasses.replace(seed, steps=(seed.steps[0], refused)))
    assert from_json(old).steps[1].outcome is Outcome.ERROR


@pytest.mark.parametrize("value", [5, "gopher", {"a": 1}])
@pytest.mark.parametrize("field", ["protocol", "outcome", "span_ids"])
def test_a_field_of_the_first_version_that_is_called_like_a_newer_one_is_ignored(
    seed: Document, field: str, value: object
) -> None:
    plain = json.loads(render_json_v1(seed))
    expected = from_json(json.dumps(plain))
    plain["counts"] = value
    plain["steps"][0][field] = value
    assert from_json(json.dumps(plain)) == expected


@pytest.mark.parametrize("value", [5, None, {"a": 1}, ["x"]])
def test_damaged_steps_of_the_first_version_are_refused_with_the_place(
    seed: Document, value: object
) -> None:
    plain = json.loads(render_json_v1(seed))
    plain["steps"] = value
    with pytest.raises(ValueError, match=r"^this document is damaged: document\.steps"):
        from_json(json.dumps(plain))


@given(data=st.data())
def test_any_document_is_written_as_the_first_version_described_it(
    documents: st.SearchStrategy[Document], data: st.DataObject, first_schema: dict[str, Any]
) -> None:
    text = render_json_v1(data.draw(documents))
    jsonschema.validate(json.loads(text), first_schema)
    assert render_json_v1(from_json(text)) == text


def test_other_protocols_are_told_in_the_words_of_the_first_version(seed: Document) -> None:
    request, answer = seed.steps[:2]
    steps = (
        dataclasses.replace(request, method="", label="INSERT orders", protocol=Protocol.DATABASE),
        dataclasses.replace(
            answer,
            method="",
            status_code=None,
            reason="",
            protocol=Protocol.DATABASE,
            outcome=Outcome.ERROR,
            message="null value",
            marks=(Mark.INFERRED, Mark.LATE),
        ),
        dataclasses.replace(
            answer,
            method="",
            number=3,
            status_code=None,
            reason="",
            protocol=Protocol.RPC,
            outcome=Outcome.OK,
            answer="OK",
        ),
    )
    shop = Participant("shop", ParticipantKind.DATABASE)
    changed = dataclasses.replace(seed, steps=steps, participants=(*seed.participants, shop))
    plain = json.loads(render(changed, "json-v1"))
    assert [(step["kind"], step["error"], step["reason"]) for step in plain["steps"]] == [
        ("request", "", ""),
        ("failure", "null value", ""),
        ("response", "", "OK"),
    ]
    assert plain["steps"][1]["marks"] == ["late"]
    assert plain["participants"][-1]["kind"] == "callee"
