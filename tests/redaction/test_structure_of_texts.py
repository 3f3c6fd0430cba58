"""Secrets that the structure of a text tells, whatever the text is in, and what only looks so."""

from __future__ import annotations

import json

import pytest

from otelhook.redaction import Redactor, redact_body, redact_json, redact_query, redact_text
from tests.redaction.corpus.values import make

SECRET = "otter-lamp-cobalt-4711"
TOKEN = make("an40", "structure of texts")


@pytest.mark.parametrize(
    "text",
    [
        f"user: mira\npass: {SECRET}\nhost: vpn",
        f"args:\n- --password\n- {SECRET}",
        f"login,password\nmira,{SECRET}\n",
        f"machine h\n  login mira\n  password {SECRET}\n",
        json.dumps({"name": "DB_PASSWORD", "value": SECRET}),
        json.dumps([{"password": {"S": SECRET}}]),
        json.dumps({"inner": json.dumps({"name": "DB_PASSWORD", "value": SECRET})}),
    ],
)
def test_a_text_within_json_is_read_without_its_escapes(redactor: Redactor, text: str) -> None:
    shown = redact_json(redactor, json.dumps({"data": text, "id": 41})).value

    assert SECRET not in shown
    assert json.loads(shown)["id"] == 41
    assert len(json.loads(shown)["data"].splitlines()) == len(text.splitlines())


@pytest.mark.parametrize(
    ("before", "after", "media"),
    [
        ("data: ", "\n\ndata: [DONE]\n", "text/event-stream"),
        ("callback(", ");", "text/javascript"),
        (")]}',\n", "", "text/plain"),
        ("POST /env HTTP/1.1\nHost: h\n\n", "\n", ""),
        ("2026-01-01 DEBUG sent ", " to h in 12 ms", "text/plain"),
        ("<script>window.env = ", ";</script>", "text/html"),
    ],
)
def test_an_object_of_json_within_text_is_judged_as_json(
    redactor: Redactor, before: str, after: str, media: str
) -> None:
    document = json.dumps({"env": [{"name": "DB_PASSWORD", "value": SECRET}], "n": {"a": 1}})
    text = f"{before}{document}{after}"
    shown = redact_body(redactor, text, media).value

    assert shown == text.replace(SECRET, "‹redacted›")


@pytest.mark.parametrize("mark", ["{", '"', '{"', '{"a":', '{"a": "', '{"a": {'])
def test_what_only_begins_like_json_stays(redactor: Redactor, mark: str) -> None:
    text = f"a token of {mark} and more }} text {{ here"

    assert redact_body(redactor, text, "text/plain").value == text


def test_a_variable_of_graphql_is_what_it_is_given_to(redactor: Redactor) -> None:
    query = "mutation M($a: String!, $b: String!) { login(email: $a, password: $b) { id } }"
    text = json.dumps({"query": query, "variables": {"a": "mira@example.org", "b": SECRET}})

    assert redact_json(redactor, text).value == text.replace(SECRET, "‹redacted›")
    assert SECRET in redact_json(redactor, text.replace("password: $b", "name: $b")).value


KEPT = json.dumps(
    {
        "data": {
            "data": {"colour": SECRET, "shape": "round-and-blue-7"},
            "metadata": {"created_time": "2026-01-01T00:00:00Z", "version": 1},
        }
    }
)


def test_what_a_vault_keeps_is_hidden_wherever_its_answer_is_cut(redactor: Redactor) -> None:
    for length in range(len(KEPT) + 1):
        shown = redact_json(redactor, KEPT[:length]).value
        assert SECRET[:8] not in shown, length
        assert "round-an" not in shown, length


@pytest.mark.parametrize(
    "document",
    [
        {"data": {"data": {"title": "Hello", "slug": "hello-2026"}}},
        {"data": {"data": [{"title": "Hello"}]}},
    ],
)
def test_whole_answers_that_only_look_like_a_vaults_stay(
    redactor: Redactor, document: object
) -> None:
    assert redact_json(redactor, json.dumps(document)).value == json.dumps(document)


def test_an_api_key_under_a_key_of_its_own_object_is_one(redactor: Redactor) -> None:
    for name in ("api_key", "apiKey", "Jwt", "access_token"):
        text = json.dumps({name: {"key": TOKEN, "role": "admin"}})
        assert TOKEN not in redact_json(redactor, text).value, name
    text = json.dumps({"feature": {"key": TOKEN}})
    assert redact_json(redactor, text).value == text


