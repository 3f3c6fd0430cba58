"""A quick look that spares most text a closer one.

Every name of a secret and every form of a token holds one of the pieces below. Each begins with
a letter that is not frequent, where it has one, and a text is searched once for each first letter
that it has (`first_letters`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.first_letters import (
    found_in,
    letters_found,
    searches,
    ways_of,
)
from otelhook.redaction.rules.form_clues import may_be_formed
from otelhook.redaction.rules.policy import Redactor

__all__ = [
    "COMMANDED",
    "FORMED",
    "LINKED",
    "NAMED",
    "PLACED",
    "SAID",
    "may_hold_secrets",
    "named_at",
    "what_may_be",
    "worth_a_look",
]

NAMED = 1
"""A secret after its name: ``password=…``."""
SAID = 2
"""A secret in a sentence or statement."""
FORMED = 4
"""A token that is known by its form."""
COMMANDED = 8
"""A secret that a program takes without a name: ``mysql -p…``."""
LINKED = 16
"""A link that was mailed."""
PLACED = 32
"""What is no row of forms, but known by its place: userinfo, a key in PEM, credentials."""

_NAMES = (
    *("pass", "pwd", "pw", "pin", "psk", "cret", "ken", "cred", "key", "uth", "sess", "cookie"),
    *("jwt", "jwe", "csrf", "xsrf", "bearer", "sertion", "saml", "verifier", "card", "cvv", "cvc"),
    *("ssn", "social", "kennwort", "senha", "contrase", "wachtwoord", "비밀번호", "密码"),
    *("密碼", "パスワード", "пароль", "signature", "sig=", "sig%3", "cket=", "cket%3", "sid="),
    *("sid%3", "code=", "code%3", "payload", "private-", "\\u00"),
    *(
        "phrase",
        "kubeconf",
        "kube_conf",
        "kube-conf",
        "kube.conf",
        "wresult",
        "pgt",
        "captcha",
        "user_data",
    ),
    *(
        "user-data",
        "user.data",
        "userdata",
        "kty",
        "jsonrpc",
        "sam_lart",
        "sam-lart",
        "sam.lart",
        "puk",
        "communit",
        "cvn",
        "pkcs",
        "pfx",
    ),
    *("p12", "seed", "kek", "jks"),
)
_SENTENCES = (
    *("passw", "phrase", "passcode", "cret", "ken", "key", "fied ", "uth "),
    *("pwd", ":thin:"),
)
_PLACES = ("@", "begin ", "\\u00", "bearer ", "basic ", "private-l")
"""What is no row of forms: userinfo, keys in PEM and PuTTY's files, credentials of a scheme."""
_FURTHER_NAMES = (
    r"code(?<=(?:ice|ser|ion|mfa|ery|kup|tch|ncy|cue|ity|oob)[_-]code)",
    r"code(?<=(?:ice|ser|ion|mfa|ery|kup|tch|ncy|cue|ity|oob)code)",
    r"private(?=[\W_]{0,40}(?:mac|pem))",
    *("mnemonic", "stile(?<=turnstile)", "sh(?<=(?:nt|lm)[_.-]hash)"),
    *("sh(?<=(?:nt|lm)hash)", "p(?<=otp)", "wer(?<=answer)", "k(?<=dek)", "pat(?![a-z])"),
)
_FURTHER_SENTENCES = (
    "pass (?<=repass )",
    "u (?<=-u )",
    "user(?<=-user)",
    "code(?<=[a-z] code)",
    "pin (?<= pin )",
    "pin: ",
)
"""What counts only beside something: ``userCode``, ``-u name:password``."""
_COMMANDS = (
    r"-[a-z7-](?<=[ \t\"']-[a-z7-])",
    *(
        "bbitmqctl",
        "vault ",
        "passwd(?<=(?:ch|ht)passwd)",
        "wpa_",
        "swift",
        "bscure ",
        "sqlplus",
        "user(?<=net user)",
        "u(?<=/u)ser:",
    ),
)
"""An option, and programs that take secrets without any."""
_LINKS = tuple(
    rf"{piece}[\w-]{{0,32}}/\w"
    for piece in (
        *("set(?<=reset)", "verif", "confirm", "ctivat(?<=activat)", "vit(?<=invit)"),
        "magic",
        *("cover(?<=recover)", "bscrib(?<=unsubscrib)", "password"),
    )
)
_ORDER = "soucpfbwkv-@jx"
"""First letters that texts have much of: the engine tries one after another."""
_SHORT = 160


def _needed(words: Iterable[str]) -> set[str]:
    """Return those words that begin with no other of them: where they are, the other is too."""
    words = set(words)
    return {one for one in words if not any(one.startswith(other) for other in words - {one})}


_A_NAME = searches(ways_of(_needed(_NAMES), _FURTHER_NAMES))
_A_SENTENCE = searches(ways_of(_needed(_SENTENCES), _FURTHER_SENTENCES))
_A_PLACE = searches(ways_of(_PLACES))
_A_COMMAND = searches(ways_of((), _COMMANDS))
_A_LINK = searches(ways_of((), _LINKS))
_ANY = searches(
    ways_of(
        _needed((*_NAMES, *_SENTENCES, *_PLACES)),
        (*_FURTHER_NAMES, *_FURTHER_SENTENCES, *_COMMANDS, *_LINKS),
    )
)


def worth_a_look(redactor: Redactor, text: str) -> bool:
    """Say quickly whether these rules may find anything in a text; False is certain."""
    if redactor.patterns or (_short(text) if len(text) <= _SHORT else may_hold_secrets(text)):
        return True
    return redactor.names.has_further and redactor.names.may_stand_in(text)


def may_hold_secrets(text: str) -> bool:
    """Return quickly whether a closer look is worth it; False is certain."""
    return _short(text) != 0 if len(text) <= _SHORT else _any(text.lower()) or may_be_formed(text)


def what_may_be(text: str) -> int:
    """Return which kinds of secrets may stand in a text, joined: `NAMED`, `SAID` and so on."""
    return _short(text) if len(text) <= _SHORT else _kinds(text)


@lru_cache(maxsize=4096)
def _short(text: str) -> int:
    return _kinds(text)


def _one_pattern(ways: Mapping[str, Iterable[str]]) -> re.Pattern[str]:
    """Return one flat choice of first letters: only of that the engine makes a set."""
    order = sorted(ways, key=lambda first: (_ORDER.find(first) % 99, first))
    return lazy("|".join(f"{re.escape(one)}(?:{'|'.join(ways[one])})" for one in order))


_PIECE_OF_NAME = _one_pattern(
    ways_of(
        {name.partition("=")[0].partition("%3")[0] for name in _NAMES} - {"\\u00"},
        (*_FURTHER_NAMES, "code"),
    )
)


def named_at(text: str) -> Iterator[int] | None:
    """Yield where a piece of a secret's name stands, in order; None if that cannot be told."""
    lower = text.lower()
    if len(lower) != len(text):
        return None
    return (match.start() for match in _PIECE_OF_NAME.finditer(lower))


def _any(lower: str) -> bool:
    return found_in(lower, _ANY)


def _kinds(text: str) -> int:
    lower = text.lower()
    kinds = FORMED if may_be_formed(text) else 0
    found = letters_found(lower, _ANY)
    if found:
        for kind, table in _PATTERNS:
            if found_in(lower, tuple(one for one in table if one[0] in found)):
                kinds |= kind
    return kinds


_PATTERNS = (
    (NAMED, _A_NAME),
    (SAID, _A_SENTENCE),
    (PLACED, _A_PLACE),
    (COMMANDED, _A_COMMAND),
    (LINKED, _A_LINK),
)
