"""Real programs that call: with otelhook server and program get the same as without."""

from __future__ import annotations

import difflib
import json
from typing import Any

import pytest

from tests.interference.calls_held import HeldCall, call_differences

pytestmark = pytest.mark.timeout(600)


def _lines(aspect: Any) -> list[str]:
    return [json.dumps(one, default=lambda data: data.decode("latin-1")) for one in aspect]


def told(one: HeldCall, bare: HeldCall, aspects: list[str]) -> str:
    """Say in which lines a program's calls differ from the bare ones."""
    lines: list[str] = []
    for aspect in aspects:
        before, after = _lines(getattr(bare, aspect)), _lines(getattr(one, aspect))
        lines += difflib.unified_diff(before, after, f"bare {aspect}", aspect, lineterm="", n=0)
    return "\n".join(line[:2000] for line in lines)


def test_there_are_as_many_programs_as_was_promised_and_each_was_run_to_its_end(calls):
    assert len(calls["bare"]) >= 60
    assert [set(held) for held in calls.values()] == [set(calls["bare"])] * 4
    for held in calls.values():
        assert [name for name, one in held.items() if one.program[-1]["event"] != "done"] == []


def test_nearly_all_of_them_were_heard(calls):
    heard = [name for name, one in calls["bare"].items() if one.wire]
    assert len(heard) >= 0.95 * len(calls["bare"])


def test_with_ours_every_call_is_as_bare_and_each_request_has_a_span_of_its_own(calls):
    found = {
        name: told(one, bare, aspects)
        for name, bare in calls["bare"].items()
        if (aspects := call_differences(one := calls["ours"][name], bare))
    }
    assert not found, "\n\n".join(f"{name}\n{what}" for name, what in found.items())


def test_with_ours_over_stock_no_call_is_worse_than_with_stock(calls):
    found = {}
    for name, bare in calls["bare"].items():
        stock, over = calls["stock"][name], calls["over"][name]
        allowed = call_differences(stock, bare)
        worse = [aspect for aspect in call_differences(over, bare) if aspect not in allowed]
        if worse:
            found[name] = told(over, bare, worse)
    assert not found, "\n\n".join(f"{name}\n{what}" for name, what in found.items())
