"""Kinds of leaks that the tenth unseen set showed, each on inputs of other looks."""

from __future__ import annotations

import base64
import json

import pytest

from otelhook.redaction import Redactor, redact_body, redact_path, redact_query, redact_text
from tests.redaction.corpus.values import make

WORDS = "otter-lamp-cobalt-4711"
TOKEN = make("an40", "tenth set")
SEED = make("base32", "tenth set")
PEM = make("pem", "tenth set")


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"const key = `{PEM}`;",
        f"privateKey := `{PEM}`",
        f"let secretKey = `{PEM}`\nserve()",
        f"const password = `{WORDS}`",
        f"PRIVATE_KEY={PEM}",
    ],
)
def test_a_key_in_backticks_is_hidden_to_its_end(redactor: Redactor, text: str) -> None:
    shown = redact_text(redactor, text).value
    assert not any(line in shown for line in PEM.splitlines()[1:-1])
    assert WORDS not in shown


@pytest.mark.parametrize(
    "text",
    [
        f"totp_secret   | {SEED}",
        f"-[ RECORD 1 ]-+----\nid       | 7\npassword | {WORDS}",
        f"key      │ value\napi_token │ {TOKEN}",
        f"| Client secret | `{TOKEN}` |",
        f"| SMTP password | {WORDS} |",
        f"| API token | `{TOKEN}` | rotated |",
        f"INSERT INTO backup_codes (user_id, code) VALUES (7, '{WORDS}');",
        f"insert into public.api_tokens (owner, value) values ('mira', '{TOKEN}')",
        f"INSERT INTO \"passwords\" (id, data) VALUES (1, '{WORDS}')",
    ],
)
def test_rows_of_tables_and_statements_tell_by_what_they_are_of(
    redactor: Redactor, text: str
) -> None:
    shown = redact_text(redactor, text).value
    assert not any(one in shown for one in (SEED, WORDS, TOKEN))


@pytest.mark.parametrize(
    "text",
    [
        f"return ['recovery_codes' => ['{WORDS}', '{WORDS}x']];",
        f'passwords = ["{WORDS}", "{WORDS}x"]',
        f'api_tokens := []string{{"{TOKEN}", "{TOKEN}x"}}',
        f"backup_codes = ('{WORDS}',\n  '{WORDS}x')",
    ],
)
def test_each_text_of_a_list_after_a_secrets_name_is_hidden(redactor: Redactor, text: str) -> None:
    shown = redact_text(redactor, text).value
    assert WORDS not in shown
    assert TOKEN not in shown
    assert shown.count("‹") == 2


@pytest.mark.parametrize(
    "text",
    [
        f'gotp.NewDefaultTOTP("{SEED}").Now()',
        f"pyotp.TOTP('{SEED}').now()",
        f'ROTP::TOTP.new("{SEED}")',
        f'new OTPAuth.TOTP("{SEED}")',
        f"oathtool --totp -b {SEED}",
        f"oathtool -b --totp=sha256 {SEED}",
        f'ssh.ParsePrivateKeyWithPassphrase(pem, []byte("{WORDS}"))',
        f"load_key_with_passphrase(data, b'{WORDS}')",
        f'store.openWithPassword(file, "{WORDS}")',
        f'changePassword("mira", "{WORDS}", "{WORDS}x")',
        f"users.resetPassword('mira', '{WORDS}')",
        f'smtp.PlainAuth("", "mira@h", "{WORDS}", "mx")',
        f'target.setCommunity(new OctetString("{WORDS}"))',
        f'$snmp = New-Object -ComObject olePrn.OleSNMP; $community = "{WORDS}"',
        f"request from 10.0.0.1 community '{WORDS}' denied",
        f"wg set wg0 private-key <(echo {SEED})",
        f"gh secret set KEY --body-file <(printf '{SEED}')",
        "card: &c\n  number: '4111111111111111'\n  cvv: '1'",
        "{'object': 'card', 'number': '4111111111111111', 'cvc': '1'}",
        "cards.create({ card: { number: '4111111111111111', cvc: '1' } })",
        "charge(:card => {:number => '4111 1111 1111 1111'})",
        'Card{Owner: "M", Number: 1}; card = {"number": "4111-1111-1111-1111"',
    ],
)
def test_what_a_call_is_given_is_told_by_what_it_is_for(redactor: Redactor, text: str) -> None:
    shown = redact_text(redactor, text).value
    assert not any(one in shown for one in (SEED, WORDS, "1111"))


@pytest.mark.parametrize(
    "text",
    [
        "one-time code 599240 of mira is not valid",
        "recovery code 2en0q-tyex1 was used already",
        "backup codes: 7722 1445, 2563 4017, 8745 3477",
        "Your recovery codes: 3rky5-iq4ve 8fgcj-devur",
        "wrong verification code 481516 for mira",
    ],
)
def test_codes_after_what_they_are_for_are_hidden(redactor: Redactor, text: str) -> None:
    shown = redact_text(redactor, text).value
    assert "‹redacted›" in shown
    assert not any(sign.isdigit() for sign in shown)


