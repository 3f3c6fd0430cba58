from __future__ import annotations

import html
import io
import json
import tracemalloc
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.errors import DamagedDataError
from otelhook.scan.scanner import leftovers, leftovers_in_file

FERNET = "gAAAAABjrkD9cqBlaLtF1_FlWZfHjo2u7cJvLXX1HNPG-aFEylyLg7rBQwXEckDcnO"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
OPAQUE = "b3f1c0a98d7e45c2a1f09e8d"
MARKER = "‹token:0123456789abcdef›"

LEAKS = {
    f"X-Auth-Token: {FERNET}": "value of X-Auth-Token",
    "x-auth-token: short": "value of x-auth-token",
    f"> X-Subject-Token: {OPAQUE}": "value of X-Subject-Token",
    "Authorization: Basic YWRtaW46aHVudGVyMg==": "Basic credentials",
    f"Authorization: Bearer {OPAQUE}": "value of Authorization",
    "Authorization: hunter2": "value of Authorization",
    "Proxy-Authorization: Digest username=u, response=abcdef": "value of Proxy-Authorization",
    "Cookie: theme=‹redacted›; sid=abcdef": "value of Cookie",
    "Set-Cookie: sid=abcdef; Path=/": "value of Set-Cookie",
    '"password": "asdf"': "value of password",
    '"adminPass":"asdf"': "value of adminPass",
    "'client_secret': 'asdf'": "value of client_secret",
    '{"log": "{\\"password\\": \\"asdf\\"}"}': "value of password",
    '{"name": "x-auth-token", "value": "abc"}': "value of x-auth-token",
    '["x-auth-token", "' + OPAQUE + '"]': "value of x-auth-token",
    "GET /login?user=me&token=abc HTTP/1.1": "value of token",
    "GET /b?X-Amz-Signature=abcdef0123": "value of X-Amz-Signature",
    "grant_type=password&password=asdf": "value of password",
    "DB_PASSWORD=asdf": "value of DB_PASSWORD",
    "mysql --password asdf": "value of password",
    "password: asdf": "value of password",
    f"session={OPAQUE}": "value of session",
    f"a text with {JWT} in it": "JWT",
    f"a text with {FERNET} in it": "Fernet token",
    "key AKIAIOSFODNN7EXAMPLE.": "AWS key",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345": "GitHub token",
    "glpat-0123456789abcdefghij": "GitLab token",
    "xoxb-0123456789-abcdef": "Slack token",
    "sk_live_0123456789abcdef": "Stripe key",
    "-----BEGIN RSA PRIVATE KEY-----": "private key",
    "postgres://app:asdf@db/x": "password in a URL",
    "password: ‹redacted›andmore": "value of password",
    f"curl -H 'X-Auth-Token: {OPAQUE}'": "value of X-Auth-Token",
}
"""Lines that hold a secret, and a kind that is to be found."""

CLEAN = (
    '"bytesValue": "AAAEAgAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"',  # a disk image's head
    f"X-Auth-Token: {MARKER}",
    "X-Auth-Token: ‹token 1›",
    "Authorization: Basic ‹redacted›",
    f"Authorization: Bearer {MARKER}",
    "Authorization: Bearer $TOKEN_1",
    "Cookie: sid=‹redacted›; theme=‹redacted›",
    "Set-Cookie: sid=‹redacted›; Path=/; HttpOnly",
    '"password": "‹redacted›", "name": "admin"',
    '"password": null, "token": {"id": 1}, "password_expires_at": "2022-12-30"',
    '"password": "********"',
    '"token": "<your token>", "secret": "{secret}"',
    '{"name": "x-auth-token", "value": "‹redacted›"}',
    '{"name": "accept", "value": "text/html"}',
    '["password", "token", "secret"]',
    "GET /login?user=me&token=‹redacted›",
    "GET /identity/v3/auth/tokens",
    "https://user@host/ and https://‹redacted›@host/ and https://u:‹redacted›@host/",
    "basic authentication and bearer authentication are described elsewhere",
    "X-Auth-Token from (4) X-Subject-Token",
    "const token = next(input); if (password.length > 3) { token=scan(x); }",
    "  --header 'X-Auth-Token: '\"$TOKEN_1\" \\",
    ': "${SECRET_1:?set it}"',
    "the token of 22 steps; a pin: none",
    "token_type=bearer&expires_in=3600",
    "request.body.auth.identity.password.user.password",
    '"mac_address": "fa:16:3e:0d:88:ce"',
    "00:16:3e:0d:88:ce",
    "wwpn = 50:01:43:80:12:0e:a3:8c",
    "43:51:43:a1:b5:fc:8b:b7:0a:3a:a9:b1:0f:66:73:a8",
    "COMPUTE_NET_ATTACH_INTERFACE_WITH_TAG",
    "ATTACHMENT_OF_A_VOLUME_THAT_IS_IN_USE",
    '"num_proj_da67ee1f4cf54bf690b1f3df5b2ddb05": "1"',
    "rate_limit_da67ee1f4cf54bf690b1f3df5b2ddb05",
    "",
)


