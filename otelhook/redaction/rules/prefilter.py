"""A quick look that spares most text a closer one.

Every name of a secret and every form of a token holds one of the pieces below. Each begins with
a letter that is not frequent, where it has one: the regular expression engine then passes over
most characters at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from otelhook.redaction.rules.form_clues import may_be_formed
from otelhook.redaction.rules.password_words import PASSWORD_WORDS
from otelhook.redaction.rules.placed import PLACES
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
"""A secret at a place of a line, without a name before it."""


def _after(ends: str, word: str, piece: str) -> str:
    """Return a pattern of a word after others, with a sign between them or without.

    Args:
        ends: what the words before end with, all of one length.
        word: what counts only after them.
        piece: the end of it that is looked for, which begins with a letter that is not frequent.
    """
    before = ends.replace(" ", "|")
    return rf"{piece}(?:(?<=(?:{before}){word})|(?<=(?:{before})[\W_]{word}))"


_NAMES = (
    *("pass", "pwd", "pw", "pin", "psk", "cret", "ken", "cred", "key", "uth", "sess", "cookie"),
    *("jwt", "jwe", "csrf", "xsrf", "bearer", "sertion", "saml", "verifier", "card", "cvv", "cvc"),
    *("ssn", "social", "otp", "signature", "sig=", "sig%3", "cket", "sid=", "sid%3", "code="),
    *("code%3", "payload", "private-", "\\u00", "phrase", "wresult", "pgt", "captcha", "kty"),
    *("jsonrpc", "puk", "communit", "cvn", "pkcs", "pfx", "p12", "seed", "kek", "jks"),
    *("crumb", "plain_text", "ssid", "odname", "salt", "kube_conf", "user_data", "sam_lart"),
    *("created_time", "se_id", "se_dur"),
    *{f"\\u{ord(word[0]):04x}" for word in PASSWORD_WORDS if word[0] > "\u00ff"},
)
"""Each begins with a letter; ``_`` stands for any sign between two words, or none."""
_SENTENCES = (
    *("passw", "phrase", "passcode", "cret", "ken", "key", "fied ", "uth ", "repass "),
    "pwd",
)
_PLACES = ("@", "begin ", "\\u00", "bearer ", "basic ", "private-l")
"""What is no row of forms: userinfo, keys in PEM and PuTTY's files, credentials of a scheme."""
_FURTHER_NAMES = (
    _after("ice ser ion mfa ery kup tch ncy cue ity oob", "code", "code"),
    _after("nt lm", "hash", "sh"),
    r"private(?=[\W_]{0,40}(?:mac|pem))",
    *("onic(?<=mnemonic)", "stile(?<=turnstile)", "wer(?<=answer)", "k(?<=dek)", "pat(?![a-z])"),
    *(set(PASSWORD_WORDS.values()) - {"pass"}),
)
_FURTHER_SENTENCES = (
    *("u (?<=-u )", "user(?<=-user)", "code(?<=[a-z] code)", "pin (?<= pin )", "pin: ", "pw "),
    *(r"ogin (?:with |as |is )?[\w.@+-]{1,64} ?/", r"count:? [\w.@+-]{1,64} ?/"),
    *(r"sign[ -]?in (?:with |as )[\w.@+-]{1,64} ?/", "o (?<=[0-9] to )", "s (?<=[0-9] as )"),
    *("or (?<=[0-9] for )", "credential"),
    *dict.fromkeys(PASSWORD_WORDS.values()),
)
"""What counts only beside something: ``userCode``, ``-u name:password``."""
_PLACED = tuple(clue for place in PLACES for clue in place.clues)
_RARE = ((":thin:", SAID), *((piece, PLACED) for place in PLACES for piece in place.rare))
"""Pieces of text that begin with a sign which is frequent in other text, and what they may be."""
_COMMANDS = (
    r"-(?<=[ \t\"']-)[a-z7-]",
    *(
        "bbitmqctl",
        "vault ",
        "passwd(?<=(?:ch|ht)passwd)",
        "wpa_",
        "swift",
        "password(?<=initial-password)",
        "bscure ",
        "sqlplus",
        "user(?<=net user)",
        "user:(?<=/user:)",
        "ken (?<=agent-token )",
        "st (?<=radtest )",
    ),
)
"""An option, and programs that take secrets without any."""
_LINKS = tuple(
    rf"{piece}[\w-]{{0,32}}/[\w/]"
    for piece in (
        *("set(?<=reset)", "verif", "confirm", "ctivat", "vit(?<=invit)", "c(?<=magic)"),
        *("cover(?<=recover)", "bscrib(?<=unsubscrib)", "password", "og-?in", "sign-?(?:in|up)"),
        *("board(?<=onboard)", "ol(?<=enrol)", "ccept", "unlock"),
    )
)
_SIGN = {"_": r"[\W_]?"}
_ORDER = "soucpfbwkv-@jx"
"""First letters that texts have much of: the engine tries one after another."""
_SHORT = 160


