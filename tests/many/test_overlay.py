"""What `make many` changes in the files of deploy/many-machines: what it says, and no more."""

from __future__ import annotations

import re

import pytest

from deploy.many.differences import REASONS, paths
from deploy.many.parts import FILES


@pytest.mark.parametrize("file", FILES.values())
def test_each_value_that_is_changed_has_its_reason(file: str) -> None:
    changed = list(paths(file))
    assert changed
    assert [path for path in changed if not any(re.fullmatch(one, path) for one in REASONS)] == []


@pytest.mark.parametrize("pattern", REASONS)
def test_no_reason_is_given_for_what_is_not_changed(pattern: str) -> None:
    assert any(re.fullmatch(pattern, path) for file in FILES.values() for path in paths(file))
