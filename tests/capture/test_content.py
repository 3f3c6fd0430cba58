"""What of a body is recorded."""

from __future__ import annotations

import gzip
import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.capture.record.content import (
    BINARY_LIMIT,
    BodyForm,
    _decode,
    _end_of_look,
    _may_be_text,
    _printable,
    _reads_as_text,
    read_content,
)
from otelhook.capture.record.tee import Tee
from otelhook.redaction import MARKER, Redactor

REDACTOR = Redactor.make()

_pieces = st.sampled_from(
    [b"c", b"{", b"\n", b" ", b"\x85", b"\xff", b"\x1c", b"\x00", b"\xc2\xa0", "é😀\u2028".encode()]
)


@given(st.lists(st.tuples(_pieces, st.integers(1, 3000)), max_size=5))
def test_bytes_that_are_quickly_seen_to_be_no_text_are_none(runs: list[tuple[bytes, int]]) -> None:
    data = b"".join(piece * count for piece, count in runs)
    for whole in (True, False):
        text = _decode(data, "utf-8", whole=whole)
        if text is not None and _reads_as_text(text) and _printable(text):
            assert _may_be_text(data)


@pytest.mark.parametrize("data", [b"c" * 5000, b"\x00", b"text\x01" * 9, b" \n"[:1] * 4097])
def test_most_bytes_that_are_no_text_are_quickly_seen_to_be_none(data: bytes) -> None:
    assert not _may_be_text(data)


def read(data: bytes, content_type="text/plain", coding="", *, whole=True, limit=60_000):
    return read_content(data, BodyForm(content_type, coding, whole), limit, REDACTOR)


@pytest.mark.parametrize(
    ("content_type", "data", "content"),
    [
        ("text/plain", "é".encode(), "é"),
        ("text/plain; charset=latin-1", "é".encode("latin-1"), "é"),
        ("text/plain; charset=UTF-16", "é".encode("utf-16"), "é"),
        ("application/json", b"{}", "{}"),
        ("application/vnd.api+json; x=y", b"{}", "{}"),
        ("application/openstack-images-v2.1-json-patch", b"[]", "[]"),
        ("application/xml", b"<a/>", "<a/>"),
        ("image/svg+xml", b"<svg/>", "<svg/>"),
        ("application/x-www-form-urlencoded", b"a=1", "a=1"),
        ("application/octet-stream", b"plain", "plain"),
        ("application/octet-stream", b"\x00plain", b"\x00plain"),
        ("application/octet-stream", b"\xff\xd8\xff", b"\xff\xd8\xff"),
        ("application/x-amz-json-1.1", b'{"a": 1}', '{"a": 1}'),
        ("application/jsonlines", b'{"a": 1}\n{"a": 2}\n', '{"a": 1}\n{"a": 2}\n'),
        ("application/vnd.of-a-vendor", b"one\ntwo\n", "one\ntwo\n"),
        ("binary/octet-stream", b"<a>1</a>", "<a>1</a>"),
        ("application/octet-stream", b"a line\n" * 500, "a line\n" * 500),
        ("application/zip", b"PK", b"PK"),
        ("image/png", b"\x89PNG", b"\x89PNG"),
        ("", b"plain", "plain"),
        ("", b"\x00\x01", b"\x00\x01"),
        ("text/plain", b"\xff\xfe\xfd", b"\xff\xfe\xfd"),
        ("text/plain; charset=nonsense", b"abc", b"abc"),
        ("text/plain; charset=base64", b"YQ==", b"YQ=="),
    ],
)
def test_text_is_a_string_and_all_else_is_bytes(content_type, data, content):
    found = read(data, content_type)

    assert found.content == content
    assert not found.truncated


def test_printable_bytes_without_lines_or_a_form_are_bytes():
    found = read(b"c" * 5000, "application/octet-stream")
    assert found.content == b"c" * 1024
    assert found.truncated


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("kind", ["application/json", "text/plain; charset=utf-8", "", "x/y"])
def test_a_secret_in_wide_characters_is_hidden_whatever_the_type_says(charset, kind):
    data = '{"name":"äda","password":"hunter2"}'
    found = read(data.encode(charset), kind)
    assert found.content == data.replace("hunter2", MARKER)
    cut = read(data.encode(charset)[:-3], kind, whole=False)
    assert "hunter2" not in str(cut.content)


def test_numbers_of_two_bytes_are_no_text():
    data = b"".join(number.to_bytes(2, "little") for number in range(1, 300))
    assert read(data, "application/octet-stream").content == data
    assert read(b"A\x00B\x00" + data, "application/octet-stream").content == b"A\x00B\x00" + data


def test_a_mark_of_order_before_text_is_none_of_it():
    assert read(b"\xef\xbb\xbfone", "text/plain").content == "one"


