"""Which keys of one object make another a secret, and which are secret within a certain object.

barbican's ``payload`` beside its content type, a private JWK's members beside ``kty`` (RFC 7517), a
Wi-Fi's ``key`` beside its ``ssid``, a code beside whom it was sent to. Names are spelled as in
`otelhook.redaction.rules.names`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.names import Sensitivity

__all__ = [
    "COMPANIONS",
    "FLAGS",
    "INNOCENT_ALONE",
    "LOOKS",
    "TOLD_BY",
    "WITHIN",
    "Within",
    "told_by",
]

_CODE: Final = (("code",), Sensitivity.HUMAN)
_AGAIN: Final = (
    *("confirm", "confirmation", "confirm_new", "new_confirm", "repeat", "retype", "again"),
    *("verify", "repeat_new", "retype_new"),
)
"""What a password is called where it is given once more."""
_NUMBER: Final = (("number",), Sensitivity.HUMAN)

COMPANIONS: Final[Mapping[str, tuple[tuple[str, ...], Sensitivity]]] = {
    "payload_content_type": (("payload",), Sensitivity.HUMAN),
    "kty": (("d", "p", "q", "dp", "dq", "qi", "k"), Sensitivity.TOKEN),
    "ssid": (("key",), Sensitivity.HUMAN),
    "api_key": (("encoded", "sign"), Sensitivity.TOKEN),
    "pin": (("tan",), Sensitivity.HUMAN),
    "usuario": (("clave",), Sensitivity.HUMAN),
    "security_question": (("answer",), Sensitivity.HUMAN),
    "token_last_eight": (("sha1",), Sensitivity.TOKEN),
    "clientkey": (("username",), Sensitivity.TOKEN),
    "acl": (("value",), Sensitivity.TOKEN),
    "token": (("user",), Sensitivity.TOKEN),
    **dict.fromkeys(("phone", "phone_number", "mobile", "email", "username", "login"), _CODE),
    **dict.fromkeys(("session_info", "challenge_id", "verification_id", "mfa_token"), _CODE),
    **dict.fromkeys(
        ("method_id", "factor_id", "grant_type", "redirect_uri", "code_verifier"), _CODE
    ),
    **dict.fromkeys(("trust_device", "remember_device"), _CODE),
    "client_data": (("signature_data",), Sensitivity.TOKEN),
    "client_data_json": (("signature",), Sensitivity.TOKEN),
    "password": (("code", *_AGAIN), Sensitivity.HUMAN),
    **dict.fromkeys(("new_password", "pwd", "passwd"), (_AGAIN, Sensitivity.HUMAN)),
    "authenticator_data": (("signature",), Sensitivity.TOKEN),
    **dict.fromkeys(("cvc", "cvv", "expiry_month", "exp_month", "expiration_month"), _NUMBER),
}
"""By a key: which keys beside it are secret, before it or after it, and how."""

TOLD_BY: Final[Mapping[str, Mapping[str, Sensitivity]]] = {
    key: {
        companion: sensitivity
        for companion, (keys, sensitivity) in COMPANIONS.items()
        if key in keys
    }
    for key in {key for keys, _ in COMPANIONS.values() for key in keys}
}
"""By such a secret key: the keys that make it one, and how."""
LOOKS: Final[Mapping[str, re.Pattern[str]]] = {
    "code": lazy(
        r"\d{5,8}|(?=[^0-9]*[0-9])(?=[^a-zA-Z]*[a-zA-Z])(?![A-Z-]+\d{1,4}\Z)[\w./+=~-]{20,1024}"
    ),
    "number": lazy(r"\d(?:[ -]?\d){12,18}"),
    "user": lazy("[A-Za-z0-9]{30}"),
    "value": lazy("[0-9a-f]{32,64}"),
    "sign": lazy(r"[\w+/=-]{24,512}"),
    "tan": lazy(r"\d{4,8}"),
    **dict.fromkeys((*_AGAIN, "clave"), lazy(r"(?=\S*\d)\S{6,256}")),
}
"""What some look like where they are secret: a code that was sent, a card's number, Pushover's
user, Algolia's key, a request's signature, a password."""
FLAGS: Final = frozenset(
    {
        *("sensitive", "is_sensitive", "secret", "is_secret", "secured", "is_secured", "masked"),
        *("obfuscated", "encrypted", "is_encrypted"),
    }
)
"""Where one of these is true, what stands beside it as a value is a secret under any name."""
INNOCENT_ALONE: Final = frozenset({"sha1", "username", "encoded", "code", "user"})
"""Those that are none where a text was cut before what would make them one."""


class Within(NamedTuple):
    """A key that is secret within an object of some name."""

    key: str
    parent: re.Pattern[str]
    sensitivity: Sensitivity
    value: re.Pattern[str]
    """What its value looks like."""


def _within(key: str, parent: str, sensitivity: Sensitivity, value: str = ".+") -> Within:
    return Within(key, lazy(parent), sensitivity, lazy(value, re.DOTALL))


_A_KEY: Final = "[A-Za-z0-9+/]{42,}={1,2}"
"""Bytes in base64: an account's two keys have no other name in Azure's answers."""

_LICENCE: Final = r"(?=[A-Z-]{0,24}\d)[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){2,7}"
"""Groups of capitals and digits; a licence's name (``GPL-3.0-or-later``) has small letters."""

WITHIN: Final = (
    _within("number", r"(?:\w+_)?cards?", Sensitivity.HUMAN, r"\d(?:[ -]?\d){12,18}"),
    _within("blob", "credentials?", Sensitivity.HUMAN),
    _within(
        "answer", r"(?:\w+_)?(?:security|recovery|secret|challenge)_questions?", Sensitivity.HUMAN
    ),
    _within("community", r"\w*snmp\w*", Sensitivity.HUMAN),
    _within("artifact", r"artifact_resolve", Sensitivity.HUMAN),
    _within("access", r"\w*", Sensitivity.MAYBE),
    _within("pan", r"\w*", Sensitivity.HUMAN, r"\d(?:[ -]?\d){12,18}"),
    _within(
        "code",
        r"(?:\w+_)?(?:otp|totp|mfa|2fa|tfa|two_?factor|second_?factor|verification|recovery_code|sms)",
        Sensitivity.HUMAN,
        r"(?=[\w-]*\d)[\w-]{4,16}",
    ),
    _within("encrypt", r"\w*", Sensitivity.TOKEN, "[A-Za-z0-9+/]{42,}={0,2}"),
    _within("sid", r"(?:\w+_)?session\w*", Sensitivity.TOKEN, "[0-9a-f]{16,64}"),
    _within("basic", r"\w*", Sensitivity.HUMAN, r"[\w.@+-]{1,64}:[^\s:/]\S{3,}"),
    *(
        _within(key, r"\w*", Sensitivity.TOKEN, _LICENCE)
        for key in ("license", "licence", "product_key", "serial_key")
    ),
    _within("primary", r"\w*", Sensitivity.MAYBE, _A_KEY),
    _within("secondary", r"\w*", Sensitivity.MAYBE, _A_KEY),
)


def told_by(key: str, value: str, seen: Collection[str]) -> tuple[Sensitivity, bool]:
    """Return how secret a value under such a key is, and whether a key that was seen says so."""
    if key in LOOKS and not LOOKS[key].fullmatch(value):
        return Sensitivity.NONE, True
    companions = TOLD_BY[key]
    for companion, sensitivity in companions.items():
        if companion in seen:
            return sensitivity, True
    return next(iter(companions.values())), False
