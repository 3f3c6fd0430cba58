"""What holds for any text: nothing crashes, nothing leaks, nothing else changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from otelhook.redaction import (
    MARKER,
    Names,
    Redacted,
    Redactor,
    redact_body,
    redact_bytes,
    redact_command,
    redact_headers,
    redact_json,
    redact_query,
    redact_text,
    redact_url,
)
from otelhook.redaction.formats import text as free_text
from otelhook.redaction.rules import forms, secret_names
from otelhook.redaction.rules import names as rules_of_names
from otelhook.redaction.rules.entropy import entropy_bits, has_entropy
from otelhook.redaction.rules.name_pieces import PIECES
from otelhook.redaction.rules.prefilter import named_at
from otelhook.redaction.token_forms import FORMS

REDACTOR = Redactor.make().for_trace("0af7651916cd43dd8448eb211c80319c")
SECRET_NAMES = ("password", "adminPass", "client_secret", "X-Auth-Token", "private_key")
HARMLESS_NAMES = ("name", "id", "status", "min_disk", "token_type", "author", "links")
CONTENT_TYPES = (
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=B",
    "text/plain",
    "text/xml",
)

names = st.sampled_from(HARMLESS_NAMES)
secrets = st.text("abcdefghkmnpqrstuvwxyzABCDEF23456789", min_size=9, max_size=60).map(
    lambda text: "Zq7" + text
)
leaves = (
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("abc é\"\\\n\t{}[]:,'", max_size=9)
)
harmless_json = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
hostile = st.text(
    st.sampled_from(list('{}[]":,\\ \n\r\t=&;?#%<>/@-_.+é‹›\x00\ud800')) | st.characters(),
    max_size=80,
) | st.lists(
    st.sampled_from(
        [
            *("password", "=", ":", '"', "'", "\\", "{", "[", " ", "token", "Bearer ", "eyJ"),
            *("a" * 12, "://", "@", "--", "<", ">", "-----BEGIN PRIVATE KEY-----", "\n", MARKER),
            "--B\r\n\r\n",
            *("‹token:0123456789abcdef›", "gAAAAABjrksvB2KH4dRyz3jdE95W_6eVB3CmvRPGqW0"),
        ]
    ),
    max_size=30,
).map("".join)


@given(hostile, st.sampled_from(CONTENT_TYPES))
@example("aBearer gAAAA00111BEKHR0000krsvyz:", "")
@example("://gAAAA00001110023456789BCD:@", "")
@settings(max_examples=300, deadline=None)
def test_no_text_makes_redaction_fail_and_a_second_pass_changes_nothing(text, content_type):
    once = redact_body(REDACTOR, text, content_type).value
    assert redact_body(REDACTOR, once, content_type).value == once


@pytest.mark.parametrize(
    "text", ["PassWord=<)", "password={x})", 'token="x")y', "password=<a>&b=1", "pin=<1>)&x"]
)
def test_what_was_no_form_is_none_once_its_secret_is_hidden(text: str) -> None:
    form = "application/x-www-form-urlencoded"
    once = redact_body(REDACTOR, text, form).value
    assert redact_body(REDACTOR, once, form).value == once


@given(hostile)
@settings(max_examples=200, deadline=None)
def test_no_text_makes_the_other_functions_fail(text):
    redact_text(REDACTOR, text)
    redact_url(REDACTOR, text)
    redact_query(REDACTOR, text)
    redact_headers(REDACTOR, [(text, text), ("Cookie", text), ("Authorization", text)])
    redact_command(REDACTOR, ["curl", text, "--password", text, f"--token={text}"])


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_bytes_without_secrets_stay_byte_for_byte(content):
    found = redact_bytes(REDACTOR, content, "application/octet-stream")
    assert found.places or found.value == content


def place(document: Any, data: st.DataObject, secret: str) -> Any:
    """Put a secret under a secret name somewhere in a JSON document."""
    name = data.draw(st.sampled_from(SECRET_NAMES))
    if isinstance(document, dict) and document and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(document)))
        return document | {key: place(document[key], data, secret)}
    if isinstance(document, list) and document and data.draw(st.booleans()):
        return [place(document[0], data, secret), *document[1:]]
    return {name: secret, "rest": document}


@given(harmless_json, secrets, st.data(), st.sampled_from([None, 2]))
@settings(max_examples=200, deadline=None)
def test_a_secret_anywhere_in_json_is_hidden_and_all_else_stays(document, secret, data, indent):
    whole = place(document, data, secret)
    text = json.dumps(whole, indent=indent)

    found = redact_json(REDACTOR, text)

    assert secret not in found.value
    assert found.places
    assert hidden(whole, secret) == hidden(json.loads(found.value), secret)


def hidden(document: Any, secret: str) -> Any:
    """Return the document with its secret, or what stands for it, replaced by one word."""
    if isinstance(document, dict):
        return {key: hidden(value, secret) for key, value in document.items()}
    if isinstance(document, list):
        return [hidden(value, secret) for value in document]
    if document == secret or (isinstance(document, str) and document.startswith("‹")):
        return "hidden"
    return document


@given(harmless_json, secrets, st.data(), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_json_cut_anywhere_shows_no_piece_of_a_secret(document, secret, data, share):
    text = json.dumps(place(document, data, secret))
    cut = text[: int(len(text) * share)]

    assert secret[:6] not in redact_json(REDACTOR, cut).value


@given(harmless_json)
@settings(max_examples=200, deadline=None)
def test_harmless_json_stays_as_it_was_written(document):
    text = json.dumps(document)
    assert redact_json(REDACTOR, text) == Redacted(text, ())


@given(st.sampled_from(SECRET_NAMES), secrets, st.sampled_from(["{}={}", "{}: {}", '{}="{}"']))
@settings(deadline=None)
def test_a_secret_in_free_text_is_hidden_by_its_name(name, secret, form):
    text = f"login of admin, {form.format(name, secret)} failed"

    found = redact_text(REDACTOR, text).value

    assert secret not in found
    assert found.startswith("login of admin, ")


@given(st.lists(st.tuples(names, st.text(max_size=9)), max_size=4), secrets)
@settings(deadline=None)
def test_a_form_keeps_its_fields_and_hides_its_secret(fields, secret):
    text = urlencode([*fields, ("password", secret)])

    found = redact_body(REDACTOR, text, "application/x-www-form-urlencoded").value

    assert secret not in found
    assert found == text.replace(secret, MARKER)
    assert parse_qsl(found, keep_blank_values=True)[:-1] == fields


@pytest.mark.parametrize("depth", [10_000, 100_000])
def test_deep_nesting_is_looked_at_to_the_bottom(depth):
    text = "[" * depth + '{"password": "hunter2"}' + "]" * depth
    assert "hunter2" not in redact_json(REDACTOR, text).value


@pytest.mark.parametrize(
    "piece",
    [
        '{"password":',
        '"\\"',
        "password=",
        "password: ",
        "eyJ" + "a" * 20,
        "<password>",
        "-----BEGIN RSA PRIVATE KEY-----",
        "://a:b",
        "Bearer ",
        "_",
        ";a=",
        "token=" + "a" * 50 + ",b:",
        '="',
        "--B\r\n",
        "- - -password",
        "password is ",
        "token a1B2",
        "AUTH a1",
        "identified by '",
        "-u a:b ",
        '<a name="password" value="',
        "&a=%3Ftoken%3D",
        '{"kind":"Secret","data":{"a":"b",',
        "Private-Lines: 1\n",
        "/tokens/a",
        "eyJhbGci.",
        "arn:secret:",
        "<![CDATA[",
    ],
)
@pytest.mark.parametrize("content_type", CONTENT_TYPES)
@pytest.mark.timeout(20)
def test_time_grows_with_the_text_and_not_faster(piece, content_type):
    redact_body(REDACTOR, (piece * 60_000)[:60_000] + "password", content_type)


@given(
    st.text("abcdeABC012-_.", max_size=40) | st.text("0123456789abcdef", max_size=40) | hostile,
    st.sampled_from([1, 20, 40, 60, 80, 100, 130]) | st.floats(0.5, 160),
)
def test_a_value_has_entropy_exactly_if_its_estimate_says_so(value: str, bits: float) -> None:
    assert has_entropy(value, bits) is (entropy_bits(value) >= bits)


pieces = st.sampled_from(
    [
        *("eyJ", "eyJhbGci", "gAAAA", "AKIA", "ASIA", "APKA", "ghp_", "ghu_", "github_pat_"),
        *("glpat-", "glsoat-", "glsa_", "GR1348941", "xoxb-", "xapp-", "sk_live_", "rk_test_"),
        *("whsec_", "sk-", "AIza", "ya29.", "GOCSPX-", "SG.", "npm_", "pypi-", "rubygems_"),
        *("dop_v1_", "dckr_pat_", "hvs.", "dapi", "secret_", "hf_", "shpat_", "figd_"),
        *("AGE-SECRET-KEY-1", ":AA", "123456789", "7", "hooks.slack.com/services/", "T0/B0/x"),
        *("/api/webhooks/", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"),
        *("Private-Lines: 1\n", "://", "user", ":pass", "@", "Bearer ", "basic ", "BASIC "),
        *("dXNlcjpwYXNz", "=", " ", ".", "-", "_", "/", "\n", "é", "\udcff", MARKER),
        *("a1B2c3D4e5F6a7B8c9D0", "A1B2C3D4E5F6A7B8", "0123456789abcdef0123456789abcdef"),
    ]
)


@settings(deadline=None)  # patterns are compiled when first they are needed
@given(st.lists(pieces, max_size=12).map("".join))
def test_forms_are_found_where_a_try_at_each_character_finds_them(text: str) -> None:
    def first(at: int) -> tuple[tuple[int, int], str] | None:
        place = forms._PLACES.match(text, at)
        found = None if place is None else forms._placed(REDACTOR, place, [])
        tries = (forms._formed(REDACTOR, text, at, form) for form in FORMS)
        return found or next((one for one in tries if one is not None), None)

    out, at = "", 0
    while at < len(text):
        found = first(at)
        (start, end), shown = found if found is not None else ((at, at + 1), text[at])
        out, at = out + text[at:start] + shown, end
    assert forms.hide_forms(REDACTOR, text, []) == out


_TABLES = (secret_names.HUMAN, secret_names.ISSUED, secret_names.MAYBE, secret_names.QUERY)
of_secrets = st.one_of(
    [
        st.from_regex(re.compile(rf"(?:{words})", re.VERBOSE), fullmatch=True)
        for table in (*_TABLES, {"key": "key", "code": "code"})
        for words in table.values()
    ]
)


@given(of_secrets)
def test_every_name_of_a_secret_holds_a_piece_that_the_quick_look_knows(name: str) -> None:
    found = named_at(name)
    assert found is None or list(found)


turns = st.sampled_from([*":=?&;,'\"\\-._‹éİ7x\n /", "=>", "--", "---", ": "])
said = st.one_of(of_secrets, st.sampled_from(["name", "bearer", "s3cr3tValue9", "a" * 70]), turns)


@given(st.lists(said, max_size=14).map("".join))
def test_pairs_in_a_long_text_are_hidden_as_in_a_short_one(text: str) -> None:
    shown: list[Any] = []
    for worth in (0, 10**9):
        places: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(free_text, "_WORTH_CHOOSING", worth)
            shown.append((free_text._hide_pairs(REDACTOR, text, places), places))
    assert shown[0] == shown[1]


def alternatives(pattern: str) -> list[str]:
    """Return every name of a pattern of names; ``\\w*`` and its like stand for nothing or ``zz``.

    The rows are made of letters, groups, choices, ``?`` and words of any length, no more.
    """
    at = 0

    def choice() -> list[str]:
        nonlocal at
        found: list[str] = []
        ways = [""]
        while at < len(pattern) and pattern[at] != ")":
            if pattern[at] == "|":
                found, ways, at = [*found, *ways], [""], at + 1
                continue
            made = piece()
            ways = [way + more for way in ways for more in made]
        return [*found, *ways]

    def piece() -> list[str]:
        nonlocal at
        if pattern.startswith("(?:", at):
            at += 3
            made = choice()
            at += 1
        elif pattern[at] == "\\":
            made, at = (["1"] if pattern[at + 1] == "d" else ["zz"]), at + 2
        else:
            made, at = [pattern[at]], at + 1
        often = re.compile(r"[?*+]|\{\d+,\d+\}").match(pattern, at)
        if often is None:
            return made
        at = often.end()
        return ["", *made] if often.group() in "?*" else made

    return choice()


@pytest.mark.parametrize("separator", ["_", "-", "", "."])
def test_every_alternative_of_every_row_holds_a_piece_that_the_quick_look_knows(
    separator: str,
) -> None:
    names = {
        name.replace("_", separator)
        for table in _TABLES
        for words in table.values()
        for name in alternatives(words)
    }
    assert len(names) > 300
    assert [name for name in sorted(names) if not list(named_at(name) or ())] == []


_ANYWHERE = (secret_names.HUMAN, secret_names.ISSUED, secret_names.MAYBE)
every_name = sorted(
    {name for table in _ANYWHERE for words in table.values() for name in alternatives(words)}
)


def test_every_piece_of_a_name_is_needed_and_every_name_has_one() -> None:
    held = {name: [piece for piece in PIECES if piece in name] for name in every_name}
    assert [name for name, pieces in held.items() if not pieces] == []
    alone = {pieces[0] for pieces in held.values() if len(pieces) == 1}
    assert set(PIECES) - alone == set()


joins = st.sampled_from(["_", "-", ".", " ", "", "__", " - "])


cases = st.sampled_from([str.lower, str.capitalize, str.upper])


@given(st.sampled_from(every_name) | of_secrets, joins, cases, st.text("aZ9_-é", max_size=4))
def test_a_name_in_any_spelling_is_as_secret_as_the_patterns_alone_say(
    name: str, join: str, case: Callable[[str], str], before: str
) -> None:
    words = [case(word) for word in name.split("_")]
    spelled = before + join.join(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules_of_names, "may_be_secret", lambda _: True)
        slowly = [Names()._sensitivity(spelled), Names()._sensitivity(before)]
    assert [Names()._sensitivity(spelled), Names()._sensitivity(before)] == slowly