@pytest.mark.parametrize(
    "text",
    [
        "recovery codes are shown once; a recovery code was used",
        "backup code well-known and recovery code 12",
        "the verification code expired",
    ],
)
def test_sentences_about_codes_stay(redactor: Redactor, text: str) -> None:
    assert redact_text(redactor, text).value == text


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        (f"/v1/totp/secret/{SEED}/qr.png", False),
        (f"/api/password/{TOKEN}", False),
        (f"/hooks/apikey/{TOKEN}/push", False),
        (f"/v2/access_token/{TOKEN}/revoke", False),
        (f"/session-id/{TOKEN}", False),
        ("/v1/secrets/9b0f3f4e-6d1e-4c3a-8f3e-2f2d6c0b7a11", True),
        ("/v1/secret/k8s-production-database-primary-2", True),
        ("/v1/secret/9b0f3f4e-6d1e-4c3a-8f3e-2f2d6c0b7a11", True),
        (f"/v1/secrets/{SEED}", True),
        ("/help/password/requirements", True),
    ],
)
def test_a_segment_after_a_secrets_name_is_hidden_if_a_machine_made_it(
    redactor: Redactor, path: str, *, is_kept: bool
) -> None:
    assert (redact_path(redactor, path).value == path) is is_kept


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        ("3XVXJCJ3-5Z66Q26O-7O7ULXBD-V8BJFAKG", False),
        ("ZPJIC-QQ6C5-UGATO-STMWP", False),
        *(("GPL-3.0-or-later", True), ("Apache-2.0", True), ("MIT", True), ("CC-BY-4.0", True)),
    ],
)
def test_a_licence_is_a_secret_if_it_is_a_key(
    redactor: Redactor, value: str, *, is_kept: bool
) -> None:
    for name in ("license", "licence"):
        for text in (json.dumps({"n": 1, name: value}), f"<a><{name}>{value}</{name}></a>"):
            assert (value in redact_body(redactor, text).value) is is_kept


SIGNED = make("hex64", "tenth set")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"order": "o-14", "webhookSignature": SIGNED}),
        f"callback.signature={SIGNED}\n",
        f"<pay><requestSignature>{SIGNED}</requestSignature></pay>",
        f"payload_signature: {SIGNED}\norder: 14\n",
    ],
)
def test_the_signature_of_a_message_is_hidden(redactor: Redactor, text: str) -> None:
    assert SIGNED not in redact_body(redactor, text).value


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"signature": "def area(width: float) -> float"}),
        json.dumps({"signature": "transfer(address,uint256)", "selector": "0xa9059cbb"}),
        json.dumps({"verification": {"verified": False, "signature": None}}),
        json.dumps({"img_signature": SIGNED, "signature_type": "RSA-PSS"}),
        "signature: 6/8\nkey: C major\n",
    ],
)
def test_what_else_is_called_a_signature_stays(redactor: Redactor, text: str) -> None:
    assert redact_body(redactor, text).value == text


@pytest.mark.parametrize("name", ["invite", "invitation", "magic", "team_invite", "unlock"])
def test_what_opens_an_account_is_hidden_in_a_query(redactor: Redactor, name: str) -> None:
    assert TOKEN not in redact_text(redactor, f"see https://h/join?{name}={TOKEN} now").value
    assert redact_query(redactor, f"{name}=true").value == f"{name}=true"


@pytest.mark.parametrize(
    ("query", "is_kept"),
    [
        (f"community={WORDS}&oid=1.3.6", False),
        (f"version=2c&community={WORDS}", False),
        (f"snmp_port=161&community={WORDS}", False),
        ("community=berlin-1&page=2", True),
        ("version=2&community=berlin-1", True),
    ],
)
def test_a_community_is_a_password_beside_what_is_of_snmp(
    redactor: Redactor, query: str, *, is_kept: bool
) -> None:
    assert (redact_query(redactor, query).value == query) is is_kept


@pytest.mark.parametrize(
    "line",
    [
        f"curl -H 'X-Hub-Signature-256: sha256={TOKEN}' https://h",
        f'curl --header "X-Acme-Sign: {TOKEN}" https://h',
        f"http POST h -H 'Key: {TOKEN}'",
    ],
)
def test_what_is_secret_in_headers_only_is_so_in_a_commands_header(
    redactor: Redactor, line: str
) -> None:
    assert TOKEN not in redact_text(redactor, line).value


@pytest.mark.parametrize(
    "value",
    [
        {"pairing_code": "54421777"},
        {"user": "mira", "auth": {"password": "mango"}},
        {"env": [{"name": "DB_PASSWORD", "value": "mango"}]},
        {"access_token": TOKEN},
    ],
)
def test_json_in_base64_is_hidden_if_it_holds_a_secret(redactor: Redactor, value: object) -> None:
    for text in (
        json.dumps({"message": {"data": encoded(value)}}),
        json.dumps({"records": [{"data": encoded(value).replace("/", "\\/")}]}),
    ):
        shown = redact_body(redactor, text, "application/json").value
        assert encoded(value)[:24] not in shown
        assert json.loads(shown)


@pytest.mark.parametrize(
    "value", [{"secretRef": {"name": "db"}}, {"version": "1.4.2"}, {"total_tokens": 4}]
)
def test_other_json_in_base64_stays(redactor: Redactor, value: object) -> None:
    text = json.dumps({"message": {"data": encoded(value), "id": "eyJ"}})
    assert redact_body(redactor, text, "application/json").value == text
