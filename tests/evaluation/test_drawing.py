from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation.drawn import Drawing, drawing_of
from tests.evaluation.feeding import documents_of
from tests.evaluation.figure import Result, evaluated
from tests.evaluation.handwritten import drawn_faults, interactions, messages, parse
from tests.evaluation.reading import read_file

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "traces"
INPUTS = messages(HERE / "inputs" / "expected.toml")
CHECKED = interactions(HERE / "checked.toml")
FILES = sorted(path for path in SHARED.rglob("*.json*")) if SHARED.is_dir() else []


def faults(result: Result) -> list[str]:
    found = [
        f"{each.verdict}: {each.interaction.what} {each.interaction.names}: {fault}"
        for each in result.verdicts
        if each.verdict != "shown"
        for fault in each.faults or ("in no step, no detail, no count",)
    ]
    found += [f"extra: {e.source} -> {e.target}: {e.label.strip()}" for e in result.extra]
    return found if result.read else ["otelhook refused the file", *found]


def drawings(path: Path) -> list[Drawing]:
    traces = read_file(path)
    documents, _ = documents_of(path, traces)
    return [
        drawing_of(documents[trace.id], frozenset(span.key for span in trace.spans))
        for trace in traces
    ]


@pytest.mark.parametrize("name", INPUTS)
def test_a_document_draws_what_a_person_wrote_down_and_no_more(name: str) -> None:
    (drawing,) = drawings(HERE / "inputs" / name)
    assert drawn_faults([parse(text) for text in INPUTS[name]], drawing) == []


@pytest.mark.parametrize("name", INPUTS)
def test_nothing_that_the_spans_show_is_drawn_wrong_or_lost(name: str) -> None:
    assert faults(evaluated(HERE / "inputs" / name)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_wrong_or_lost_in_traces_from_elsewhere(path: Path) -> None:
    assert faults(evaluated(path)) == []


@pytest.mark.skipif(not FILES, reason="needs ../shared/traces")
@pytest.mark.parametrize("name", CHECKED)
def test_what_was_checked_by_hand_is_drawn(name: str) -> None:
    (drawing,) = drawings(SHARED / name)
    lines = [parse(text) for _, text in CHECKED[name]]
    missing = [each for each in drawn_faults(lines, drawing) if each.startswith("missing")]
    assert missing == []


def test_files_of_many_kinds_with_one_trace_in_them_make_one_document() -> None:
    names = [name for name in INPUTS if name.startswith("file-")]
    drawn = {}
    for name in names:
        (drawing,) = drawings(HERE / "inputs" / name)
        drawn[name] = [(e.source, e.target, e.label, e.outcome) for e in drawing.exchanges]
    assert len({str(each) for each in drawn.values()}) == 1, drawn
