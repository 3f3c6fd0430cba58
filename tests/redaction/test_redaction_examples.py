"""Secrets in their real places, and what must survive beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from otelhook.redaction import (
    MARKER,
    Names,
    Redactor,
    Sensitivity,
    redact_body,
    redact_command,
    redact_cookies,
    redact_header,
    redact_json,
    redact_path,
    redact_query,
    redact_set_cookie,
    redact_text,
    redact_url,
)
from otelhook.redaction.rules.entropy import entropy_bits
from tests.work import lines_run

FERNET = "gAAAAABjrksvB2KH4dRyz3jdE95W_6eVB3CmvRPGqW0mZ1kT7sWnUaXcYp5dQeLf"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


SECRET_NAMES = """
    password passwd PASSWORD adminPass admin_pass user_password userPassword new-password
    original_password passwordConfirmation password_hash db.password OS_PASSWORD mysql_pwd
    passphrase secret client_secret clientSecret secret_key AWS_SECRET_ACCESS_KEY privateKey
    ssh_private_key passcode pin cvv ssn totp card_number 비밀번호 пароль X-Auth-Key token
    X-Auth-Token X-Subject-Token access_token accessToken refresh_token id_token csrf_token
    csrfmiddlewaretoken X-API-Key apikey api_key session_id JSESSIONID PHPSESSID Authorization
    Proxy-Authorization Cookie Set-Cookie oauth_verifier code_verifier device_code
    X-Amz-Security-Token AWSAccessKeyId jwt_2 token2
"""

HARMLESS_NAMES = """
    token_type password_expires_at author authority authentication authenticated expires_in
    token_endpoint key keys key_name public_key partition_key name id user_id
    project_id methods identity secret_ref secret_name secret_type password_policy passed bypass
    compass X-Request-Id X-Openstack-Request-Id signature img_signature
    img_signature_hash_method img_signature_key_type pinned shipping spin session_timeout
    sessions_total tokenizer cookie_policy access_mode access accessible has_password is_secret
    tokens_per_second code status_code design keyboard monkey hotkey assertions credential_id
    auth_url auth_type WWW-Authenticate ETag token_name password_reset_url description card
    cardinality
