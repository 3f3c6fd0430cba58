"""Where a rule begins and where it ends: the shortest, the longest, the last and the unusual."""

from __future__ import annotations

import math

import pytest

from otelhook.redaction import Redactor, redact_body, redact_command, redact_text
from otelhook.redaction.formats.bodies import redact_bytes
from otelhook.redaction.rules.entropy import entropy_bits, has_entropy

MARK = "‹redacted›"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "media_type", "shown"),
    [
        # the shortest text that is looked into
        ('{"note":"pin=1234"}', "application/json", f'{{"note":"pin={MARK}"}}'),
        # a cell that is empty is a cell where no frame stands around the row
        ("id | note | password\na |  | hunter2x", "", f"id | note | password\na |  | {MARK}"),
        ("| id | password |\n| a | hunter2x |", "", f"| id | password |\n| a | {MARK} |"),
        # a form is one only if it says so, or is one from end to end
        ("x=1&password=%22hunter2", FORM, f"x=1&password={MARK}"),
        ('{"password": "hunter2&x=1"}', FORM, f'{{"password": "{MARK}"}}'),
        # markup that does not begin with a tag
        ("x <input name=pin value=hunter2>", "text/html", f"x <input name=pin value={MARK}>"),
        ("x <secret><a>hunter22</a></secret>", "text/xml", f"x <secret><a>{MARK}</a></secret>"),
    ],
)  # fmt: skip
def test_a_secret_at_an_edge_is_hidden(
    redactor: Redactor, body: str, media_type: str, shown: str
) -> None:
    assert redact_body(redactor, body, media_type).value == shown


@pytest.mark.parametrize(
    "text",
    [
        "Could not find token: no such token was issued",
        "arn:aws:secretsmanager:eu:1:secret:prod/db",
        "urn:shop:secret:of-all",
    ],
)
def test_a_message_about_a_secret_stays(redactor: Redactor, text: str) -> None:
    assert redact_text(redactor, text).value == text


@pytest.mark.parametrize(
    "text",
    ["Could not find token: a1b2c3d4e5f6", "token:a1b2c3d4e5f6", "unknown token: A1b2c3d4e5f6 x"],
)
def test_a_token_in_a_message_about_it_goes(redactor: Redactor, text: str) -> None:
    assert MARK in redact_text(redactor, text).value.replace("‹token:", MARK)


def test_entropy_is_shannons_times_the_places_that_do_not_repeat() -> None:
    assert entropy_bits("a1") == pytest.approx(2.0)
    assert entropy_bits("aa11") == pytest.approx(1.0 * 4)
    assert entropy_bits("aaa1") == pytest.approx((2 - 3 * math.log2(3) / 4) * 4)
    assert entropy_bits("a1" * 16) == pytest.approx(1.0 * 4)
    assert entropy_bits("abcdefgh12345678") == pytest.approx(4.0 * 16)
    assert entropy_bits("x" * 50 + "abcdefgh12345678" * 2) == pytest.approx(4.0 * 18)


@pytest.mark.parametrize("text", ["", "abc", "123", "a 1", "ä1"])
def test_what_is_no_token_has_no_entropy(text: str) -> None:
    assert entropy_bits(text) == 0.0
    assert not has_entropy(text, 0.1)