def test_a_cut_falls_between_characters():
    found = read("aé漢😀".encode(), limit=4)
    assert (found.content, found.truncated) == ("aé", True)


def test_a_body_that_came_cut_in_a_character_is_text_without_that_character():
    found = read("aé漢".encode()[:-1], whole=False)
    assert (found.content, found.truncated) == ("aé", True)


def test_a_secret_that_the_cut_falls_into_is_hidden_before_the_cut():
    data = json.dumps({"name": "x" * 20, "password": "hunter2" * 9}).encode()
    for limit in range(1, len(data)):
        found = read(data[:limit], "application/json", whole=False, limit=limit)
        assert "hunter" not in str(found.content)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("identity", bytes),
    ],
)
def test_a_coding_is_removed_before_redaction(coding, pack):
    found = read(pack(b'{"password": "hunter2"}'), "application/json", coding)

    assert found.content == f'{{"password": "{MARKER}"}}'
    assert found.places == ("password",)
    assert not found.truncated


def test_a_packed_body_that_came_cut_is_shown_as_far_as_it_goes():
    text = "".join(random.Random(1).choices("abcdefgh \n", k=20_000))
    found = read(gzip.compress(text.encode())[:2000], coding="gzip", whole=False)

    assert found.truncated
    assert text.startswith(str(found.content))
    assert len(str(found.content)) > 1000


def test_a_bomb_gives_no_more_than_the_limit():
    found = read(gzip.compress(b"0" * 50_000_000), coding="gzip", limit=1000)
    assert (found.content, found.truncated) == ("0" * 1000, True)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "gzip"])
def test_what_cannot_be_unpacked_is_not_shown_since_it_may_hold_secrets(coding):
    found = read(b"not packed so at all", coding=coding)
    assert (found.content, found.truncated) == (None, True)


def test_bytes_are_kept_only_so_far_as_to_tell_what_they_are():
    found = read(bytes(range(256)) * 100, "application/octet-stream")
    assert (len(found.content or b""), found.truncated) == (BINARY_LIMIT, True)


def test_a_secret_among_bytes_is_hidden():
    found = read(b"\x00\xffpassword=hunter2 \xfe", "application/octet-stream")
    assert found.content == b"\x00\xffpassword=" + MARKER.encode() + b" \xfe"


GITHUB_TOKEN = b"ghp_" + b"A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


@pytest.mark.parametrize("behind", [b"\x00" * 100, b"\xff\xfe" * 3000, b" or so" * 800, b"\x01"])
def test_a_secret_at_the_end_of_the_bytes_that_are_kept_is_hidden(behind):
    before = b"\xff" * (BINARY_LIMIT - 20)
    found = read(before + b"." + GITHUB_TOKEN + behind, "application/octet-stream")

    assert isinstance(found.content, bytes)
    assert found.content.startswith(before + b".")
    assert b"ghp_" not in found.content
    assert found.places == ("token",)


def test_what_is_looked_at_beyond_the_bytes_that_are_kept_ends_where_no_secret_goes_on():
    kept = b"\xff" * BINARY_LIMIT
    assert _end_of_look(kept + b"ab\x00" + b"c" * 9000, BINARY_LIMIT, REDACTOR) == BINARY_LIMIT + 2
    assert _end_of_look(kept + b"c" * 9000, BINARY_LIMIT, REDACTOR) == BINARY_LIMIT + 64
    assert _end_of_look(kept + b"ab" * 9000, BINARY_LIMIT, REDACTOR) == BINARY_LIMIT + 4096
    assert _end_of_look(kept, BINARY_LIMIT, REDACTOR) >= BINARY_LIMIT


def test_a_pattern_of_the_users_own_is_found_across_control_characters_at_the_end():
    rules = Redactor.make(patterns=[r"PIN\x00\d{4}\x00END"])
    data = b"\xff" * (BINARY_LIMIT - 8) + b"PIN\x001234\x00END" + b"\xff" * 100
    found = read_content(data, BodyForm("application/octet-stream"), 60_000, rules)
    assert b"1234" not in (found.content or b"")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_tee_keeps_the_first_bytes_and_counts_all(kind):
    tee = Tee(5)
    for chunk in (b"abc", b"", b"defg", b"hij"):
        tee.add(kind(chunk))

    assert (tee.kept, tee.size) == (b"abcde", 10)
    tee.restart()
    tee.add(kind(b"xy"))
    assert (tee.kept, tee.size) == (b"xy", 2)


def test_a_tee_of_nothing_counts_all_the_same():
    tee = Tee(0)
    tee.add(b"abc")
    assert (tee.kept, tee.size) == (b"", 3)


def test_a_tee_is_not_changed_by_a_caller_that_reuses_its_buffer():
    buffer, tee = bytearray(b"abc"), Tee(10)
    tee.add(buffer)
    buffer[:] = b"xyz"
    assert tee.kept == b"abc"
