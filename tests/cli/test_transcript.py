from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.cli.launching.transcript import Transcript, plain_text
from otelhook.redaction import Redactor

REDACTOR = Redactor.make()


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (b"one\r\ntwo\n", "one\ntwo\n"),
        (b"\x1b[31mred\x1b[0m and \x1b[1;4mbold\x1b[m", "red and bold"),
        (b"\x1b]0;a title\x07text", "text"),
        (b"\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b(Bplain\x1b=\x1b>", "plain"),
        (b" 10%\r 50%\r100%\ndone", "100%\ndone"),
        (b" 50%\r100%\r\n", "100%\n"),
        (b"abd\bc", "abc"),
        (b"ab\b\bcd", "cd"),
        ("größe ✓ 日本\n".encode(), "größe ✓ 日本\n"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"bell\x07 nul\x00 \tcolumn", "bell nul \tcolumn"),
        (b"\x1b]never ended\nnext", "\nnext"),
        (b"\x1b", ""),
    ],
)
def test_text_is_what_could_be_read(shown: bytes, text: str) -> None:
    assert plain_text(shown) == text


@given(st.binary(max_size=300) | st.text(alphabet="\x1b[]m;0\r\n\b\x07ab\x9b").map(str.encode))
@settings(max_examples=200, deadline=None)
def test_no_control_is_left_but_line_ends_and_tabs(data: bytes) -> None:
    assert not {c for c in plain_text(data) if c < " " or "\x7f" <= c < "\xa0"} - {"\n", "\t"}


def test_short_output_is_kept_whole_however_it_came() -> None:
    transcript = Transcript(1000)
    for piece in (b"gr\xc3", b"\xb6\xc3\x9fe \x1b[3", b"1mred\r", b"\n"):
        transcript.add(piece)
    assert transcript.text(REDACTOR) == "größe red\n"


@given(
    st.lists(st.binary(max_size=3000) | st.text(max_size=500).map(str.encode), max_size=60),
    st.integers(0, 2000),
)
@settings(max_examples=60, deadline=None)
def test_the_text_is_bounded(pieces: list[bytes], limit: int) -> None:
    transcript = Transcript(limit)
    for piece in pieces:
        transcript.add(piece)
    text = transcript.text(REDACTOR)
    assert len(text.encode()) <= limit + 45
    assert "\x1b" not in text


def test_memory_is_bounded_however_much_comes() -> None:
    transcript = Transcript(1000)
    for _ in range(200):
        transcript.add(b"z" * 100_000)
    assert len(transcript._head) + len(transcript._tail) < 50_000
    text = transcript.text(REDACTOR)
    assert text == f"{'z' * 500}\n… about 19,999,000 bytes left out …\n{'z' * 500}"


@pytest.mark.parametrize("before", range(0, 20_000, 997))
def test_a_secret_is_hidden_wherever_the_cut_falls(before: int) -> None:
    secret = "ThisIsTheVerySecretValueThatNobodyMaySee0123456789"
    line = f"password={secret}\n"
    transcript = Transcript(2000)
    data = "".join(f"line {n}\n" for n in range(20_000)).encode()
    place = data.index(b"\n", before) + 1
    transcript.add(data[:place] + line.encode() + data[place:])
    text = transcript.text(REDACTOR)
    assert not [n for n in range(0, 40, 8) if secret[n : n + 10] in text]
    back = Transcript(2000)
    place = data.index(b"\n", len(data) - before - 100) + 1
    back.add(data[:place] + line.encode() + data[place:])
    text = back.text(REDACTOR)
    assert not [n for n in range(0, 40, 8) if secret[n : n + 10] in text]
