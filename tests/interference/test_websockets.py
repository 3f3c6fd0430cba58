"""Websockets over ASGI: with otelhook each goes as it goes without, and the document says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interference.asgi_held import site_differences
from tests.interference.asgi_results import hold_document
from tests.interference.websockets_held import SOCKET_PAIRS, WEBSOCKETS
from tests.interference.websockets_results import PATH, write_results

pytestmark = pytest.mark.timeout(900)
ALL = pytest.mark.parametrize("pair", SOCKET_PAIRS)


@ALL
def test_every_websocket_was_answered_bare(websockets: Any, pair: str) -> None:
    bare = websockets.of(pair)["bare"]
    assert set(bare) == set(WEBSOCKETS)
    assert bare["text"].wire.startswith(b"HTTP/1.1 101")
    assert bare["text"].wire.count(b"one") == 1
    assert b"done" in bare["server-closes"].wire
    assert bare["refused"].wire.startswith(b"HTTP/1.1 403")


@ALL
def test_with_ours_every_websocket_is_as_bare_and_one_exchange(websockets: Any, pair: str) -> None:
    held = websockets.of(pair)
    found = {
        name: (held["ours"][name].spans, bare.wire, held["ours"][name].wire)
        for name, bare in held["bare"].items()
        if site_differences(held["ours"][name], bare)
    }
    assert not found


@ALL
def test_with_ours_over_stock_no_websocket_is_worse_than_with_stock(
    websockets: Any, pair: str
) -> None:
    held = websockets.of(pair)
    worse: list[str] = []
    for name, bare in held["bare"].items():
        allowed = site_differences(held["stock"][name], bare)
        if set(site_differences(held["over"][name], bare)) - set(allowed):
            worse.append(name)
    assert not worse


def test_the_document_of_websockets_is_current(websockets: Any, request: Any) -> None:
    found = write_results({pair: websockets.of(pair) for pair in SOCKET_PAIRS})
    hold_document(PATH, found, write=request.config.getoption("--write-results"))
