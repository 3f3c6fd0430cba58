"""ASGI servers and frameworks: with otelhook every conversation goes as it goes without."""

from __future__ import annotations

import difflib
from typing import Any

import pytest

from tests.interference.asgi_held import CONVERSATIONS, PAIRS, HeldSite, site_differences

pytestmark = [pytest.mark.timeout(900), pytest.mark.parametrize("pair", PAIRS)]


def told(one: HeldSite, bare: HeldSite) -> str:
    before, after = bare.wire.decode("latin-1"), one.wire.decode("latin-1")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join([*lines, *one.spans])


def test_every_conversation_was_answered_but_those_that_ask_nothing(sites: Any, pair: str) -> None:
    bare = sites.of(pair)["bare"]
    assert set(bare) == set(CONVERSATIONS)
    silent = {name for name, one in bare.items() if not one.wire}
    # What a handler of http.server raises ends the connection.
    assert silent <= {"half", "nonsense", *(["fail"] if pair == "http.server" else [])}
    assert b'"method": "POST"' in bare["post"].wire
    assert b"three\n" in bare["stream"].wire


def test_with_ours_every_conversation_is_as_bare_and_each_request_one_span(
    sites: Any, pair: str
) -> None:
    held = sites.of(pair)
    found = {
        name: told(held["ours"][name], bare)
        for name, bare in held["bare"].items()
        if site_differences(held["ours"][name], bare)
    }
    assert not found, "\n\n".join(f"{pair} {name}\n{what}" for name, what in found.items())


def test_with_ours_over_stock_no_conversation_is_worse_than_with_stock(
    sites: Any, pair: str
) -> None:
    held = sites.of(pair)
    if "stock" not in held:
        pytest.skip("no stock instrumentation of it is installed")
    found: dict[str, str] = {}
    for name, bare in held["bare"].items():
        allowed = site_differences(held["stock"][name], bare)
        over = held["over"][name]
        if [aspect for aspect in site_differences(over, bare) if aspect not in allowed]:
            found[name] = told(over, bare)
    assert not found, "\n\n".join(f"{pair} {name}\n{what}" for name, what in found.items())