def kinds(text: str) -> list[str]:
    return [leftover.kind for leftover in leftovers([(1, text)])]


@pytest.mark.parametrize(("line", "kind"), LEAKS.items())
def test_a_secret_is_found_and_named_by_its_kind(line: str, kind: str) -> None:
    assert kind in kinds(line)


@pytest.mark.parametrize("line", CLEAN)
def test_what_is_no_secret_is_not_found(line: str) -> None:
    assert kinds(line) == []


def _plantuml(text: str) -> str:
    return "".join(c if c.isalnum() else f"<U+{ord(c):04X}>" for c in text)


@pytest.mark.parametrize(
    "disguise",
    [
        html.escape,
        quote,
        _plantuml,
        json.dumps,
        lambda text: text.replace('"', "#34;").replace(":", "#58;"),
        lambda text: "".join(f"\\u{ord(c):04x}" if c in '":' else c for c in text),
    ],
    ids=["html", "url", "plantuml", "json", "mermaid", "escapes"],
)
def test_a_secret_is_found_in_what_formats_make_of_text(disguise: object) -> None:
    assert callable(disguise)
    assert "value of password" in kinds(disguise('{"password": "asdf"}'))
    assert kinds(disguise('{"password": "‹redacted›"}')) == []


def test_a_value_in_the_line_after_its_name_is_found() -> None:
    har = json.dumps({"headers": [{"name": "X-Auth-Token", "value": "abc"}]}, indent=2)
    lines = list(enumerate(har.splitlines(), 1))
    assert [(f.line, f.kind) for f in leftovers(lines)] == [(5, "value of X-Auth-Token")]


def test_each_kind_is_said_once_a_line() -> None:
    assert kinds("password=a&password=b password=c") == ["value of password"]


