"""Pieces of words, one of which is in each name whose value is secret: most names have none.

A piece stands within one word, so that it does not matter what joins a name's words.
"""

from __future__ import annotations

import re
from typing import Final

from otelhook.redaction.rules.first_letters import found_in, searches
from otelhook.redaction.rules.password_words import PASSWORD_WORDS

__all__ = ["PIECES", "may_be_secret"]

_OWN: Final = (
    *("pass", "pw", "pin", "psk", "cret", "ken", "cred", "key", "uth", "sess", "cookie", "jwt"),
    *("jwe", "csrf", "xsrf", "bearer", "sertion", "saml", "card", "cvv", "cvc", "cvn", "ssn"),
    *("social", "otp", "sig", "code", "private", "phrase", "kube", "wresult", "pgt", "captcha"),
    *("data", "lart", "puk", "communit", "pkcs", "pfx", "p12", "seed", "kek", "jks", "mnemonic"),
    *("stile", "hash", "answer", "dek", "pat", "crumb", "cket", "salt", "plain", "nonce", "sonar"),
    *("state", "cavv", "ucaf", "ptogram", "num", "secure", "handle", "track", "cvx"),
    "jeton",
)
_OF_WORDS: Final = {re.split(r"\W", piece)[0] for piece in PASSWORD_WORDS.values()} - {*_OWN}
"""The plain letters of what each word for a password holds."""

_SHORTEST: Final = {*_OWN, *_OF_WORDS}
PIECES: Final = (
    *_OWN,
    *sorted(p for p in _OF_WORDS if not any(one in p for one in _SHORTEST - {p})),
)
_ANY: Final = searches(PIECES)


def may_be_secret(name: str) -> bool:
    """Say quickly whether a name may be one of `secret_names`' own; False is certain."""
    return found_in(name.lower(), _ANY)
