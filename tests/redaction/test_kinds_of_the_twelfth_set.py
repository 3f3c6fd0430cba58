"""Kinds of leaks that the twelfth and thirteenth unseen sets showed, each on other inputs."""

from __future__ import annotations

import json

import pytest

from otelhook.redaction import (
    Redactor,
    redact_body,
    redact_header,
    redact_path,
    redact_query,
    redact_text,
)
from tests.redaction.corpus.values import make

WORDS = "otter-lamp-cobalt-4711"
PASSWORD = make("an12", "twelfth set")
TOKEN = make("an40", "twelfth set")
HEX = make("hex32", "twelfth set")
BYTES = make("b64", "twelfth set")
CARD = make("card", "twelfth set")
CODE = "481516"
SECRETS = (WORDS, PASSWORD, TOKEN, HEX, BYTES, CARD, CODE)


def in_body(redactor: Redactor, value: object) -> str:
    return redact_body(redactor, json.dumps(value, ensure_ascii=False), "application/json").value


@pytest.mark.parametrize(
    "value",
    [
        {"TokenCode": CODE},
        {"AuthenticationCode1": CODE, "AuthenticationCode2": CODE},
        {"two_factor_code": CODE},
        {"signInCode": CODE},
        {"auth_req_id": TOKEN},
        {"payment_method_nonce": TOKEN},
        {"cardNonce": TOKEN},
        {"cavv": BYTES},
        {"networkToken": {"cryptogram": BYTES}},
        {"ccNumber": CARD},
        {"primary_account_number": CARD},
        {"razorpay_signature": HEX},
        {"worldpaySignature": HEX},
        {"githook_signature": HEX},
        {"routing_key": HEX},
        {"service": {"routingKey": HEX}},
    ],
)
def test_members_that_references_name_are_hidden(redactor: Redactor, value: object) -> None:
    shown = in_body(redactor, value)
    assert not any(one in shown for one in SECRETS)


@pytest.mark.parametrize(
    "value",
    [
        {"routing_key": "orders.created"},
        {"avsResultCode": "Y", "cvvResultCode": "P", "authCode": "HW617E"},
        {"approved": True, "authorization_code": "083152", "response_code": "00"},
        {"auth_code": "T7Q2K1", "card": {"last4": "4242"}},
        {"branch_code": "200000", "postal_code": "481516", "currencyCode": "978"},
        {"image_signature": "render(a, b)", "method_signature": "f(int) -> str"},
        {"nonce": "oFvnlFP1wIhRlYS2jTaXbA"},
    ],
)
def test_members_that_only_look_like_them_stay(redactor: Redactor, value: object) -> None:
    assert "‹" not in in_body(redactor, value)


@pytest.mark.parametrize(
    "value",
    [
        {"Name": "/prod/db/main", "Type": "SecureString", "Value": WORDS},
        {"Type": "SecureString", "Value": WORDS, "Name": "/a"},
        {"dbAdmin": {"type": "securestring", "defaultValue": WORDS}},
        {"parameters": [{"name": "a", "value": WORDS, "type": "secureString"}]},
        {"variable": {"key": "A", "category": "env", "value": WORDS, "encrypted": True}},
        {"name": "A", "value": WORDS, "isSecured": True},
    ],
)
def test_a_value_of_a_secret_type_is_hidden(redactor: Redactor, value: object) -> None:
    assert WORDS not in in_body(redactor, value)


@pytest.mark.parametrize(
    "value",
    [
        {"set-user": {"solr": WORDS}},
        {"newPassword": PASSWORD, "confirmNew": WORDS},
        {"password": PASSWORD, "confirm": WORDS},
        {"repeat": WORDS, "password": PASSWORD},
        {"pwd": PASSWORD, "retype": WORDS},
        {"session": {"sid": HEX[:16]}},
        {"sessionInfo": TOKEN, "code": CODE},
        {"challenge_id": "c1", "code": CODE},
        {"username": "joe", "code": CODE},
        {"mfa_token": TOKEN, "code": CODE},
        {"state": "x", "code": CODE, "phoneNumber": "+49"},
        {"response": {"authenticatorData": "SZYN", "signature": TOKEN}},
        [{"name": "kty", "value": "RSA"}, {"name": "d", "value": TOKEN}],
        [{"key": "kty", "value": "EC"}, {"key": "crv", "value": "P"}, {"key": "d", "value": TOKEN}],
        {"jwk": [["kty", "oct"], ["k", TOKEN]]},
    ],
)
def test_neighbours_tell_what_a_member_is(redactor: Redactor, value: object) -> None:
    shown = in_body(redactor, value)
    assert not any(one in shown for one in (WORDS, TOKEN, HEX[:16], CODE))


