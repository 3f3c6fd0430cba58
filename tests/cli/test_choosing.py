"""Which traces go on a document: ids, or a time."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from otelhook.cli.choosing import moment
from otelhook.errors import ConfigError

NOW = 1_700_000_000


def _paths(done: Any) -> list[str]:
    assert done.code == 0, done.err
    return [step["path"] for step in json.loads(done.out)["steps"][::2]]


@pytest.mark.parametrize(
    ("times", "paths"),
    [
        (("--since", "2023-11-14T22:13:22Z"), ["/2", "/3"]),
        (("--until", "2023-11-14T22:13:22+00:00"), ["/1", "/2"]),
        (("--since", "2023-11-14T22:13:22Z", "--until", "2023-11-15T00:13:22+02:00"), ["/2"]),
        (("--since", "2023-01-01"), ["/1", "/2", "/3"]),
    ],
)
def test_all_that_began_between_two_times_is_one_document_in_order(
    otelhook: Any, stored: Any, exchange: Any, times: tuple[str, ...], paths: list[str]
) -> None:
    for number in (3, 1, 2):
        stored(exchange(number, path=f"/{number}", started=NOW + number))
    done = otelhook("render", *times, "--format", "json")
    assert _paths(done) == paths
    numbers = [step["number"] for step in json.loads(done.out)["steps"]]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--since 1h", (3, "no trace began in that time in the store")),
        ("--since 2h --until 3h", (2, "--until 3h is before --since 2h")),
        ("latest --since 1h", (2, "name traces by their ids or by --since and --until, not both")),
        (
            "--until yesterday",
            (2, "'yesterday' is not a time: write 2026-11-26T10:00, or how long ago"),
        ),
    ],
)
def test_a_time_that_cannot_be_used_is_one_line(
    otelhook: Any, stored: Any, exchange: Any, arguments: str, expected: tuple[int, str]
) -> None:
    stored(exchange(7, started=NOW))
    done = otelhook("render", *arguments.split())
    assert done.code == expected[0]
    assert done.err.startswith(f"otelhook: {expected[1]}")
    assert done.err.count("\n") == 1


def test_a_time_is_a_date_or_how_long_ago() -> None:
    now = NOW * 10**9
    assert moment("90s", now) == now - 90 * 10**9
    assert moment("2d", now) == now - 2 * 86_400 * 10**9
    assert moment("2023-11-14T22:13:20.000001Z", 0) == now + 1_000
    local = datetime.fromtimestamp(NOW, timezone.utc).astimezone().replace(tzinfo=None)
    assert moment(local.isoformat(), 0) == now
    for text in ("", "10", "m", "9999-99-99", "1e9s", "0001-01-01T00:00:00+23:59x"):
        with pytest.raises(ConfigError, match="is not a time"):
            moment(text, now)
