from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from otelhook.model import Resource


def test_nothing_recorded_says_how_to_begin(otelhook: Any) -> None:
    done = otelhook("traces")
    assert done.code == 0
    assert done.out.splitlines() == [
        f"nothing is recorded in the store in {otelhook.data_dir}",
        "begin with: otelhook demo, or: otelhook run --service NAME -- COMMAND",
    ]


def test_the_newest_is_first_in_aligned_columns(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(
        [
            *exchange(0xAB << 120, started=1_700_000_000),
            *exchange(0xCD << 120, started=1_700_000_060, status=404),
        ]
    )
    assert otelhook("traces").out.splitlines() == [
        "TRACE     STARTED              ROOT            SERVICES     STEPS  ERRORS  DURATION",
        "cd000000  2023-11-14 22:14:20  GET /v2/images  shop, stock      2       1   3.00 ms",
        "ab000000  2023-11-14 22:13:20  GET /v2/images  shop, stock      2       -   3.00 ms",
    ]


def test_the_limit_keeps_the_newest(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored([span for n in range(1, 6) for span in exchange(n << 120, started=n)])
    lines = otelhook("traces", "--limit", "2").out.splitlines()[1:]
    assert [line[:2] for line in lines] == ["05", "04"]


def test_short_ids_are_long_enough_to_be_unique(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored([*exchange(0xABCD_EF01_2345 << 80), *exchange(0xABCD_EF01_2346 << 80)])
    rows = json.loads(otelhook("traces", "--json").out)
    assert sorted(row["short_id"] for row in rows) == ["abcdef012345", "abcdef012346"]
    for row in rows:
        assert otelhook("render", row["short_id"]).code == 0


def test_json_has_times_in_nanoseconds(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    assert json.loads(otelhook("traces", "--json").out) == [
        {
            "trace_id": f"{7:032x}",
            "short_id": "00000000",
            "start_time": 1_700_000_000_000_000_000,
            "root": "GET /v2/images",
            "services": ["shop", "stock"],
            "steps": 2,
            "errors": 0,
            "duration": 3_000_000,
        }
    ]
    assert json.loads(otelhook("traces", "--json", "--from", "store:empty").out) == []


def test_hostile_names_cannot_move_the_cursor(otelhook: Any, stored: Any, exchange: Any) -> None:
    hostile = Resource({"service.name": "a\x1b[2Jb\nc\x9b1m\u202ed"})
    stored([replace(span, resource=hostile, name="x\r\nTRACE") for span in exchange(7)])
    done = otelhook("traces")
    assert len(done.out.splitlines()) == 2
    assert not set(done.out) & set("\x1b\x9b\r\u202e")
    assert done.err == ""


def test_another_store_is_read_with_from(otelhook: Any, stored: Any, exchange: Any) -> None:
    path = stored(exchange(7))
    for place in (path, path.parent):
        assert "shop, stock" in otelhook("traces", "--from", f"store:{place}").out
    assert "shop, stock" in otelhook("traces", "--data-dir", path.parent).out


def test_names_of_services_that_redact_nothing_are_redacted(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    client, server = exchange(7)
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    named = replace(client, name="log in with password=Hunter2-x9Q7")
    stored([named, replace(server, resource=Resource({"service.name": token}))])
    for words in (("traces",), ("traces", "--json")):
        out = otelhook(*words).out
        assert "log in with password=" in out
        assert "Hunter2" not in out
        assert token not in out