@pytest.mark.parametrize(
    "value",
    [
        {"password": False, "confirm": True},
        {"dialog": {"confirm": "Delete?", "repeat": "daily"}},
        {"code": CODE, "currency": "EUR"},
        {"country": {"code": "48151"}, "name": "X"},
        {"sid": "SM9f2b", "body": "hi"},
        [{"name": "kty", "value": "RSA"}, {"name": "n", "value": TOKEN}],
        [{"name": "d", "value": "M 10 10 L 20 20 hello"}, {"name": "fill", "value": "red"}],
        {"Name": "/prod/db/main", "Type": "String", "Value": "blue"},
        {"name": "A", "value": "blue", "secure": False},
    ],
)
def test_the_same_members_stay_without_such_neighbours(redactor: Redactor, value: object) -> None:
    assert "‹" not in in_body(redactor, value)


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("ALTER CURRENT USER SET PASSWORD FROM $old TO $next", {"old": WORDS, "next": PASSWORD}),
        ("CREATE USER joe SET PASSWORD $p CHANGE NOT REQUIRED", {"p": WORDS}),
        ("ALTER USER joe WITH PASSWORD :np", {"np": WORDS}),
        ("CREATE USER joe IDENTIFIED BY @x", {"x": WORDS}),
    ],
)
def test_a_parameter_that_a_statement_makes_a_password_is_hidden(
    redactor: Redactor, statement: str, parameters: dict[str, str]
) -> None:
    for body in (
        {"statement": statement, "parameters": parameters},
        {"params": parameters, "query": statement},
    ):
        shown = in_body(redactor, body)
        assert WORDS not in shown
        assert PASSWORD not in shown


@pytest.mark.parametrize(
    "query",
    [
        "mutation V($c: String!) { verifyPhone(code: $c) { ok } }",
        "mutation ($c: String!) { confirmLogin(input: {code: $c}) { ok } }",
        "mutation M($c: ID!, $u: ID!) { mfaChallenge(user: $u, code: $c) { jwt } }",
        "mutation V($c: String!) { signInWithCode(code: $c) }",
    ],
)
def test_a_code_that_an_operation_verifies_is_hidden(redactor: Redactor, query: str) -> None:
    assert CODE not in in_body(redactor, {"query": query, "variables": {"c": CODE, "u": "7"}})


def test_a_code_of_another_operation_stays(redactor: Redactor) -> None:
    query = "query C($c: String!) { country(code: $c) { name } }"
    assert CODE in in_body(redactor, {"query": query, "variables": {"c": CODE}})


@pytest.mark.parametrize(
    "query",
    [
        f"USER=acme&ACCT={CARD}&AMT=1",
        f"type=sale&ccnumber={CARD}&ccexp=1030",
        f"cc_num={CARD}&zip=12345",
        f"Action=GetSessionToken&TokenCode={CODE}",
        f"AuthenticationCode1={CODE}&UserName=Bob",
        f"username=joe&{HEX}=1",
        f"{HEX}=1",
        f"task=login&{HEX}=1&return=a",
        f"u=joe&t={HEX}&s=c19b2d&v=1.12.0&c=app",
        f"hdnts=exp=1767225600~acl=/v/*~hmac={HEX}{HEX}",
        f"hdnea=st=1~exp=2~acl=/*~hmac={HEX}{HEX}",
        f"password={PASSWORD}&confirm={WORDS}",
        f"user=joe&retype={WORDS}&pwd={PASSWORD}",
        f"new_password={PASSWORD}&verify={WORDS}",
    ],
)
def test_pairs_of_queries_are_hidden(redactor: Redactor, query: str) -> None:
    shown = redact_query(redactor, query).value
    assert not any(one in shown for one in SECRETS)


