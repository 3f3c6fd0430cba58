"""What a neighbour tells of a secret, before it or after it, and what looks like it and is none."""

from __future__ import annotations

import pytest

from otelhook.redaction import Redactor, redact_body, redact_header

SECRET = "hunter2xY7"
ISSUED = "Zk3vQ9xT7bLm2Rp8Ws5Yd1Nc"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
YAML = "application/yaml"

TOLD = [
    (JSON, f'{{"key": "REGION", "value": "{SECRET}", "sensitive": true}}', SECRET),
    (JSON, f'{{"isSecret": true, "name": "a", "value": "{SECRET}"}}', SECRET),
    (JSON, f'{{"out": {{"value": "{SECRET}", "masked": true}}}}', SECRET),
    (JSON, f'{{"name": "A", "text": "{SECRET}", "type": "secret_text"}}', SECRET),
    (JSON, '{"phone": "+49151", "code": "481516"}', "481516"),
    (JSON, '{"code": "481516", "email": "mira@example.org"}', "481516"),
    (JSON, '{"number": "4111111111111111", "exp_month": "03"}', "4111111111111111"),
    (JSON, '{"cvc": "123", "number": "4111 1111 1111 1111"}', "4111 1111 1111 1111"),
    (JSON, f'{{"params": ["mira", "{SECRET}"], "method": "auth.login"}}', SECRET),
    (JSON, f'{{"params": ["{SECRET}", 60], "method": "walletpassphrase"}}', SECRET),
    (JSON, f'{{"rows": [["mira", "{SECRET}"]], "columns": ["user", "password"]}}', SECRET),
    (JSON, f'{{"rows": [[1, "{SECRET}"]], "cols": [{{"name": "n"}}, {{"name": "pwd"}}]}}', SECRET),
    (JSON, f'{{"api": {{"key": "{ISSUED}"}}}}', ISSUED),
    (JSON, f'{{"integration": {{"key": "{ISSUED}"}}}}', ISSUED),
    (JSON, f'{{"options": {{"cas": 0}}, "data": {{"twilio": "{SECRET}"}}}}', SECRET),
    (JSON, f'{{"basic": "mira:{SECRET}"}}', SECRET),
    (FORM, f"db=metrics&u=mira&p={SECRET}&q=SHOW", SECRET),
    (FORM, "amount=1&source%5Bnumber%5D=4111111111111111", "4111111111111111"),
    (
        FORM,
        "token=abcdefghij&user=uQiRzpo4DXghDmr9QzzfQu27cmVRsG",
        "uQiRzpo4DXghDmr9QzzfQu27cmVRsG",
    ),
    (YAML, f"apiVersion: v1\nkind: Secret\ndata:\n  a: {ISSUED}\n", ISSUED),
    (YAML, f"apiVersion: v1\ndata:\n  a: {ISSUED}\nkind: Secret\n", ISSUED),
    (YAML, f"items:\n- apiVersion: v1\n  kind: Secret\n  data:\n    a: {ISSUED}\n", ISSUED),
    (YAML, f"kind: Secret\nstringData:\n  a.ini: |\n    [x]\n    y = {SECRET}\n", SECRET),
    ("text/plain", f"const secret = process.env.SECRET || '{SECRET}';", SECRET),
    ("text/plain", f"password = getenv('PW') ?: '{SECRET}';", SECRET),
    ("text/plain", f'password: <%= ENV["X"] || "{SECRET}" %>', SECRET),
    ("text/plain", f"Result\n<secret><name>db</name><value>{SECRET}</value></secret>", SECRET),
    ("text/plain", f'saw <input type="password" name="p" value="{SECRET}"> there', SECRET),
    ("text/plain", f'saw <meta name="csrf-token" content="{ISSUED}"> there', ISSUED),
]


@pytest.mark.parametrize(("content_type", "text", "secret"), TOLD)
def test_what_a_neighbour_tells_is_hidden(content_type: str, text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact_body(Redactor.make(), text, content_type).value


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        (JSON, '{"key": "REGION", "value": "eu-central", "sensitive": false}'),
        (JSON, '{"country": "DE", "code": "481516"}'),
        (JSON, '{"email": "mira@example.org", "code": "DE"}'),
        (JSON, '{"number": "4111111111111111", "total": 12}'),
        (JSON, '{"params": ["mira", "x1y2z3"], "method": "tokens.list"}'),
        (JSON, '{"rows": [["mira", "x1y2z3"]], "columns": ["user", "token_count"]}'),
        (JSON, '{"issue": {"key": "PROJ-41"}, "cache": {"key": "a1b2c3d4e5f6a7b8c9d0"}}'),
        (JSON, '{"pullSecrets": ["regcred"], "permissions": ["password:reset"]}'),
        (JSON, '{"plan": {"basic": "from 2: yes"}}'),
        (FORM, "u=mira&p=2&sort=asc"),
        (YAML, "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: x1y2z3x1y2z3\n"),
        (YAML, "kind: Secret\nstringData:\n  username: mira\n---\nkind: A\ndata:\n  b: x1y2z3\n"),
        ("text/plain", "const secret = process.env.SECRET || undefined;"),
        ("text/plain", "a <b> c </b> and <value>x1y2z3</value>"),
        ("text/plain", "kubectl create secret generic a --from-file=password=./password.txt"),
        ("text/plain", "openssl req -new -key server.key -out server.csr"),
        ("text/plain", "Rotate token: done"),
        ("text/plain", "needs ATTACH_INTERFACE_WITH_TAG_AND_MORE or ATTACK_PATTERN_DETECTED_IN_IT"),
    ],
)
def test_what_looks_like_it_and_is_none_stays(content_type: str, text: str) -> None:
    assert redact_body(Redactor.make(), text, content_type).value == text


def test_a_page_of_code_about_passwords_is_no_mailed_link() -> None:
    commit = "https://h/acme/password-reset/commit/6dcb09b5b57875f334f61aebed695e2e4193db5e"
    assert redact_header(Redactor.make(), "referer", commit) == commit
    mailed = "https://h/password-reset/6dcb09b5b57875f334f61aebed695e2e4193db5e"
    assert "6dcb09" not in redact_header(Redactor.make(), "referer", mailed)
