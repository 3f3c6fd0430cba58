"""Two values that any two runs have are the same; two that somebody chose are not."""

from __future__ import annotations

import json

import pytest

from otelhook.compare import compare
from otelhook.sequence.document import Document
from tests.passes.conftest import Conversation

SAME = {
    "a UUID": ("9b1f7c52-0f7e-4a51-9a43-3c1d8a5be0b1", "0c38973d-2c24-4ec8-be5d-8f0e8260076a"),
    "an id behind a word": (
        "req-9b1f7c52-0f7e-4a51-9a43-3c1d8a5be0b1",
        "req-0c38973d-2c24-4ec8-be5d-8f0e8260076a",
    ),
    "hex digits": ("9b1f7c520f7e4a519a433c1d8a5be0b1", "0c38973d2c24dec8be5d8f0e8260076a"),
    "an ObjectId": ("65a1f3c2e4b0a1d2c3f4a5b6", "65a1f3d8e4b0a1d2c3f4b7c8"),
    "a ULID": ("01HKXW3Z9QJ8V5Y2T4B6N8M0PA", "01HKXW4A2RK9W6Z3V5C7P9N1QB"),
    "a snowflake": ("1752412345678901234", "1752498765432109876"),
    "a nanoid": ("V1StGXR8_Z5jdHi6B-myT", "Uakgb_J5m9g-0JDMbcJqL"),
    "a Pod": ("web-7d4b9c6f5d-x2x8q", "web-6c8f7b5d9c-k9z4m"),
    "a container": ("3f4e8a1b2c9d", "a91be77d0c34"),
    "a short id in a name": ("queue-9b1f7c52", "queue-0c38973d"),
    "a temporary file": ("/tmp/tmpab12cd3e", "/tmp/tmpzq98_x1f"),
    "a place in memory": ("<Lock at 0x7f3a2c1d5e80>", "<Lock at 0x7f91ab3c0d10>"),
    "an address in a name": ("ip-10-0-1-12.ec2.internal", "ip-10-0-3-7.ec2.internal"),
    "an address": ("127.0.0.1:43512", "127.0.0.1:51234"),
    "a port": ("localhost:43512", "localhost:51234"),
    "ISO 8601": ("2026-11-30T12:00:01.123456+00:00", "2026-11-30T12:05:09+00:00"),
    "ISO 8601 in short": ("20261130T120001Z", "20261130T120509Z"),
    "a date of HTTP": ("Mon, 30 Nov 2026 12:00:01 GMT", "Mon, 30 Nov 2026 12:05:09 GMT"),
    "a date of C": ("Mon Nov 30 12:00:01 2026", "Mon Nov 30 12:05:09 2026"),
    "a date of a log": ("30/Nov/2026:12:00:01 +0000", "30/Nov/2026:12:05:09 +0000"),
    "a time of day": ("12:00:01", "12:05:09"),
    "seconds since 1970": ("1796040001.123", "1796040309.456"),
    "milliseconds since 1970": ("1796040001123", "1796040309456"),
    "how long it took": ("took 12ms", "took 15ms"),
    "how long by a clock": ("completed in 0.123 seconds", "completed in 0.311 seconds"),
    "a duration of ISO 8601": ("PT0.123S", "PT0.311S"),
    "the number of an order": ("order 48213 accepted", "order 48214 accepted"),
    "a number behind a hash": ("Order #1017 accepted", "Order #1018 accepted"),
    "a row that is asked for": (
        "SELECT name FROM orders WHERE order_id = 17",
        "SELECT name FROM orders WHERE order_id = 18",
    ),
    "a row that fails": ("Failing row contains (5, yacht)", "Failing row contains (6, yacht)"),
    "a row's key": ("Key (order_id)=(5) already exists", "Key (order_id)=(6) already exists"),
    "a number with zeros": ("INV-2026-000123", "INV-2026-000124"),
    "a thread": ("Thread-12", "Thread-17"),
    "a process": ("[pid 1234]", "[pid 998]"),
    "a thing by its URL": ("http://localhost:8080/orders/17", "http://localhost:8081/orders/18"),
    "a thing by its query": ("/orders?id=17", "/orders?id=18"),
    "base64": ("q83vEjRWeJCrze8SNFZ4kA==", "EjRWeJCrze8SNFZ4kKvN7w=="),
}
CHOSEN = {
    "a version": ("1.2.3", "1.2.4"),
    "the version of an interface": ("v2.9", "v2.15"),
    "a version of a program": ("curl/8.1", "curl/8.2"),
    "a word": ("lamp", "chair"),
    "words that are hex digits": ("deadbeef", "facade"),
    "a count": ("3 items", "4 items"),
    "a price": ("12.50", "13.50"),
    "a path": ("/v2/images", "/v2/tags"),
    "a host": ("db-primary", "db-replica"),
    "a size": ("1 GiB", "2 GiB"),
    "a share": ("50%", "60%"),
    "a limit": ("max-age=60", "max-age=90"),
    "a limit in words": ("timeout 30s", "timeout 60s"),
    "a model's year": ("model 2019", "model 2021"),
    "a name with numbers": ("cirros-0.6.1-x86_64", "cirros-0.7.0-x86_64"),
    "an attempt": ("attempt 1", "attempt 3"),
}
PLACES = ("field", "text", "header")