@pytest.mark.parametrize(
    "query",
    [
        f"ACCT=4411&commit={HEX}",
        f"t={HEX}&v=2",
        f"{HEX}=2026-11-30",
        "u=joe&t=today&s=1",
        "confirm=yes&page=2",
        "password_reset=1&verify=email",
    ],
)
def test_pairs_that_only_look_like_them_stay(redactor: Redactor, query: str) -> None:
    assert redact_query(redactor, query).value == query


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("www-authenticate", f"Negotiate {BYTES}"),
        ("proxy-authenticate", f"NTLM {BYTES}"),
        ("www-authenticate", f"Kerberos {BYTES}"),
        ("cookie", f"SAP_SESSIONID_PRD_100={TOKEN}"),
        ("cookie", f"edge=exp=1767225600~acl=/*~hmac={HEX}{HEX}"),
    ],
)
def test_headers_that_carry_a_token_are_hidden(redactor: Redactor, name: str, value: str) -> None:
    shown = redact_header(redactor, name, value)
    assert not any(one in shown for one in SECRETS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("www-authenticate", 'Bearer realm="example", error="invalid_token"'),
        ("www-authenticate", "Negotiate"),
        ("www-authenticate", 'Basic realm="Negotiate with staging"'),
        ("proxy-authenticate", "NTLM"),
    ],
)
def test_a_challenge_without_a_token_stays(redactor: Redactor, name: str, value: str) -> None:
    assert redact_header(redactor, name, value) == value


HUE = "iCTBNuk-GGMgh1lOxaLXpKn1xU62fE2NidsApMKD"


@pytest.mark.parametrize(
    "path",
    [f"/api/{HUE}/lights", f"/api/{HUE}", f"/hue/api/{HUE}/groups/1", f"/api/{TOKEN}/config"],
)
def test_a_user_of_a_bridge_is_hidden_in_its_path(redactor: Redactor, path: str) -> None:
    shown = redact_path(redactor, path).value
    assert HUE not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize(
    "path",
    [
        "/api/8f14e45f-ceea-467a-9a36-dedd4bea2543/users",
        "/api/7fd1a60b01f91b314f59955a4e4d4e80d8edf11d/files",
        "/api/GetCustomerSubscriptionStatusByReferenceNumber2",
        "/api/v2/projects",
    ],
)
def test_what_else_follows_api_stays(redactor: Redactor, path: str) -> None:
    assert redact_path(redactor, path).value == path


@pytest.mark.parametrize(
    "text",
    [
        f"Command '['mysql', '-uroot', '-p{PASSWORD}', 'app']' returned non-zero exit status 1",
        f'exec: ["sshpass", "-p", "{PASSWORD}", "ssh", "joe@h"]',
        f"argv=['curl', '-u', 'joe:{PASSWORD}', 'https://h']",
        f"run(['ldapsearch', '-x', '-w', '{PASSWORD}', '-H', 'ldap://h'])",
        f"routing_key: {HEX}\nseverity: critical\n",
        f'api:\n  encryption:\n    key: "{BYTES}"\n',
        f"api:\n    key: {TOKEN}\n",
        f"signing:\n  key: '{HEX}'\n",
        f"license:\n    key: {HEX}\n",
        f"payment done with cnon:{TOKEN[:22]}",
    ],
)
def test_texts_that_hold_them_are_hidden(redactor: Redactor, text: str) -> None:
    shown = redact_text(redactor, text).value
    assert not any(one in shown for one in (*SECRETS, TOKEN[:22]))


@pytest.mark.parametrize(
    "text",
    [
        'error: no such secret: "db/password" in namespace "prod"',
        "unknown token 'foreach' in line 3",
        "could not find secret 'db-user-pass-9f2' here",
        'missing password: "new_password2" is required',
        "cache:\n  key: gems-v2-4711\n",
        "routing_key: user.created.4711\n",
        "files ['mysql', 'page-4711.css', '-4711']",
        "sort:\n  key: created_at_2\n",
    ],
)
def test_texts_that_only_speak_of_them_stay(redactor: Redactor, text: str) -> None:
    assert redact_text(redactor, text).value == text