def _pattern_of(words: Iterable[str]) -> str:
    """Return a pattern of these words that looks at each character of a text about once."""
    follow: dict[str, list[str]] = {}
    for word in words:
        follow.setdefault(word[:1], []).append(word[1:])
    if "" in follow:
        return ""
    ways = [
        _SIGN.get(first, re.escape(first)) + _pattern_of(follow[first]) for first in sorted(follow)
    ]
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


_PLAIN_HEAD = re.compile(r"(?:[^\\.^$*+?{}\[\]|()](?![*+?{]))*")
"""The plain letters that a pattern begins with."""


def _search(words: Iterable[str], more: Iterable[str] = ()) -> re.Pattern[str]:
    """Return one flat choice of first letters: only of that the engine makes a set.

    Args:
        words: pieces of text.
        more: patterns that begin with a plain letter.
    """
    words = tuple(words)
    follow: dict[str, list[str]] = {}
    for word in words:
        follow.setdefault(word[:1], []).append(word[1:])
    ways = {first: [_pattern_of(rest)] for first, rest in follow.items()}
    plain = tuple(word for word in words if "_" not in word)
    for pattern in more:
        head = _PLAIN_HEAD.match(pattern)
        if head is not None and head.group().startswith(plain):
            continue  # a word alone finds all that it does
        ways.setdefault(pattern[:1], []).append(pattern[1:])
    order = sorted(ways, key=lambda first: (_ORDER.find(first) % 99, first))
    return re.compile("|".join(f"{re.escape(one)}(?:{'|'.join(ways[one])})" for one in order))


_A_NAME = _search(_NAMES, _FURTHER_NAMES)
_A_SENTENCE = _search(_SENTENCES, _FURTHER_SENTENCES)
_A_PLACE = _search(_PLACES)
_A_COMMAND = _search((), _COMMANDS)
_A_LINK = _search((), _LINKS)
_A_PLACED = _search((), dict.fromkeys(_PLACED))
_ANY = _search(
    (*_NAMES, *_SENTENCES, *_PLACES),
    dict.fromkeys((*_FURTHER_NAMES, *_FURTHER_SENTENCES, *_COMMANDS, *_LINKS, *_PLACED)),
)


def worth_a_look(redactor: Redactor, text: str) -> bool:
    """Say quickly whether these rules may find anything in a text; False is certain."""
    if redactor.patterns or may_hold_secrets(text):
        return True
    return redactor.names.has_further and redactor.names.may_stand_in(text)


def may_hold_secrets(text: str) -> bool:
    """Return quickly whether a closer look is worth it; False is certain."""
    return _short(text) != 0 if len(text) <= _SHORT else _any(text.lower()) or may_be_formed(text)


def what_may_be(text: str) -> int:
    """Return which kinds of secrets may stand in a text: `NAMED`, `SAID`, `FORMED`, joined."""
    return _short(text) if len(text) <= _SHORT else _kinds(text)


@lru_cache(maxsize=4096)
def _short(text: str) -> int:
    return _kinds(text)


_PIECE_OF_NAME = _search(
    {name.partition("=")[0].partition("%3")[0] for name in _NAMES} - {"\\u00"},
    (*_FURTHER_NAMES, "code"),
)


def named_at(text: str) -> Iterator[int] | None:
    """Yield where a piece of a secret's name stands, in order; None if that cannot be told."""
    lower = text.lower()
    if len(lower) != len(text):
        return None
    return (match.start() for match in _PIECE_OF_NAME.finditer(lower))


def _any(lower: str) -> bool:
    return _ANY.search(lower) is not None or any(piece in lower for piece, _ in _RARE)


def _kinds(text: str) -> int:
    lower = text.lower()
    kinds = FORMED if may_be_formed(text) else 0
    if not _any(lower):
        return kinds
    for kind, pattern in _PATTERNS:
        if pattern.search(lower) is not None:
            kinds |= kind
    for piece, kind in _RARE:
        if piece in lower:
            kinds |= kind
    return kinds


_PATTERNS = (
    (NAMED, _A_NAME),
    (SAID, _A_SENTENCE),
    (FORMED, _A_PLACE),
    (COMMANDED, _A_COMMAND),
    (LINKED, _A_LINK),
    (PLACED, _A_PLACED),
)
