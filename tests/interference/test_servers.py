"""Real servers, real sockets: with otelhook every conversation goes as it goes without."""

from __future__ import annotations

import difflib
import json
from typing import Any

import pytest

from tests.interference.conversations import Held, differences
from tests.interference.server_cases import CASES
from tests.interference.servers import SERVERS

pytestmark = [pytest.mark.timeout(600), pytest.mark.parametrize("server", SERVERS)]


def _lines(aspect: Any) -> list[str]:
    return [one if isinstance(one, str) else json.dumps(one, default=repr) for one in aspect]


def told(one: Held, bare: Held, aspects: list[str]) -> str:
    """Say in which lines a conversation differs from the bare one."""
    lines = [f"sent: {bare.sent[:300]!r}"]
    for aspect in aspects:
        before, after = _lines(getattr(bare, aspect)), _lines(getattr(one, aspect))
        lines += difflib.unified_diff(before, after, f"bare {aspect}", aspect, lineterm="", n=0)
    return "\n".join(line[:2000] for line in lines)


def test_there_are_as_many_conversations_as_was_promised(matrix, server):
    held = matrix.of(server)
    assert len(CASES) >= 60
    expected = {case.name for case in CASES if server not in case.not_on}
    assert [set(of_way) for of_way in held.values()] == [expected] * 4


def test_the_application_was_called_in_nearly_all_of_them(matrix, server):
    bare = matrix.of(server)["bare"].values()
    called = [one for one in bare if any(e["event"] == "called" for e in one.application)]
    assert len(called) >= 0.95 * len(bare)


def test_with_ours_every_conversation_is_as_bare_and_each_request_one_span(matrix, server):
    held = matrix.of(server)
    found = {
        name: told(one, bare, aspects)
        for name, bare in held["bare"].items()
        if (aspects := differences(one := held["ours"][name], bare))
    }
    assert not found, "\n\n".join(f"{server} {name}\n{what}" for name, what in found.items())


def test_with_ours_over_stock_no_conversation_is_worse_than_with_stock(matrix, server):
    held = matrix.of(server)
    found = {}
    for name, bare in held["bare"].items():
        stock, over = held["stock"][name], held["over"][name]
        allowed = differences(stock, bare)
        worse = [aspect for aspect in differences(over, bare) if aspect not in allowed]
        if worse:
            found[name] = told(over, bare, worse)
    assert not found, "\n\n".join(f"{server} {name}\n{what}" for name, what in found.items())