@pytest.mark.parametrize(
    "value",
    [
        {"i18n": {"login.password": "Passwort", "login.token": "Anmeldecode"}},
        {"translations": {"de": {"password": "Passwort", "pin": "Geheimzahl"}}},
        {"locale": "fr", "labels": {"password": "Choisissez", "secret": "Clef"}},
        {"messages": {"password.reset": "Zurücksetzen", "auth.token": "Zugangsmarke"}},
    ],
)
def test_what_a_field_is_called_in_a_language_stays(redactor: Redactor, value: object) -> None:
    shown = in_body(redactor, value)
    assert "‹" not in shown


@pytest.mark.parametrize(
    "value",
    [
        {"i18n": {"password": PASSWORD}},
        {"labels": {"token": TOKEN}},
        {"messages": {"password": WORDS}},
        {"translations": {"de": {"password": PASSWORD}}},
    ],
)
def test_a_secret_among_labels_is_hidden(redactor: Redactor, value: object) -> None:
    shown = in_body(redactor, value)
    assert not any(one in shown for one in SECRETS)


@pytest.mark.parametrize(
    "value",
    [
        {"checks": {"totp": {"code": CODE}}},
        {"otp": {"code": CODE}},
        {"verification": {"code": CODE}},
        {"second_factor": {"code": CODE}},
        {"method_id": "m-1", "code": CODE},
        {"code": CODE, "factorId": "f-1"},
        {"grant_type": "authorization_code", "code": TOKEN},
        {"code": TOKEN, "redirect_uri": "https://h/cb"},
        {"code": TOKEN, "code_verifier": TOKEN},
        {"stateHandle": TOKEN},
        {"login_handle": TOKEN},
        {"authenticatorAssertion": {"clientData": "eyJ", "signatureData": TOKEN}},
        {"clientDataJSON": "eyJ", "signature": TOKEN},
        {"card_cvx": "894", "card_number": CARD},
        {"pan": CARD, "expiry": "1230"},
        {"track2": f"{CARD}=30121010000012345678"},
        {"trackData": "x", "track_1": f"B{CARD}^DOE/J^3012"},
        {"server": True, "encrypt": BYTES},
    ],
)
def test_what_a_member_is_by_its_object_is_hidden(redactor: Redactor, value: object) -> None:
    shown = in_body(redactor, value)
    assert not any(one in shown for one in (*SECRETS, "894"))


@pytest.mark.parametrize(
    "value",
    [
        {"email": "a@h", "code": "SUMMER-SALE-EVERYTHING-2026"},
        {"redirect_uri": "https://h/cb", "code": "invalid_request_uri"},
        {"track": 2, "encrypt": "aes-256-gcm-siv"},
        {"event_handle": "on_click_of_button_2"},
        {"apikeys": [{"id": "ApiKey-f0", "entity_tag": f"1-{HEX}", "crn": f"crn:v1:{HEX}"}]},
        {"tokens": [{"name": "ci", "rev": f"3-{HEX}", "prefix": "sk_4711_test_"}]},
        {"sms": {"code": "sent"}},
    ],
)
def test_what_a_member_only_looks_like_stays(redactor: Redactor, value: object) -> None:
    assert "‹" not in in_body(redactor, value)


@pytest.mark.parametrize(
    "text",
    [
        f'encrypt = "{BYTES}"',
        f"consul agent: encrypt = '{BYTES}'",
        f'conn office\n    left=1.2.3.4\n    : PSK "{WORDS}"',
        f'\t: EAP "{WORDS}"',
        f"see /cb?ssocode={TOKEN}&client=portal",
        f"see /cb?oauth_code={TOKEN}",
    ],
)
def test_lines_of_settings_hide_them_too(redactor: Redactor, text: str) -> None:
    shown = redact_text(redactor, text).value
    assert not any(one in shown for one in SECRETS)