def test_names_of_the_users_own_are_looked_for() -> None:
    line = [(1, '"x-staff-number": "17"')]
    assert list(leftovers(line)) == []
    assert len(list(leftovers(line, further_names=("x-staff-*",)))) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_its_encoding(encoding: str) -> None:
    file = io.BytesIO('한국어\n"password": "asdf"\n'.encode(encoding))
    assert [(f.line, f.kind) for f in leftovers_in_file(file)] == [(2, "value of password")]


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(DamagedDataError, match="this is not text"):
        list(leftovers_in_file(io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")))


def test_an_empty_file_holds_nothing() -> None:
    assert list(leftovers_in_file(io.BytesIO())) == []


class _Endless:
    """A file of one long line, made as it is read."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int, /) -> bytes:
        given = min(self._left, size)
        self._left -= given
        return b"words and " * (given // 10)


def test_a_line_of_any_length_is_read_in_bounded_memory() -> None:
    tracemalloc.start()
    assert list(leftovers_in_file(_Endless(3_000_000))) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_500_000


@settings(max_examples=40, deadline=None)
@given(before=st.integers(0, 140_000), after=st.integers(0, 3_000))
def test_a_secret_is_found_wherever_it_stands_in_a_long_line(before: int, after: int) -> None:
    line = "x" * before + f' "X-Auth-Token": "{FERNET}" ' + "y" * after
    found = {f.kind for f in leftovers_in_file(io.BytesIO(line.encode()))}
    assert found == {"value of X-Auth-Token", "Fernet token"}


@settings(max_examples=25, deadline=None)
@given(before=st.integers(65_300, 65_600))
def test_a_marker_is_no_secret_wherever_a_piece_of_its_line_ends(before: int) -> None:
    line = "x" * before + f' "X-Auth-Token": "{MARKER}", "password": "‹redacted›" ' + "y" * 70_000
    assert list(leftovers_in_file(io.BytesIO(line.encode()))) == []


@pytest.mark.parametrize(
    "unit",
    [
        '"',
        "\\\\",
        "a=",
        '"a":',
        "X-A: ",
        "--a ",
        "://a:",
        "‹",
        "&quot;",
        "%25",
        "basic ",
        "#",
        "password is 1",
        "token a1B2",
        "AUTH a1",
        "-u a:b1 ",
        "mysql -p",
        '"token": {',
        "<a b='",
        "set a ",
    ],
)
def test_hostile_text_takes_time_linear_in_its_length(unit: str) -> None:
    # At least 50 kB/s even so; what grew with the square would take hours and end by timeout.
    list(leftovers_in_file(io.BytesIO((unit * (400_000 // len(unit))).encode())))


AN_ID = "9U94bbR7Tu6vPiWuThd6Gg"


@pytest.mark.parametrize("name", ["audit_ids", "image_ids", "request-id", "digest"])
@pytest.mark.parametrize(
    "text",
    [
        '"{0}": ["{1}"]',
        r'"{{\"{0}\": [\n      \"{1}\"\n    ]}}"',
        '"{0}": [\n  "{1}"\n]',
        '  "{0}": [\n    "a",\n    "{1}"\n  ]',
    ],
)
def test_items_of_a_list_are_judged_by_the_lists_name(name: str, text: str) -> None:
    lines = text.format(name, AN_ID).splitlines()
    assert list(leftovers(enumerate(lines, 1))) == []


@pytest.mark.parametrize(
    "text",
    [
        '"items": [\n  "{0}"\n]',
        '"ids": [\n  "a"\n],\n"items": [\n  "{0}"\n]',
        '"ids": [\n  "a"\n]\n{0}',
        '"ids": [\n  "a",\n  held: "{0}"\n]',
    ],
)
def test_a_lists_name_tells_nothing_of_what_is_not_in_it(text: str) -> None:
    lines = text.format(AN_ID).splitlines()
    assert [one.is_sure for one in leftovers(enumerate(lines, 1))] == [False]


@pytest.mark.parametrize(
    "row",
    [
        "| `code` | `qM2ZeeOkwee-Dn4aK8ca61gITh6dlY9V` |",
        "    | `signature` | `5363fc8277d9c2d66e697a1ad5cd54641517cfa3` |",
        "> | `password` | `hunter2` |",
        "|`sig`|`bWFkZSB1cCBieSBoYW5kLCBub25l`|",
    ],
)
def test_a_row_of_a_table_of_a_form_is_judged_as_a_field_of_it(row: str) -> None:
    assert [one.is_sure for one in leftovers([(1, row)])] == [True]


@pytest.mark.parametrize(
    "row", ["| `code` | `404` |", "| `password` | `‹redacted›` |", "| `name` | `signature` |"]
)
def test_a_row_without_a_secret_is_none(row: str) -> None:
    assert list(leftovers([(1, row)])) == []


def test_the_choices_of_a_schema_are_no_command() -> None:
    words = '["community", "shared", "private"]'
    assert kinds(f'{{"visibility": {{"type": "string", "enum": {words}}}}}') == []
    assert kinds('{"command": ["snmp-server", "community", "hunter2x", "RO"]}') != []


@pytest.mark.parametrize(
    "text",
    [
        "chpasswd: expire: false password: ‹redacted›",
        "credentials: password: ‹redacted› user: ada",
        "secret: type: opaque password: ‹redacted›",
    ],
)
def test_a_block_whose_lines_were_joined_is_no_value(text: str) -> None:
    assert list(leftovers([(1, text)])) == []
    found = leftovers([(1, text.replace("‹redacted›", "hunter2x9"))])
    assert list(found) != []


def test_a_character_reference_of_html_is_one_character() -> None:
    hidden = "chpasswd&#58; expire&#58; false password&#58; ‹redacted›"
    assert list(leftovers([(1, hidden)])) == []
    assert list(leftovers([(1, hidden.replace("‹redacted›", "hunter2x9"))])) != []


@pytest.mark.parametrize(
    "text",
    [
        '"url": "http://127.0.0.1:39339/v1/AUTH_6ad63b93803c4d999cfb8bb3e1ead04c",',
        "X-Storage-Url: AUTH_6ad63b93803c4d999cfb8bb3e1ead04c",
        "at host:40039/identity/v3/projects/6ad63b93803c4d999cfb8bb3e1ead04c/tags",
        "at h:8774/v2.1/6ad63b93803c4d999cfb8bb3e1ead04c/servers/detail",
    ],
)
def test_an_id_in_a_path_is_no_random_text(text: str) -> None:
    assert list(leftovers([(1, text)])) == []


def test_random_text_in_a_path_is_still_possible() -> None:
    text = "at h:8774/v2/qM2ZeeOkweeDn4aK8ca61gITh6dlY9V0/servers"
    assert [one.is_sure for one in leftovers([(1, text)])] == [False]
