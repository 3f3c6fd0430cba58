"""The rules that users add: names, names to keep, and patterns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.errors import ConfigError
from otelhook.redaction import (
    MARKER,
    Names,
    Redactor,
    Sensitivity,
    compile_pattern,
    redact_body,
    redact_header,
    redact_json,
    redact_path,
    redact_query,
    redact_text,
)
from otelhook.settings import load

STAFF = Redactor.make(patterns=[r"STAFF-\d{4,8}", r"(?i)ticket:\s{0,4}(\S{4,64})"])


def test_a_name_to_keep_is_kept_whatever_the_rules_say() -> None:
    names = Names(["x-badge"], ["page_key", "X-Badge", "my_*_token", "signature"])

    assert names.sensitivity("MyNextToken") is Sensitivity.NONE
    assert names.sensitivity("x_badge") is Sensitivity.NONE
    assert names.sensitivity_in_query("Signature") is Sensitivity.NONE
    assert names.sensitivity_in_header("signature") is Sensitivity.NONE
    assert names.sensitivity("token") is Sensitivity.TOKEN


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (redact_text(STAFF, "see STAFF-12345, Ticket: abcd now").value,
         f"see {MARKER}, Ticket: {MARKER} now"),
        (redact_header(STAFF, "x-note", "STAFF-1234"), MARKER),
        (redact_query(STAFF, "a=STAFF-1234&b=2").value, f"a={MARKER}&b=2"),
        (redact_path(STAFF, "/staff/STAFF-1234/x").value, f"/staff/{MARKER}/x"),
        (redact_json(STAFF, '{"a": ["STAFF-1234"], "n": 1}').value,
         f'{{"a": ["{MARKER}"], "n": 1}}'),
        (redact_body(STAFF, "<a>STAFF-1234</a>", "text/xml").value, f"<a>{MARKER}</a>"),
        (redact_body(STAFF, "a=STAFF-1234", "application/x-www-form-urlencoded").value,
         f"a={MARKER}"),
    ],
)  # fmt: skip
def test_a_pattern_hides_what_it_matches_in_every_place(found: str, shown: str) -> None:
    assert found == shown


COLOUR = Redactor.make(further_names=["favourite", "fav-*-colour", "Ort", "秘密"])


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (redact_json(COLOUR, '{"Favourite": "mauve", "n": 1}').value,
         f'{{"Favourite": "{MARKER}", "n": 1}}'),
        (redact_json(COLOUR, '{"\\u0066avourite": "mauve"}').value,
         f'{{"\\u0066avourite": "{MARKER}"}}'),
        (redact_json(COLOUR, '{"\\u79d8\\u5bc6": "mauve"}').value,
         f'{{"\\u79d8\\u5bc6": "{MARKER}"}}'),
        (redact_json(COLOUR, '{"favOldColour": "mauve", "n": "ort=1"}').value,
         f'{{"favOldColour": "{MARKER}", "n": "ort={MARKER}"}}'),
        (redact_text(COLOUR, "fav_new_colour: mauve").value, f"fav_new_colour: {MARKER}"),
        (redact_query(COLOUR, "a=1&ort=Bern").value, f"a=1&ort={MARKER}"),
        (redact_header(COLOUR, "x-note", "favourite=mauve"), f"favourite={MARKER}"),
        (redact_path(COLOUR, "/staff;ort=Bern/x").value, f"/staff;ort={MARKER}/x"),
        (redact_body(COLOUR, "<ort>Bern</ort>", "text/xml").value, f"<ort>{MARKER}</ort>"),
    ],
)  # fmt: skip
def test_a_further_name_hides_its_value_in_every_place(found: str, shown: str) -> None:
    assert found == shown


words = st.text("abAB", min_size=1, max_size=3)
spelled = st.lists(words, min_size=1, max_size=3).map("_".join)


@given(st.lists(words | st.sampled_from(["*", "-"]), max_size=4).map("".join), spelled)
def test_the_quick_look_finds_whatever_a_further_name_matches(further: str, name: str) -> None:
    names = Names([further])
    if names.sensitivity(name) is not Sensitivity.NONE:
        assert names.may_stand_in(f'{{"{name}": 1}}')


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(a+)+", "has a repeat without an upper bound, +: write {1,64}"),
        (r"x*y", "has a repeat without an upper bound, *: write {0,64}"),
        (r"\d{4,}", "has a repeat without an upper bound"),
        (r"(a{1,3}){2}", "repeats a group that holds a repeat or a choice"),
        (r"(?:a|ab){1,9}c", "repeats a group that holds a repeat or a choice"),
        (r"(a)\1", "refers back to what it matched"),
        (r"(?P<x>a)(?P=x)", "refers back to what it matched"),
        (r"\d{1,200}\w{1,200}", "can match in 40,000 ways at one place"),
        (r"a?", "matches where there is nothing"),
        (r"(", "is not a regular expression: missing \\)"),
        ("a" * 501, "at most 500 characters"),
    ],
)
def test_a_pattern_that_could_take_too_long_is_refused_with_what_to_do(
    pattern: str, why: str
) -> None:
    with pytest.raises(
        ValueError, match=why.replace("{", r"\{").replace("+:", r"\+:").replace("*:", r"\*:")
    ):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", [r"STAFF-\d{4,8}", r"(?i)a{2}(?:bc)?", r"[*+?|]{3}", r"(?:ab){3}c", r"\+\*", r"a|b"]
)
def test_ordinary_patterns_are_accepted(pattern: str) -> None:
    assert compile_pattern(pattern).pattern == pattern


def test_settings_take_names_and_patterns_and_say_what_is_wrong(tmp_path) -> None:
    (tmp_path / "otelhook.toml").write_text(
        "redact_names = ['x-badge']\nredact_keep = ['page_key']\n"
        "redact_patterns = ['STAFF-\\d{4}']\n"
    )
    found = load(environ={}, folder=tmp_path).settings
    assert redact_text(Redactor.configured({}, found), "STAFF-1234 token=a").value == (
        f"{MARKER} token={MARKER}"
    )
    environ = {"OTELHOOK_REDACT_PATTERNS": "A-\\d{2}\nB,\\d{2}", "OTELHOOK_REDACT_KEEP": "a,b"}
    found = load(environ=environ, folder=tmp_path).settings
    assert (found.redact_patterns, found.redact_keep) == (("A-\\d{2}", "B,\\d{2}"), ("a", "b"))
    with pytest.raises(ConfigError, match=r"OTELHOOK_REDACT_PATTERNS: .*without an upper bound"):
        load(environ={"OTELHOOK_REDACT_PATTERNS": "a+"}, folder=tmp_path)
    (tmp_path / "otelhook.toml").write_text("redact_patterns = ['(']\n")
    with pytest.raises(
        ConfigError, match=r"otelhook\.toml: redact_patterns: '\(' is not a regular"
    ):
        load(environ={}, folder=tmp_path)


@given(st.text('STAFF-1234‹redacted›token: ticket\n"{}', max_size=60))
@settings(max_examples=200, deadline=None)
def test_a_second_pass_of_patterns_changes_nothing(text: str) -> None:
    rules = Redactor.make(patterns=[r"STAFF-\d{1,8}", "redacted", r"[a-z]{3,8}"])
    once = redact_text(rules, text).value
    assert redact_text(rules, once).value == once
