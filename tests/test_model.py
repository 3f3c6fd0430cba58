from __future__ import annotations

import pytest

from otelhook.model import parse_span_id, parse_trace_id


def test_a_trace_id_is_read_in_any_case_and_gets_its_leading_zeros_back() -> None:
    assert parse_trace_id("4BF92F3577B34DA6A3CE929D0E0E4736") == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert parse_trace_id("ab") == "ab".zfill(32)


def test_a_span_id_is_sixteen_digits() -> None:
    assert parse_span_id(" 7 ") == "0000000000000007"


@pytest.mark.parametrize("text", ["", "0", "0" * 32, "xyz", "a" * 33, "-1", "0x12"])
def test_what_is_no_trace_id_is_refused_with_the_text_in_the_message(text: str) -> None:
    with pytest.raises(ValueError, match="is not a trace id"):
        parse_trace_id(text)