@pytest.mark.parametrize(
    "text",
    [
        f"the password for the archive is {SECRET}",
        f"A temporary password is generated for root@localhost: {SECRET}",
        f"Password for the elastic user (reset with `x -u elastic`):\n  {SECRET}",
        f"Tu contraseña temporal es {SECRET}",
        f"La password per l'accesso è: {SECRET}",
        f"the secret key for the bucket is {TOKEN}",
        f"كلمة المرور: {SECRET}",
        f"Login with mira:{SECRET} succeeded",
        f"creds for staging: mira / {SECRET}",
    ],
)
def test_a_sentence_tells_a_secret_over_words_in_between(redactor: Redactor, text: str) -> None:
    shown = redact_text(redactor, text).value

    assert SECRET not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize(
    "text",
    [
        "OTP for your transaction is 375306. Do not share it.",
        "Votre code de connexion est 375306.",
        "Ihr Sicherheitscode lautet 375306",
        "你的验证码是 375306",
        "Your Acme code is 375306.",
    ],
)
def test_a_code_that_was_sent_is_hidden_in_any_language(redactor: Redactor, text: str) -> None:
    assert "375306" not in redact_text(redactor, text).value


@pytest.mark.parametrize(
    "text",
    [
        "password check failed for mira: error42b",
        "The password of user mira was changed at 10:12 from host web2a",
        "Password policy for admins is: see doc12b",
        "Your postal code is 10115",
        "Enter 2026 as the year to see all sign-ins",
        "--- PASS: TestToken (0.00s)",
        "mira ALL=(ALL) NOPASSWD: ALL",
        'export DB_PASSWORD="$(vault kv get -field=password secret/db)"',
        "INSERT INTO users (login, password) VALUES (:login, :password)",
        "password: Mapped[str] = mapped_column(String(128))",
        "password = Column(String(255), nullable=False)",
        "message Login { string user = 1; string password = 2; }",
        "vault login -method=oidc role=dev",
        "aws secretsmanager get-secret-value --secret-id prod/db",
        "mysql -u mira -p shop",
        "docker run -u mira -p 8080:80 web",
        "snmp community strings should be changed",
        "SELECT decrypt(data, 'utf8') FROM t",
    ],
)
def test_what_only_speaks_of_a_secret_stays(redactor: Redactor, text: str) -> None:
    assert redact_text(redactor, text).value == text


@pytest.mark.parametrize(
    "command",
    [
        f"sometool -u mira -p {SECRET} h",
        f"sometool --user mira -P '{SECRET}'",
        f"sometool.exe /u:mira /p:{SECRET}",
        f"sometool -U mira@h -w {SECRET}",
    ],
)
def test_a_user_and_then_a_password_are_known_in_any_programs_options(
    redactor: Redactor, command: str
) -> None:
    assert SECRET not in redact_text(redactor, command).value


@pytest.mark.parametrize(
    "table",
    [
        f"COPY public.users (id, login, password) FROM stdin;\n1\tmira\t{SECRET}\n\\.\n",
        f"# client\tserver\tsecret\taddresses\nmira\t*\t{SECRET}\t*\n",
    ],
)
def test_a_heading_may_be_a_comment_or_a_statement(redactor: Redactor, table: str) -> None:
    assert redact_text(redactor, table).value == table.replace(SECRET, "‹redacted›")


def test_a_code_beside_its_recipient_is_hidden_in_a_form(redactor: Redactor) -> None:
    assert "239117" not in redact_query(redactor, "Code=239117&To=%2B15017122661").value
    assert redact_query(redactor, "code=239117&page=2").value == "code=239117&page=2"


def test_a_token_where_a_fields_name_should_be_is_hidden(redactor: Redactor) -> None:
    token = make("ghp_{an36}", "a name")

    assert token not in redact_query(redactor, f"{token}=1&a=2").value


def test_a_mailed_link_tells_its_token_in_the_query_too(redactor: Redactor) -> None:
    link = f"https://h.example/reset_password?lang=de&t={TOKEN}"

    assert redact_text(redactor, f"Reset it: {link}").value == f"Reset it: {link}".replace(
        TOKEN, redact_text(redactor, link).value.rpartition("=")[2]
    )
    assert TOKEN not in redact_text(redactor, link).value
