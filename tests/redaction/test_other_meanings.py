"""What a secret's name means elsewhere stays; the same name with a secret under it does not."""

from __future__ import annotations

import json

import pytest

from otelhook.redaction import (
    Redactor,
    redact_body,
    redact_cookies,
    redact_query,
    redact_set_cookie,
    redact_text,
    redact_url,
)
from otelhook.redaction.rules.other_meanings import MEANINGS, Meaning, is_choice

SECRET = "otter-lamp-cobalt-4711"
BESIDE: dict[str, dict[str, object]] = {
    "approval of a card's payment (ISO 8583, field 38)": {"merchantAccount": "shop"},
    "order at PayPal, by its address": {"href": "https://www.paypal.com/checkoutnow"},
    "what a field is called in a language": {"i18n": {}},
}


@pytest.mark.parametrize("row", MEANINGS, ids=lambda row: row.kind)
def test_each_other_meaning_stays_and_a_secret_under_its_name_does_not(
    redactor: Redactor, row: Meaning
) -> None:
    name, value = row.sample
    for shown, is_kept in ((value, True), (SECRET, False)):
        text = json.dumps({**BESIDE.get(row.kind, {}), name: shown})
        if "signature" in row.kind:
            query = redact_query(redactor, f"a=1&{name}={shown}").value
            assert (shown in query) is is_kept
        else:
            assert (redact_body(redactor, text, "application/json").value == text) is is_kept


@pytest.mark.parametrize("row", [row for row in MEANINGS if row.beside], ids=lambda row: row.kind)
def test_a_meaning_that_needs_company_is_none_alone(redactor: Redactor, row: Meaning) -> None:
    name, value = row.sample
    assert value not in redact_body(redactor, json.dumps({name: value}), "application/json").value


@pytest.mark.parametrize("word", ["sunshine", "letmein", "monkey-dragon", "economyx", "First1"])
def test_a_word_that_no_pass_is_called_by_is_a_password(redactor: Redactor, word: str) -> None:
    assert word not in redact_query(redactor, f"pass={word}&from=BER").value
    assert word not in redact_body(redactor, json.dumps({"pass": word}), "application/json").value


@pytest.mark.parametrize("word", ["economy", "Business", "day", "annual-ski", "all access"])
def test_what_a_pass_is_called_by_stays(redactor: Redactor, word: str) -> None:
    assert word in redact_body(redactor, json.dumps({"pass": word}), "application/json").value


@pytest.mark.parametrize("name", ["user", "login", "email", "host"])
def test_a_pass_beside_a_login_is_a_password(redactor: Redactor, name: str) -> None:
    assert redact_query(redactor, f"pass=economy&{name}=mira").value.startswith("pass=‹redacted›")
    text = json.dumps({"pass": "economy", name: "mira"})
    assert "economy" not in redact_body(redactor, text, "application/json").value


def test_what_the_user_calls_secret_has_no_other_meaning() -> None:
    redactor = Redactor.make(further_names=["pass"])
    assert "economy" not in redact_query(redactor, "pass=economy&from=BER").value


@pytest.mark.parametrize(
    "cookie",
    [
        *("theme=dark", "locale=pt_PT", "tz=Europe%2FLisbon", "font-size=16px", "currency=EUR"),
        *("cookie_consent=accepted", "view=grid", "sidebar=collapsed", "volume=80", "beta=on"),
    ],
)
def test_a_cookie_of_somebodys_choice_stays(redactor: Redactor, cookie: str) -> None:
    assert redact_cookies(redactor, f"{cookie}; sid=x").value == f"{cookie}; sid=‹redacted›"
    assert redact_set_cookie(redactor, f"{cookie}; Path=/").value == f"{cookie}; Path=/"
    text = json.dumps({"headers": {"cookie": cookie}})
    assert redact_body(redactor, text, "application/json").value == text


@pytest.mark.parametrize(
    "cookie",
    [
        *("session=admin", "auth=mango", "token=dark", "password=letmein", "pin=dark", "admin"),
        *("id=qzvkwmtrplsd", "id=a1b2c3", "u=48151623", "ident=otter-lamp-4711", "x=aBcDeFgH"),
    ],
)
def test_any_other_cookie_is_hidden(redactor: Redactor, cookie: str) -> None:
    assert cookie.rpartition("=")[2] not in redact_cookies(redactor, f"lang=de; {cookie}").value


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        *(("dark", True), ("pt-PT", True), ("light blue", True), ("1920x1080", True)),
        *(("xkcdqwrt", False), ("aBcDeF", False), ("k7", False), ("a" * 15, False), ("", False)),
        ("48151", False),
    ],
)
def test_a_choice_is_words_that_can_be_said_or_a_small_number(value: str, *, is_one: bool) -> None:
    assert is_choice(value) is is_one


@pytest.mark.parametrize(
    "url", ["https://mira@h/a", "ssh://git@h/a.git", "ftp://anonymous@h/pub", "https://a.b@h/"]
)
def test_a_users_name_alone_in_an_address_stays(redactor: Redactor, url: str) -> None:
    assert redact_url(redactor, url).value == url


@pytest.mark.parametrize("user", ["mira:x", "0a1b2c3d4e5f", "ghp0123456789", ":x", "mira:"])
def test_a_password_or_a_token_in_an_address_does_not(redactor: Redactor, user: str) -> None:
    assert redact_url(redactor, f"https://{user}@h/a").value == "https://‹redacted›@h/a"


@pytest.mark.parametrize(
    "text",
    [
        "PGPASSWORD=$DB_PASSWORD psql -h db -U app app",
        "MYSQL_PWD=${ROOT_PW} mysqldump app",
        "RESTIC_PASSWORD=$BACKUP_PASSWORD restic snapshots",
        "auth_jwt realm token=$cookie_session;",
        'Write-Host "tokens: $count"',
        'proxy_set_header X-Token "$http_x_token";',
        'password = getpass.getpass("Password: ")',
        "read -s -p 'Passphrase: ' phrase",
        'const token = prompt("Token: ");',
        "secrets: [db, cache]\nreplicas: 2",
        "tool --token --verbose",
        "tool --api-key -v",
        "tool --password --user mira",
        "query P($cookie: String) { prefs(cookie: $cookie) { lang } }",
        "mutation L($password: String!, $token: [Token!]!) { login }",
        'password = "${env:DB_PASSWORD}"',
        "DB_PASSWORD=op://prod/db/password",
        "api_key: vault://secret/data/app#key",
        'password: "secret://prod/db"',
        "api-keys=off, tokens=on",
        "error.code.token=E12",
        'if hmac.Equal([]byte(password), []byte("password")) {',
        'pullSecrets = ["regcred", "ghcr"]',
    ],
)
def test_variables_prompts_flags_and_names_of_secrets_stay(redactor: Redactor, text: str) -> None:
    assert redact_text(redactor, text).value == text


def test_a_token_of_a_programs_text_stays_and_its_user_does_not(redactor: Redactor) -> None:
    text = json.dumps({"token": {"kind": "identifier", "line": 4, "text": "total"}})
    assert redact_body(redactor, text, "application/json").value == text
    text = json.dumps({"token": {"text": "a8K2mQx9ZpLw4RtY"}})
    assert "a8K2" not in redact_body(redactor, text, "application/json").value