"""


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_a_secret_name_is_known_in_every_spelling(name):
    assert Names().sensitivity(name) in (Sensitivity.HUMAN, Sensitivity.TOKEN)


@pytest.mark.parametrize("name", HARMLESS_NAMES.split())
def test_a_harmless_name_is_not_mistaken_for_a_secret_one(name):
    assert Names().sensitivity(name) is Sensitivity.NONE


def test_names_of_the_users_own_are_hidden_like_passwords_with_wildcards():
    names = Names(["X-Badge", "tenant_*_ref"])

    assert names.sensitivity("xBadge") is Sensitivity.HUMAN
    assert names.sensitivity("TENANT-blue-REF") is Sensitivity.HUMAN
    assert names.sensitivity("badge") is Sensitivity.NONE


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer hunter2", f"Bearer {MARKER}"),
        ("authorization", "Basic dXNlcjpodW50ZXIy", f"Basic {MARKER}"),
        ("authorization", "hunter2", MARKER),
        ("authorization", 'Digest username="bob", response="6629fae4"', f"Digest {MARKER}"),
        ("proxy-authorization", "Basic dXNlcjpodW50ZXIy", f"Basic {MARKER}"),
        ("x-auth-token", "hunter2", MARKER),
        ("x-storage-token", "AUTH_tk1", MARKER),
        ("x-api-key", "hunter2", MARKER),
        ("x-auth-key", "hunter2", MARKER),
        (
            "location",
            "https://a:b@h/cb?code=1&token=x",
            f"https://{MARKER}@h/cb?code=1&token={MARKER}",
        ),
        ("www-authenticate", "Keystone uri='http://h/v3'", "Keystone uri='http://h/v3'"),
        ("etag", '"abc"', '"abc"'),
        ("access-control-allow-credentials", "true", "true"),
        ("x-auth-token", "", ""),
        ("x-note", f"see {JWT}", None),
        ("user-agent", "python-requests/2.34", "python-requests/2.34"),
    ],
)
def test_a_header_keeps_all_but_its_secret(redactor, name, value, shown):
    found = redact_header(redactor, name, value)
    if shown is None:
        assert JWT not in found
        assert found.startswith("see ‹token:")
    else:
        assert found == shown


def test_cookies_keep_their_names_and_attributes(redactor):
    assert redact_cookies(redactor, "a=k7; sid=x").value == f"a={MARKER}; sid={MARKER}"
    assert redact_set_cookie(redactor, "sid=x; Path=/; Max-Age=60").value == (
        f"sid={MARKER}; Path=/; Max-Age=60"
    )


def test_a_query_shows_which_secrets_were_there(redactor):
    found = redact_query(
        redactor,
        "limit=10&token=x&X-Amz-Signature=y&temp_url_sig=z&name=a%20b&next=/cb%3Ftoken%3Dq",
    )

    assert found.value == (
        f"limit=10&token={MARKER}&X-Amz-Signature={MARKER}&temp_url_sig={MARKER}"
        f"&name=a%20b&next=/cb%3Ftoken%3D{MARKER}"
    )
    assert found.places == ("token", "X-Amz-Signature", "temp_url_sig", "next")


def test_a_url_keeps_its_shape(redactor):
    found = redact_url(redactor, "https://u:p@[::1]:8/v1/AUTH_abc/c?password=x#access_token=y")

    assert found.value == (
        f"https://{MARKER}@[::1]:8/v1/AUTH_abc/c?password={MARKER}#access_token={MARKER}"
    )
    assert found.places == ("userinfo", "query.password", "query.access_token")


def test_a_url_that_some_rules_find_nothing_in_is_looked_at_by_others(redactor):
    url = "https://h/v1/c?shoe_size=44x"
    assert redact_url(redactor, url).value == redact_url(redactor, url).value == url

    own = Redactor.make(further_names=["shoe_size"])
    pattern = Redactor.make(patterns=[r"\d\dx"])
    assert redact_url(own, url).places == ("query.shoe_size",)
    assert redact_url(pattern, url).places == ("query.shoe_size",)


def test_a_url_with_a_token_has_the_pseudonym_of_each_trace(redactor):
    url = f"https://h/v1/c?token={FERNET}"
    one = {redact_url(redactor.for_trace(trace), url).value for trace in ("a" * 32, "b" * 32)}
    assert len(one) == 2
    assert not any(FERNET in shown for shown in one)


def test_a_url_that_was_clean_before_costs_a_fraction_of_the_first_look(redactor):
    url = "https://h/v1/c?limit=10&marker=31"
    first = lines_run(lambda: redact_url(redactor, url))
    assert lines_run(lambda: redact_url(redactor, url)) * 4 < first


def test_a_token_in_a_path_is_hidden_and_ids_are_not(redactor):
    assert FERNET not in redact_path(redactor, f"/v2.0/tokens/{FERNET}").value
    path = "/v2/images/a42bfade-78ec-4c95-b7b4-272ba265072c/file"
    assert redact_path(redactor, path).value == path
    assert redact_path(redactor, "/v3/auth/tokens").value == "/v3/auth/tokens"


def test_keystones_login_keeps_all_but_the_password(redactor):
    login: dict[str, Any] = {
        "auth": {
            "identity": {
                "methods": ["password", "totp"],
                "password": {
                    "user": {"name": "admin", "domain": {"id": "default"}, "password": "x"}
                },
                "totp": {"user": {"id": "e3", "passcode": "123456"}},
            },
            "scope": {"project": {"name": "admin", "domain": {"id": "default"}}},
        }
    }
    found = redact_json(redactor, json.dumps(login))

    login["auth"]["identity"]["password"]["user"]["password"] = MARKER
    login["auth"]["identity"]["totp"]["user"]["passcode"] = MARKER
    assert json.loads(found.value) == login
    assert found.places == (
        "auth.identity.password.user.password",
        "auth.identity.totp.user.passcode",
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"token": {"id": "abc", "expires": "x"}}', '{"token": {"id": "‹», "expires": "x"}}'),
        (
            '{"env": [{"name": "DB_PASSWORD", "value": "x"}]}',
            '{"env": [{"name": "DB_PASSWORD", "value": "‹»}]}',
        ),
        ('{"value": "x", "name": "password"}', '{"value": "‹», "name": "password"}'),
        ('{"passwords": ["a", ["b"]], "n": 1}', '{"passwords": ["‹», ["‹»]], "n": 1}'),
        (
            '{"pin": 1234, "secret": null, "password": true}',
            '{"pin": "‹», "secret": null, "password": true}',
        ),
        ('{"total_tokens": 17, "token": 17}', '{"total_tokens": 17, "token": 17}'),
        (r'{"pass\u0077ord": "x"}', r'{"pass\u0077ord": "‹»}'),
        ('{"message": "bad password=x, user=y"}', '{"message": "bad password=‹M›, user=y"}'),
        (
            r'{"blob": "{\"secret\": \"x\", \"n\": 1}"}',
            r'{"blob": "{\"secret\": \"‹M›\", \"n\": 1}"}',
        ),
        ('{"authorization": "Bearer x"}', '{"authorization": "Bearer ‹»}'),
        ('{"auth": "none", "session": "open"}', '{"auth": "none", "session": "open"}'),
        ("{'password': 'x', 'name': 'y'}", "{'password': '‹M›', 'name': 'y'}"),
        ("{password: x, name: y}", "{password: ‹M›, name: y}"),
        ("[1, 2", "[1, 2"),
        ('{"a": 1}\n{"password": "x"}', '{"a": 1}\n{"password": "‹»}'),
    ],
)
def test_json_of_any_form_changes_only_in_its_secret_leaves(redactor, text, shown):
    shown = shown.replace("‹»", f'{MARKER}"').replace("‹M›", MARKER)
    assert redact_json(redactor, text).value == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password=x user=y", "password=‹M› user=y"),
        ("password: two words\nuser: y", "password: ‹M›\nuser: y"),
        ("--password x --verbose", "--password ‹M› --verbose"),
        ("Server=h;Password=x;Database=d", "Server=h;Password=‹M›;Database=d"),
        ("mysql://bob:x@h/db", "mysql://bob:‹M›@h/db"),
        ("ssh://git@github.com/a", "ssh://git@github.com/a"),
        ("mail bob@example.org", "mail bob@example.org"),
        ("X-Auth-Token: x", "X-Auth-Token: ‹M›"),
        ("basic authentication for bearers", "basic authentication for bearers"),
        ("the token type: bearer", "the token type: bearer"),
        ("key AKIAIOSFODNN7EXAMPLE.", "key ‹M›."),
        ("password = ''", "password = ''"),
        ("the passwords are wrong", "the passwords are wrong"),
    ],
)
def test_free_text_changes_only_in_its_secrets(redactor, text, shown):
    assert redact_text(redactor, text).value == shown.replace("‹M›", MARKER)


def test_a_private_key_is_hidden_as_a_whole_even_if_it_is_cut(redactor):
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc"
    assert (
        redact_text(redactor, f"a {key}\n-----END RSA PRIVATE KEY----- b").value == f"a {MARKER} b"
    )
    assert redact_text(redactor, f"a {key}").value == f"a {MARKER}"


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (["--password", "x", "--debug"], ["--password", MARKER, "--debug"]),
        (["--os-password=x"], [f"--os-password={MARKER}"]),
        (["X_TOKEN=x", "LANG=C"], [f"X_TOKEN={MARKER}", "LANG=C"]),
        (["curl", "-u", "bob:x", "h"], ["curl", "-u", f"bob:{MARKER}", "h"]),
        (["mysql", "-px", "-uroot"], ["mysql", f"-p{MARKER}", "-uroot"]),
        (["http://a:b@h/?token=x"], [f"http://{MARKER}@h/?token={MARKER}"]),
        (["-H", "X-Auth-Token: x"], ["-H", f"X-Auth-Token: {MARKER}"]),
        (["-d", '{"password": "x"}'], ["-d", f'{{"password": "{MARKER}"}}']),
        (
            ["--password-file", "f", "--token-type", "jwt"],
            ["--password-file", "f", "--token-type", "jwt"],
        ),
        (
            ["openstack", "image", "create", "--file", "a.img"],
            ["openstack", "image", "create", "--file", "a.img"],
        ),
        ([], []),
    ],
)
def test_a_command_line_keeps_all_but_its_secrets(redactor, args, shown):
    assert list(redact_command(redactor, args).value) == shown


def test_a_table_keeps_its_form_and_all_but_what_stands_beside_a_secret_name(redactor):
    table = """\
