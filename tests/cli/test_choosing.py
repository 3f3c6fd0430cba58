"""Which traces go on a document: ids, or a time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from otelhook.cli.choosing import moment
from otelhook.errors import ConfigError
from otelhook.model import Link, SpanId, TraceId

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


def _linked(exchange: Any, number: int, *others: int) -> Any:
    """Return an exchange whose server's span links to others, a second after that of number 1."""
    client, server = exchange(number, path=f"/{number}", started=NOW + number)
    links = tuple(Link(TraceId(f"{n:032x}"), SpanId("1" * 16)) for n in others)
    return client, replace(server, links=links)


def _id(number: int) -> str:
    return f"{number:032x}"


@pytest.mark.parametrize(
    ("links", "paths"),
    [
        ({1: (), 2: ()}, ["/1"]),
        ({1: (2,), 2: ()}, ["/1", "/2"]),
        ({1: (2,), 2: (3,), 3: ()}, ["/1", "/2", "/3"]),
        ({1: (2,), 2: (1,)}, ["/1", "/2"]),  # in a circle
        ({1: (2, 3, 1), 2: (3, 2, 1), 3: (1, 2, 3)}, ["/1", "/2", "/3"]),
        ({1: (), 2: (1,)}, ["/1"]),  # links lead one way
    ],
)
def test_links_are_followed_on_request(
    otelhook: Any, stored: Any, exchange: Any, links: dict[int, tuple[int, ...]], paths: list[str]
) -> None:
    for number, others in links.items():
        stored(_linked(exchange, number, *others))
    done = otelhook("render", _id(1), "--format", "json", "--follow-links")
    assert _paths(done) == paths
    assert json.loads(done.out)["warnings"] == []
    assert _paths(otelhook("render", _id(1), "--format", "json")) == ["/1"]


def test_links_of_all_that_began_in_a_time_are_followed_too(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(_linked(exchange, 1))
    stored(_linked(exchange, 5, 1))
    since = ("--since", "2023-11-14T22:13:24Z", "--format", "json")
    assert _paths(otelhook("render", *since)) == ["/5"]
    assert _paths(otelhook("render", *since, "--follow-links")) == ["/1", "/5"]


def test_a_link_to_what_is_not_there_is_said_and_the_rest_rendered(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(_linked(exchange, 1, 9, 2))
    stored(_linked(exchange, 2))
    done = otelhook("render", _id(1), "--format", "json", "--follow-links")
    assert _paths(done) == ["/1", "/2"]
    assert _id(9) in done.err
    assert done.err.count("\n") == 1
    assert json.loads(done.out)["warnings"] == [
        f"Links lead to another trace, {_id(9)}: --follow-links brings in what there is of it."
    ]
