"""What a secret's name means elsewhere: a fare's pass, a payment's approval, a row's key.

A name alone says too much where everyday words are names: ``pass=economy`` is a ticket's class, and
``password_hash = argon2id`` the name of an algorithm. One row a meaning: under which names, with
which values, and beside what; every sample is tested. A value that is a choice (``dark``,
``pt_PT``) is told here too: cookies of people's preferences hold such.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.names import spell

__all__ = ["LONGEST_MEANT", "MEANINGS", "Meaning", "is_choice", "means_another"]


LONGEST_MEANT: Final = 256
"""Characters: what is longer is none of these."""


class Meaning(NamedTuple):
    """One other meaning."""

    kind: str
    names: re.Pattern[str]
    """Spelled names, as in `otelhook.redaction.rules.names`."""
    values: re.Pattern[str]
    sample: tuple[str, str]
    """A name and a value that mean this."""
    beside: re.Pattern[str] | None = None
    """What must stand somewhere around."""
    never_beside: re.Pattern[str] | None = None
    """What must not."""


def _row(  # noqa: PLR0913 - the columns of a table
    kind: str, names: str, values: str, sample: str, *, beside: str = "", never_beside: str = ""
) -> Meaning:
    name, _, value = sample.partition("=")
    return Meaning(
        kind,
        lazy(names),
        lazy(values),
        (name, value),
        lazy(beside) if beside else None,
        lazy(never_beside) if never_beside else None,
    )


_WORDS: Final = "[A-Za-z]{2,16}(?:[ _-][A-Za-z]{2,16}){0,2}"

_OF_PASSES: Final = (
    "economy|business|first|standard|premium|basic|plus|flex|comfort|coach|"
    "saver|vip|general|full|half|all|free|guest|adult|child|youth|student|"
    "senior|family|group|day|daily|week|weekly|weekend|month|monthly|annual|"
    "yearly|year|season|summer|winter|night|rail|bus|metro|train|ferry|ski|"
    "lift|gym|park|parking|museum|city|travel|transit|tour|event|festival|"
    "visitor|staff|press|access|class|ticket|boarding|battle|forward|low|high|"
    "single|return|multi|trial"
)
"""What a pass is called or is for. Any other word may be what somebody chose to log in with."""

MEANINGS: Final = (
    _row(
        "pass of a fare, a season or a sport",
        "pass",
        rf"(?i:(?:{_OF_PASSES})(?:[ _-](?:{_OF_PASSES})){{0,2}})",
        "pass=economy",
        never_beside=r"(?i)user|log_?[io]n|mail|account|host|auth|server|smtp|database|\buid\b|pwd",
    ),
    _row(
        "approval of a card's payment (ISO 8583, field 38)",
        "(?:auth|authorization|authorisation)_?code",
        "[0-9A-Z]{4,8}",
        "authCode=083152",
        beside=r"(?i)psp_?ref|merchant|amount|currency|acquirer|refusal|\bcard_?(?:type|brand|scheme)"
        r"|avs_?res|cvv_?res|approv|last_?4|last_?four",
    ),
    _row(
        "what a field is called in a language",
        r"(?:\w+_)?(?:password|passwd|passphrase|pass|token|pin|secret|otp|code|key)",
        "[A-ZÀ-Þ][a-zß-ÿ]{2,24}(?: [A-Za-zß-ÿ]{2,24}){0,3}[?!:.]?",
        "login.token=Anmeldecode",
        beside=r"\"(?:i18n|l10n|translations?|labels|messages|locales?|lang)\"\s?:\s?[{\"]",
    ),
    _row(
        "address of a message at a broker",
        "routing_key",
        r"[\w*#-]{1,48}(?:\.[\w*#-]{1,48}){1,8}",
        "routing_key=users.eu.created.4711",
    ),
    _row(
        "where something is pinned",
        "pin",
        _WORDS,
        "pin=window",
    ),
    _row("order at PayPal", "token", "(?:EC|BA)-[0-9A-Z]{10,20}", "token=EC-5UX02069V4418051T"),
    _row(
        "order at PayPal, by its address",
        "token",
        "[0-9A-Z]{17}",
        "token=5O190127TN364715T",
        beside=r"paypal",
    ),
    _row(
        "name of an algorithm",
        r"\w*(?:hash|digest)",
        r"(?i:sha|md|blake|pbkdf|argon|scrypt|bcrypt|crypt|hmac|ssha|xx|crc)[\w/-]{0,16}(?<!\w{17})",
        "password_hash=argon2id",
    ),
    _row(
        "number of a row",
        r"(?:\w+_)?(?:customer|account|application|app|service|merchant|subscription|consumer|sync"
        r"|integration|site|team|user|device)_key",
        r"\d{1,9}",
        "customer_key=4411",
    ),
    _row(
        "how a secret is mounted",
        r"(?:\w+_)?secrets?",
        r"(?:(?:id|type|src|source|target|env|name|mode|uid|gid)=[^\s,=]{1,128}(?:,(?=\w)|\Z))+",
        "secret=id=db,src=/run/db",
    ),
    _row(
        "name of a secret",
        r"(?:\w+_)?secrets?",
        r"[a-z]{2,24}(?:[-_.][a-z]{2,24}){0,4}"
        r"[-_.](?:passw(?:or)?d|secret|token|key|cred|credential)s?",
        "secret=db-password",
    ),
    _row("what is too short for a signature", r"sig|signature", ".{1,7}", "signature=6/8"),
)
"""In no order: each is looked at."""

_CHOICE: Final = lazy(
    r"[A-Za-z]{1,14}(?:[ _/+.-][A-Za-z]{1,14}){0,3}"
    r"|-?\d{1,4}(?:\.\d{1,2})?(?:px|r?em|pt|%|x\d{1,4})?"
)
_WORD: Final = lazy("[A-Za-z]+")
_SPOKEN: Final = lazy(r"(?i:(?=.*[aeiouy])(?!.*[b-df-hj-np-tv-xz]{4}).*|[a-z]{1,3})")
"""A word that can be said: random letters seldom can."""


_COOKIE: Final = ("cookie", "cookies")
_NAMES_A_SECRET: Final = lazy(r"(?i)(?:pass|pwd|pin|key|secret|token|auth|sess|code|user)\w*=|sid=")


def is_choice(value: str) -> bool:
    """Return whether a value is a word or two, a language or a small number: ``pt-PT``, ``16px``.

    No machine issues such, and who chooses a password is told to use more.
    """
    if _CHOICE.fullmatch(value) is None:
        return False
    return all(
        _SPOKEN.fullmatch(word) and (word.islower() or word.isupper() or word.istitle())
        for word in _WORD.findall(value)
    )


def means_another(name: str, value: str, around: str) -> bool:
    """Return whether a secret's name means something else here.

    Args:
        name: as it is written.
        value: what stands under it.
        around: the text that both are in.
    """
    rows = _meanings(name)
    if rows is None:
        return _are_choices(value)
    return any(
        row.values.fullmatch(value)
        and (row.beside is None or row.beside.search(around))
        and (row.never_beside is None or not row.never_beside.search(around))
        for row in rows
    )


@lru_cache(maxsize=1024)
def _meanings(name: str) -> tuple[Meaning, ...] | None:
    """Return the rows of a name; None if it is one of cookies."""
    words = spell(name)
    if words.endswith(_COOKIE):
        return None
    return tuple(row for row in MEANINGS if row.names.fullmatch(words))


def _are_choices(line: str) -> bool:
    """Return whether a line of cookies holds choices only, of names that are no secret's."""
    if _NAMES_A_SECRET.search(line):
        return False
    values = (pair.rpartition("=")[2].strip() for pair in line.split(";"))
    return all(is_choice(unquote(value)) for value in values)