+-----------+----------------+
| Field     | Value          |
+-----------+----------------+
| adminPass | {} |
| key_name  | None           |
| name      | passenger      |
│ password  │ {} │
+-----------+----------------+
"""

    found = redact_text(redactor, table.format("KF4BthvjFw3B x", "p ß           "))

    assert found.value == table.format(f"{MARKER:14}", f"{MARKER:14}")
    assert found.places == ("adminPass", "password")


def test_xml_hides_elements_and_attributes(redactor):
    text = '<login token="{0}"><a:password b="c">{0}</a:password><name>n</name></login>'

    found = redact_body(redactor, text.format("x"), "application/xml")

    assert found.value == text.format(MARKER)


def test_multipart_hides_a_field_and_looks_into_json_parts(redactor):
    def part(head: str, content: str) -> str:
        return f"--B\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"

    kind = 'name="j"\r\nContent-Type: application/json'
    body = part('name="password"', "x") + part(kind, '{"secret": "x"}') + part('name="a"', "x")

    found = redact_body(redactor, f"{body}--B--\r\n", 'multipart/form-data; boundary="B"')

    assert found.value == (
        part('name="password"', MARKER) + part(kind, f'{{"secret": "{MARKER}"}}')
        + part('name="a"', "x") + "--B--\r\n"
    )  # fmt: skip
    assert found.places == ("password", "j.secret")


def test_a_machines_token_gets_a_pseudonym_of_its_trace_and_a_password_never():
    one, other = Redactor.make().for_trace("1" * 32), Redactor.make().for_trace("2" * 32)

    def shown(redactor: Redactor, name: str) -> str:
        return redact_header(redactor, name, FERNET)

    assert (
        shown(one, "x-auth-token") == shown(one, "x-subject-token") != shown(other, "x-auth-token")
    )
    assert len(shown(one, "x-auth-token")) == len("‹token:0123456789abcdef›")
    assert shown(one, "x-user-password") == MARKER
    assert redact_header(one, "x-auth-token", "short-token-1") == MARKER


def test_a_key_of_the_users_own_makes_pseudonyms_that_hold_across_traces():
    redactor = Redactor.make(key="a key")

    assert redact_header(redactor.for_trace("1" * 32), "x-auth-token", FERNET) == redact_header(
        redactor.for_trace("2" * 32), "x-auth-token", FERNET
    )


def test_without_a_trace_and_without_a_key_there_is_no_pseudonym():
    assert redact_header(Redactor.make(), "x-auth-token", FERNET) == MARKER


def test_switched_off_by_choice_nothing_is_changed():
    off = Redactor.make(enabled=False)

    assert redact_header(off, "x-auth-token", FERNET) == FERNET
    assert redact_json(off, '{"password": "x"}').value == '{"password": "x"}'
    assert redact_command(off, ["--password", "x"]).value == ("--password", "x")
    assert redact_url(off, "http://a:b@h").value == "http://a:b@h"


@pytest.mark.parametrize(
    ("value", "enough"),
    [
        (FERNET, True),
        ("a42bfade78ec4c95b7b4272ba265072c", True),
        (JWT, True),
        ("correct horse battery staple and more words", False),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1", False),
        ("abc123abc123abc123abc123abc123abc123abc123", False),
        ("my-super-secret-token-for-testing-purposes", False),
        ("0123456789" * 5, False),
        ("hunter2", False),
        ("", False),
    ],
)
def test_entropy_tells_what_a_machine_made_from_what_repeats(value, enough):
    assert (entropy_bits(value) >= 80) is enough


@pytest.mark.parametrize(
    "sentence",
    [
        "Enter 481516 to verify your sign-in",
        "Use 481516 as your login code for Acme",
        "Type the code 481516 to confirm",
        "481516 is your Acme verification code",
    ],
)
def test_a_code_that_a_message_asks_for_is_hidden_where_the_message_is_whole(
    redactor: Redactor, sentence: str
) -> None:
    assert "481516" not in redact_text(redactor, sentence).value


@pytest.mark.parametrize(
    "sentence", ["Enter 20260101 as a date", "use 8080 for the proxy", "type 42 to go on"]
)
def test_a_number_that_a_message_asks_for_otherwise_stays(
    redactor: Redactor, sentence: str
) -> None:
    assert redact_text(redactor, sentence).value == sentence


def test_what_vault_keeps_under_neutral_names_is_hidden_by_the_versions_beside_it(
    redactor: Redactor,
) -> None:
    kept = '{"data": {"data": {"db": "hunter2x"}, "metadata": {"created_time": "x", "version": 1}}}'
    other = '{"data": {"data": {"db": "hunter2x"}, "metadata": {"page": 1}}}'

    assert "hunter2x" not in redact_json(redactor, kept).value
    assert redact_json(redactor, other).value == other
