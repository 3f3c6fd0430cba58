from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation.handwritten import agrees, derived_faults, interactions, messages, parse
from tests.evaluation.interactions import expected_of
from tests.evaluation.reading import read_file

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "traces"
INPUTS = messages(HERE / "inputs" / "expected.toml")
CHECKED = interactions(HERE / "checked.toml")


@pytest.mark.parametrize("name", INPUTS)
def test_what_is_derived_from_spans_is_what_a_person_wrote_down(name: str) -> None:
    (trace,) = read_file(HERE / "inputs" / name)
    lines = [parse(text) for text in INPUTS[name]]
    assert derived_faults(lines, expected_of(trace)) == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/traces")
@pytest.mark.parametrize("name", CHECKED)
def test_interactions_that_were_checked_by_hand_are_derived_as_they_were_read(name: str) -> None:
    derived = [each for t in read_file(SHARED / name) for each in expected_of(t).interactions]
    for ids, text in CHECKED[name]:
        of_these = [i for i in derived if [key[1] for key in i.spans] == ids.split()]
        line = parse(text)
        assert any(agrees(line, each) for each in of_these), (text, of_these)


def test_fifty_interactions_were_checked_by_hand() -> None:
    assert sum(map(len, CHECKED.values())) >= 50