def run(place: str, value: str) -> Document:
    talk = Conversation()
    returned = {"field": {"value": value}, "text": {"lines": [f"see {value} here"]}}
    headers = {"x-value": value} if place == "header" else {}
    talk.ask("a", "b", "GET /x", headers=headers, returned=returned.get(place, {"a": 1}))
    return talk.document()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", SAME)
def test_what_any_two_runs_have_is_no_difference(name: str, place: str) -> None:
    before, after = SAME[name]
    assert compare(run(place, before), run(place, after)).findings == ()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", CHOSEN)
def test_what_somebody_chose_is_one(name: str, place: str) -> None:
    before, after = CHOSEN[name]
    assert len(compare(run(place, before), run(place, after)).findings) == 1


def answered(returned: object, headers: dict[str, str] | None = None) -> Document:
    talk = Conversation()
    talk.ask("a", "b", "GET /x", headers=headers or {}, returned=json.loads(json.dumps(returned)))
    return talk.document()


ITEMS = [{"name": name, "cents": 100, "tags": [{"text": "new"}]} for name in "abc"]


@pytest.mark.parametrize(
    ("after", "change", "place"),
    [
        ([{**item, "cents": 200} for item in ITEMS], "changed", "body.items.*.cents"),
        ([*ITEMS[:2], {**ITEMS[2], "cents": 200}], "changed", "body.items.2.cents"),
        (
            [{**item, "tags": [{"word": "new"}]} for item in ITEMS],
            "renamed",
            "body.items.*.tags.0.text",
        ),
        ([{k: v for k, v in item.items() if k != "cents"} for item in ITEMS], "removed", "cents"),
        ([ITEMS[1], {**ITEMS[0], "cents": 5}, ITEMS[2]], "changed", "body.items.0.cents"),
        ([*ITEMS, {"name": "d"}], "added", "body.items.3"),
    ],
)
def test_the_same_in_each_item_of_a_list_is_one_difference(after, change, place) -> None:
    (found,) = compare(answered({"items": ITEMS}), answered({"items": after})).findings
    assert found.change.value == change
    assert place in found.place


def test_an_item_is_known_by_its_name_wherever_it_stands() -> None:
    before = {"versions": [{"id": "v2.9", "status": "CURRENT"}]}
    after = {"versions": [{"id": f"v2.{n}", "status": "SUPPORTED"} for n in (11, 10, 9)]}
    found = compare(answered(before), answered(after)).findings
    assert [(f.change.value, f.place) for f in found] == [
        ("changed", "body.versions.0.status"),
        ("added", "body.versions.0"),
    ]


def test_a_header_with_another_name_is_one_difference() -> None:
    before, after = ({name: "keep this", "x-other": "1"} for name in ("x-old", "x-new"))
    (found,) = compare(answered({}, before), answered({}, after)).findings
    assert (found.change.value, found.place, found.after) == ("renamed", "header.x-old", "x-new")


@pytest.mark.parametrize("key", ["format", "message", "image", "language", "storage", "stat"])
def test_a_key_that_ends_like_a_time_is_none(key: str) -> None:
    assert compare(answered({key: "one"}), answered({key: "two"})).findings


@pytest.mark.parametrize("key", ["created_at", "createdAt", "startTime", "Date", "uptime", "ms"])
def test_a_key_of_a_time_says_nothing(key: str) -> None:
    assert not compare(answered({key: "one"}), answered({key: "two"})).findings
