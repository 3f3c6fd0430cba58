"""What stands under a secret's name and is none: a ticket's class, an algorithm, a choice.

Redaction has a table of the like; this one was thought out apart from it, and is coarser.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ROWS", "is_choice", "is_other"]

_OF_PASSES: Final = (
    "economy|business|first|standard|premium|basic|flex|vip|adult|child|student|senior|family|day"
    "|week(?:end|ly)?|month(?:ly)?|annual|year(?:ly)?|season|rail|bus|ski|travel|city|event|press"
    "|access|class|boarding|all"
)
ROWS: Final = tuple(
    (sample, re.compile(names, re.IGNORECASE), re.compile(values))
    for sample, names, values in (
        ("pass=economy", r"pass", rf"(?i:(?:{_OF_PASSES})(?:[ _-][a-z]{{2,16}})?)"),
        ("authCode=HW617E", r"auth(?:ori[sz]ation)?_?code", "(?=[0-9]{0,5}[A-Z])[0-9A-Z]{6}"),
        ("login.token=Anmeldecode", r"[\w-]+(?:\.[\w-]+)+", "[A-ZÀ-Þ][a-zß-ÿ]{3,24}"),
        ("pin=window", r"pin", r"[A-Za-z]{2,16}(?:[ _-][A-Za-z]{2,16})?"),
        ("token=EC-5UX02069V4418051T", r"token", r"(?:EC|BA)-[0-9A-Z]{10,20}"),
        (
            "password_hash=argon2id",
            r"[\w-]*(?:hash|digest)",
            r"(?i:sha|md|argon|bcrypt|scrypt|pbkdf|blake|hmac)[\w/-]{0,10}",
        ),
        (
            "account_key=4411",
            r"[\w-]*(?:customer|account|app|user|team|site|device|service)[_-]?key",
            r"\d{1,9}",
        ),
        (
            "secrets=[db, cache]",
            r"[\w-]*(?:secret|token|password)s",
            r"\[[a-z][a-z_-]{1,40}(?:,\s?[a-z_-]{2,40}){0,8}\]?",
        ),
        (
            "secret=id=db,src=/run/db",
            r"[\w-]*secrets?",
            r"(?:id|type|src|source|env|target|name)=.*",
        ),
        (
            "secret=db-password",
            r"[\w-]*secrets?",
            r"[a-z]{2,24}(?:[-_][a-z]{2,24}){0,3}[-_](?:password|secret|token|key)s?",
        ),
        ("signature=6/8", r"sig|signature", ".{1,7}"),
        ("passwordField=pw", r"\w*password_?field", r"[a-z_]{2,24}"),
    )
)
"""A name and a value that are no secret, and the patterns of both."""
_CHOICE: Final = re.compile(
    r"[A-Za-z]{1,16}(?:[-_/ .:][A-Za-z]{1,16}){0,3}|\d{1,4}(?:px|em|%|x\d{1,4})?|G[SA]\d[.\d]{4,40}"
)
_GATES: Final = re.compile(r"(?i)pass|pwd|sess|auth|token|\bsid\b|key|secret|pin$|jwt|csrf|login")


def is_other(name: str, value: str) -> bool:
    """Return whether a value says that its name means something else here."""
    return any(names.fullmatch(name) and values.fullmatch(value) for _, names, values in ROWS)


def is_choice(name: str, value: str) -> bool:
    """Return whether a cookie holds what somebody chose: ``font-size=large``."""
    return bool(name) and not _GATES.search(name) and _CHOICE.fullmatch(value) is not None
