"""Kinds of leaks that the fourteenth unseen set showed, each on other inputs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.redaction import Redactor, redact_body, redact_path, redact_text, redact_url
from otelhook.scan.scanner import leftovers
from tests.redaction.corpus.values import make

PASSWORD = make("password", "fourteenth set")
TOKEN = make("an40", "fourteenth set")
WORDS = "otter-lamp-cobalt-4711"
CODE = "481516"
SECRETS = (PASSWORD, TOKEN, WORDS, CODE)


@pytest.mark.parametrize(
    "path",
    [
        f"/verify/{CODE}/confirm",
        f"/verify/{CODE}",
        f"/users/verify/email/{CODE}",
        f"/v1/verification/sms/{CODE}/check",
        f"/accounts/activate/{CODE}",
        f"/confirm-email/{CODE}",
        f"/otp/{CODE[:4]}/validate",
        f"/otp/verify/{CODE}99",
        f"/login-otp/{CODE}",
        f"/passcode/{CODE[:5]}",
    ],
)
def test_a_code_that_was_sent_is_hidden_in_a_path(redactor: Redactor, path: str) -> None:
    code = max((part for part in path.split("/") if part.isdigit()), key=len)
    assert code not in redact_path(redactor, path).value
    assert code not in redact_url(redactor, f"https://a.example{path}?lang=de").value
    assert code not in redact_text(redactor, f"GET https://a.example{path} took 12 ms").value
    assert list(leftovers([(1, f"GET https://a.example{path} took 12 ms")]))


@pytest.mark.parametrize(
    "path",
    [
        "/orders/481516/confirm",
        "/orders/confirm/481516",
        "/shipments/verify/481516/history",
        "/confirm/2026/11",
        "/verify/4711",
        "/verify/481516.json",
        "/login/attempts/481516",
        "/otp/settings/1",
        "/mfa/48151623",
        "/verifier/481516",
    ],
)
def test_an_id_beside_such_a_word_stays_in_a_path(redactor: Redactor, path: str) -> None:
    assert redact_path(redactor, path).value == path
    assert redact_text(redactor, f"GET https://a.example{path} took 12 ms").places == ()
    assert not list(leftovers([(1, f"GET https://a.example{path} took 12 ms")]))


@pytest.mark.parametrize(
    "path",
    [
        f"/live/joe/{PASSWORD}/12345.ts",
        f"/live/joe%40example.com/{PASSWORD}/7.m3u8",
        f"/movie/joe/{PASSWORD}/8812.mkv",
    ],
)
def test_a_streams_password_is_hidden_in_its_path(redactor: Redactor, path: str) -> None:
    assert redact_path(redactor, path).value == path.replace(PASSWORD, "‹redacted›")
    assert PASSWORD not in redact_text(redactor, f"#EXTINF:-1,One http://a.example{path}").value
    assert list(leftovers([(1, f"#EXTINF:-1,One http://a.example{path}")]))


def test_the_password_of_a_recorded_stream_is_hidden(redactor: Redactor) -> None:
    for path in (
        f"/timeshift/joe/{PASSWORD}/60/2026-11-30:10-00/12345.ts",
        f"/series/joe/{PASSWORD}/55.mp4",
    ):
        assert redact_path(redactor, path).value == path.replace(PASSWORD, "‹redacted›")


@pytest.mark.parametrize(
    "path",
    [
        "/live/channel/sports-hd/12345.ts",
        "/series/the-wire/season-3/5521.mp4",
        "/series/the-wire/s03/5521.mp4",
        "/movie/arrival/1080p/8812.mkv",
        "/live/event/2026-11-30/12345.ts",
        f"/live/joe/{PASSWORD}/12345.html",
        f"/catalog/joe/{PASSWORD}/12345.ts",
    ],
)
def test_parts_of_a_films_address_stay(redactor: Redactor, path: str) -> None:
    assert redact_path(redactor, path).value == path
    assert not list(leftovers([(1, f"GET http://a.example{path}")]))


@given(st.text(alphabet="/-._s0123456789otpverifylv\n é", max_size=200))
def test_paths_keep_all_but_codes_and_passwords(path: str) -> None:
    redactor = Redactor.make(enabled=True)
    once = redact_path(redactor, path).value
    assert redact_path(redactor, once).value == once
    assert once.count("/") == path.count("/")


def in_body(redactor: Redactor, value: object) -> str:
    return redact_body(redactor, json.dumps(value), "application/json").value


@pytest.mark.parametrize(
    "value",
    [
        {"parol": WORDS},
        {"user": {"parol": PASSWORD}},
        {"jeton": TOKEN},
        {"jetonAcces": "a", "nouveau_jeton": TOKEN},
        {"chaveSecreta": TOKEN},
        {"cle_secrete": TOKEN},
        {"clave_secreta": TOKEN},
        {"sessionTicket": TOKEN},
        {"AuthTicket": TOKEN},
        {"setupCode": CODE},
        {"usuario": "joe", "clave": WORDS},
        {"clave": WORDS, "usuario": "joe"},
        {"konto": "1", "pin": "7183", "tan": CODE},
        {"tan": CODE, "pin": "7183"},
        {"code": CODE, "trust_device": True},
        {"rememberDevice": False, "code": CODE},
        {"apiKey": "a", "sign": TOKEN},
        {"sign": TOKEN, "timestamp": "1", "api_key": "a"},
    ],
)
def test_members_in_other_languages_and_beside_others_are_hidden(
    redactor: Redactor, value: object
) -> None:
    shown = in_body(redactor, value)
    assert not any(one in shown for one in SECRETS)


@pytest.mark.parametrize(
    "value",
    [
        {"parole": "a song", "parolier": "joe"},
        {"clave": "producto-12", "valor": "mesa"},
        {"schluessel": "farbe", "wert": "rot"},
        {"support_ticket": "TCK-481516", "ticket": "481516"},
        {"jetons": 12, "jeton": "blue"},
        {"tan": CODE, "sin": "0.5"},
        {"pin": False, "tan": "brown"},
        {"apiKey": None, "sign": "plus"},
        {"setup": "done", "code": "ok"},
        {"trust_device": True, "code": "DE"},
    ],
)
def test_members_that_only_look_like_those_stay(redactor: Redactor, value: object) -> None:
    assert "‹" not in in_body(redactor, value)
