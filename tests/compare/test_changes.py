"""The table of deliberate changes: each is found once, and nothing that did not change."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelhook.compare import compare
from tests.compare.changes import CHANGES, Change
from tests.compare.runs import Runs


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.kind}: {change.name}")
def test_a_change_made_on_purpose_is_found_and_nothing_else(change: Change, tmp_path: Path) -> None:
    found = compare(*change.make(Runs(tmp_path)))
    said = [(f.kind.value, f.change.value, f"{f.where} {f.place}") for f in found.findings]
    assert len(said) == len(change.expected), said
    for kind, how, where in change.expected:
        assert any(s[:2] == (kind, how) and where in s[2] for s in said), said
    assert change.remarks in " ".join(found.remarks)


def test_there_are_three_changes_of_each_of_ten_kinds() -> None:
    kinds = [change.kind for change in CHANGES]
    assert len(set(kinds)) == 10
    assert {kinds.count(kind) for kind in kinds} == {3}