@pytest.mark.parametrize("text", ["a1", "aa11", "aaa1", "a1" * 16, "abcdefgh12345678", "z9" * 9])
def test_a_bound_that_is_just_reached_is_reached(text: str) -> None:
    bits = entropy_bits(text)
    assert has_entropy(text, bits)
    assert not has_entropy(text, bits + 1e-3)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        # the first parameter of a call that is named after a secret, and not its second
        (
            '{"method":"walletpassphrase","params":["hunter22", 60]}',
            f'{{"method":"walletpassphrase","params":["{MARK}", 60]}}',
        ),
        ('{"method":"getblock","params":["hunter22", 60]}', None),
        ('{"jsonrpc":"2.0","method":"login","params":["me", "hunter22"]}', None),
        # JSON-RPC before 2.0 does not say what it is
        ('{"method":"login","params":["me", "hunter22"],"id":1}', None),
        ('{"id":1,"method":"mining.authorize","params":["me","hunter22"]}', None),
        # a row of a table is as long as its heading
        ("id,password\n1,hunter22\n\n1,2,3\n", f"id,password\n1,{MARK}\n\n1,2,3\n"),
        ("password: correct horse; battery\nnext: 1", f"password: {MARK}\nnext: 1"),
        ('{"kind":"Secret","apiVersion":"v1","data":{"a":"aHVudGVyMg=="}}', None),
        ('{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"aHVudGVyMg=="}}', None),
        ('{"password":"a\\nb\\u0041cd"}', f'{{"password":"{MARK}"}}'),
        ('{"note":"a\nb password=hunter22"}', f'{{"note":"a\nb password={MARK}"}}'),
    ],
)
def test_what_stands_around_a_value_tells_what_it_is(
    redactor: Redactor, body: str, shown: str | None
) -> None:
    found = redact_body(redactor, body, "").value
    if shown is not None:
        assert found == shown
    elif "ConfigMap" in body or "getblock" in body:
        assert found == body
    else:
        assert found != body
        assert '"me"' not in body or '"me"' in found


def test_parts_of_a_multipart_body_go_by_their_own_types(redactor: Redactor) -> None:
    def body(secret: str, text: str) -> str:
        return (
            '--XX\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: '
            f"application/x-www-form-urlencoded\r\n\r\npin={secret}\r\n--XX\r\n"
            f'Content-Disposition: form-data; name="b"\r\n\r\n{text}\r\n'
            f'--XX\r\nContent-Disposition: form-data; name="password"\r\n\r\n{secret}\r\n--XX--\r\n'
        )

    shown = redact_body(redactor, body("hunter22", "pint=1"), "multipart/form-data; boundary=XX")
    assert shown.value == body(MARK, "pint=1")
    assert shown.places == ("a.pin", "password")


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_multipart_within_multipart_is_read(redactor: Redactor, levels: int) -> None:
    text = "pin=hunter22"
    for level in range(levels):
        text = (
            f"--B{level}\r\nContent-Type: multipart/mixed; boundary=B{level - 1}\r\n\r\n"
            f"{text}\r\n--B{level}--\r\n"
        )
    shown = redact_body(redactor, text, f"multipart/mixed; boundary=B{levels - 1}").value
    assert shown == text.replace("hunter22", MARK)


def test_bytes_that_are_no_text_keep_all_but_their_secret(redactor: Redactor) -> None:
    assert redact_bytes(redactor, b'{"pin":"hunter22"}\xff', "").value == (
        b'{"pin":"' + MARK.encode() + b'"}\xff'
    )
    assert redact_bytes(redactor, b'{"pint":"hunter22"}\xff', "").value == (
        b'{"pint":"hunter22"}\xff'
    )


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ('{"d": {"password": {"S": "hunter22"}}}', f'{{"d": {{"password": {{"S": "{MARK}"}}}}}}'),
        (' [["Cookie", "a1b2c3d4"]]', f' [["Cookie", "{MARK}"]]'),
        ("https://me:hunter22@shop/", f"https://{MARK}@shop/"),
        ("say pin=hunter22", f"say pin={MARK}"),
    ],
)
def test_a_word_of_a_command_is_read_as_what_it_looks_like(
    redactor: Redactor, argument: str, shown: str
) -> None:
    assert redact_command(redactor, ["x", argument]).value == ("x", shown)


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["mysql", "-phunter2"], ["mysql", f"-p{MARK}"]),
        (["mysql", "-p"], ["mysql", "-p"]),
        (["mysql", "--port=1"], ["mysql", "--port=1"]),
        (["curl", "-ume:hunter2"], ["curl", f"-ume:{MARK}"]),
    ],
)
def test_an_option_with_its_secret_attached(
    redactor: Redactor, command: list[str], shown: list[str]
) -> None:
    assert list(redact_command(redactor, command).value) == shown
