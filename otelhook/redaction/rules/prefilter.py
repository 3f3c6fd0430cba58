"""A quick look that spares most text a closer one.

Every name of a secret and every form of a token holds one of the pieces below. Each begins with
a letter that is not frequent, where it has one, and a text is searched once for each first letter
that it has (`first_letters`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.first_letters import (
    Found,
    Searches,
    found_among,
    found_in,
    letters_found,
    searches,
    ways_of,
)
from otelhook.redaction.rules.form_clues import may_be_formed
from otelhook.redaction.rules.password_words import CODE_CLUES, PASSWORD_WORDS, UNSPELLED
from otelhook.redaction.rules.placed import PLACES
from otelhook.redaction.rules.policy import Redactor

__all__ = [
    "COMMANDED",
    "FORMED",
    "LINKED",
    "LOGGED_IN",
    "MARKED",
    "NAMED",
    "PLACED",
    "SAID",
    "Look",
    "may_hide",
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
MARKED = 64
"""What is no row of forms, but known by what marks it: a key in PEM, credentials."""
LOGGED_IN = 128
"""Userinfo of a URL: an ``@`` is in most text with an address of mail, and in most that is none."""


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
    *("jsonrpc", 'params"', "puk", "communit", "cvn", "pkcs", "pfx", "p12", "seed", "kek", "jks"),
    *("crumb", "plain_text", "ssid", "odname", "salt", "kube_conf", "user_data", "sam_lart"),
    *("client_state", "created_time", "se_id", "se_dur", "y_account_n", "ure_string"),
    *("ucaf", "ptogram"),
    *{f"\\u{ord(word[0]):04x}" for word in PASSWORD_WORDS if word[0] > "\u00ff"},
)
"""Each begins with a letter; ``_`` stands for any sign between two words, or none."""
_SENTENCES = (
    *("passw", "phrase", "passcode", "cret", "ken", "key", "fied ", "uth ", "repass "),
    *("pwd", ":thin:"),
)
_PLACES = (
    *("begin ", "\\u00", "bearer ", "basic ", "private-l", "gotiate ", "ntlm ", "kerberos "),
)
"""What is no row of forms: keys in PEM and PuTTY's files, credentials of a scheme."""
_USERINFO = ("@", "\\u00")
_FURTHER_NAMES = (
    _after(
        "ice ser ion mfa ery kup tch ncy cue ity oob ess ate ite set ock gin gic sms ail irm ime"
        " oor ify eck pad aim ost rol ent ing tor nge 2fa tfa nin _in tup",
        "code",
        "code",
    ),
    _after("wp", "nonce", "once"),
    _after("ent ard hod", "nonce", "once"),
    _after("sonar", "login", "ogin"),
    r"clave(?=\"\s?:)",
    "jeton",
    r"code(?=\"?\s?:\s?(?:\"(?:\d{5,8}\"|[\w./+=~-]{20})|\$))",
    r"ber(?<=number)(?=\"\s?:\s?\"\d{4}[\d -]{8})",
    r"cl(?<=\"acl)(?=\")",
    r"basic(?=\"\s?:\s?\"[\w.@+-]{1,64}:)",
    r"masked(?=\"\s?:\s?true)",
    r"ve(?<=sensitive)(?=\"\s?:\s?true)",
    r"cured(?<=secured)(?=\"\s?:\s?true)",
    r"ypted(?<=encrypted)(?=\"\s?:\s?true)",
    _after("ate gin ion", "handle", "handle"),
    r"ypt(?<=encrypt)(?=\W{1,6}[\w+/]{20})",
    r"pan(?=\"\s?:\s?\"\d{13})",
    r"k(?<=track)(?=[\W_]?[12])",
    "vx(?<=cvx)",
    "vv(?<=cavv)",
    _after("cc", "num", "um"),
    r"sid(?<=\Wsid)(?=\W{1,4}[\da-f]{16})",
    r"user(?<=set-user)(?=\")",
    "yj(?<=eyj)",
    *("vite=", "vitation=", "firmation=", "vation=", "fication=", "gic=", "k=(?<=unlock=)"),
    r"cense(?=\W{1,8}[\da-z]{4,8}-[\da-z]{4,8}-)",
    r"cence(?=\W{1,8}[\da-z]{4,8}-[\da-z]{4,8}-)",
    "k=(?<=[?&]tk=)",
    "k=(?<=[?&]tok=)",
    _after("nt lm", "hash", "sh"),
    r"private(?=[\W_]{0,40}(?:mac|pem))",
    *("onic(?<=mnemonic)", "stile(?<=turnstile)", "wer(?<=answer)", "k(?<=dek)", "pat(?![a-z])"),
    *(set(PASSWORD_WORDS.values()) - {"pass"}),
)
_FURTHER_SENTENCES = (
    *(r"pin(?= \d{4})", r"puk(?= \d{4})"),
    *("u (?<=-u )", "user(?<=-user)", "code(?<=[a-z] code)", "pin (?<= pin )", "pin: ", "pw "),
    *(r"ogin (?:with |as |is )?[\w.@+-]{1,64} ?/", r"count:? [\w.@+-]{1,64} ?/"),
    *(r"sign[ -]?in (?:with |as )[\w.@+-]{1,64} ?/", "o (?<=[0-9] to )", "s (?<=[0-9] as )"),
    *("or (?<=[0-9] for )", "cred"),
    *dict.fromkeys(PASSWORD_WORDS.values()),
    *(*CODE_CLUES, *UNSPELLED),
    "otp",
    r"ogin (?:with|as) [\w.@+-]{1,64}:[^\s:]",
)
"""What counts only beside something: ``userCode``, ``-u name:password``."""
_PLACED = tuple(clue for place in PLACES for clue in place.clues)
_RARE = tuple(piece for place in PLACES for piece in place.rare)
"""Pieces of text that begin with a sign which is frequent in other text."""
_COMMANDS = (
    r"-[a-z7-](?<=[ \t\"']-[a-z7-])",
    *(
        "bbitmqctl",
        "vault ",
        "ool (?<=oathtool )",
        "passwd(?<=(?:ch|ht)passwd)",
        "wpa_",
        "swift",
        "password(?<=initial-password)",
        "bscure ",
        "sqlplus",
        "user(?<=net user)",
        "s (?<=mc alias )",
        "pw (?<=_pw )",
        "kinit",
        "user:(?<=/user:)",
        "u:(?<=[/-]u:)",
        "ken (?<=agent-token )",
        "st (?<=radtest )",
    ),
)
"""An option, and programs that take secrets without any."""
_LINKS = tuple(
    rf"{piece}[\w-]{{0,32}}(?:/[\w/]|/?\?)"
    for piece in (
        *("set(?<=reset)", "verif", "confirm", "ctivat", "vit(?<=invit)", "c(?<=magic)"),
        *("cover(?<=recover)", "bscrib(?<=unsubscrib)", "password", "og-?in", "sign-?(?:in|up)"),
        *("otp", "passcode", "ve(?<=/live)", "vie(?<=/movie)"),
        *("board(?<=onboard)", "ol(?<=enrol)", "ccept", "unlock"),
    )
)
_ORDER = "soucpfbwkv-@jx"
"""First letters that texts have much of: the engine tries one after another."""
_SHORT = 160


def _plain(words: Iterable[str], more: Iterable[str] = ()) -> tuple[list[str], Iterable[str]]:
    """Return pieces of plain text, and patterns that begin with a plain letter.

    Args:
        words: pieces of text; ``_`` in one is any sign, or none.
        more: patterns that begin with a plain letter.
    """
    words = set(words)
    signed = sorted(word.replace("_", r"[\W_]?") for word in words if "_" in word)
    plain = sorted(word for word in words if "_" not in word)
    return plain, dict.fromkeys((*signed, *more))


def _search(words: Iterable[str], more: Iterable[str] = ()) -> Searches:
    return searches(*_plain(words, more), often=_ORDER, short=256)


_A_NAME = _search(_NAMES, _FURTHER_NAMES)
_A_SENTENCE = _search(_SENTENCES, _FURTHER_SENTENCES)
_A_MARK = _search(_PLACES)
_A_LOGIN = _search(_USERINFO)
_A_COMMAND = _search((), _COMMANDS)
_A_LINK = _search((), _LINKS)
_A_PLACE = _search(_RARE, _PLACED)
_ANY = _search(
    (*_NAMES, *_SENTENCES, *_PLACES, *_USERINFO, *_RARE),
    (*_FURTHER_NAMES, *_FURTHER_SENTENCES, *_COMMANDS, *_LINKS, *_PLACED),
)


def worth_a_look(redactor: Redactor, text: str) -> bool:
    """Say quickly whether these rules may find anything in a text; False is certain."""
    if redactor.patterns or (_short(text).kinds if len(text) <= _SHORT else may_hold_secrets(text)):
        return True
    return redactor.names.has_further and redactor.names.may_stand_in(text)


def may_hide(redactor: Redactor, text: str, look: Look) -> bool:
    """Say as `worth_a_look` does, where what the text may hold is known."""
    if look.kinds or redactor.patterns:
        return True
    return redactor.names.has_further and redactor.names.may_stand_in(text)


def may_hold_secrets(text: str) -> bool:
    """Return quickly whether a closer look is worth it; False is certain."""
    if len(text) <= _SHORT:
        return _short(text).kinds != 0
    return found_in(text.lower(), _ANY) or may_be_formed(text)


class Look(NamedTuple):
    """What a text may hold."""

    kinds: int
    """Kinds of secrets, joined: `NAMED`, `SAID` and so on."""
    letters: Found
    """First letters of what tells so, in the text in small letters; without those of forms."""


_NOTHING = Look(0, {})


def what_may_be(text: str) -> Look:
    """Return which secrets may stand in a text."""
    return _short(text) if len(text) <= _SHORT else _look(text)


@lru_cache(maxsize=4096)
def _short(text: str) -> Look:
    return _look(text)


def _any_piece_of_a_name() -> str:
    """Return one flat choice of first letters: only of that the engine makes a set."""
    names = {name.partition("=")[0].partition("%3")[0] for name in _NAMES} - {"\\u00"}
    ways = ways_of(*_plain(names, (*_FURTHER_NAMES, "code")))
    order = sorted(ways, key=lambda first: (_ORDER.find(first) % 99, first))
    return "|".join(f"{re.escape(one)}(?:{'|'.join(ways[one])})" for one in order)


_PIECE_OF_NAME = lazy(_any_piece_of_a_name)


def named_at(text: str) -> Iterator[int] | None:
    """Yield where a piece of a secret's name stands, in order; None if that cannot be told."""
    lower = text.lower()
    if len(lower) != len(text):
        return None
    return (match.start() for match in _PIECE_OF_NAME.finditer(lower))


def _look(text: str) -> Look:
    lower = text.lower()
    kinds = FORMED if may_be_formed(text) else 0
    found = letters_found(lower, _ANY)
    if found:
        for kind, table in _PATTERNS:
            if found_among(lower, table, found):
                kinds |= kind
    return Look(kinds, found) if kinds else _NOTHING


_PATTERNS = (
    (NAMED, _A_NAME),
    (SAID, _A_SENTENCE),
    (MARKED, _A_MARK),
    (LOGGED_IN, _A_LOGIN),
    (COMMANDED, _A_COMMAND),
    (LINKED, _A_LINK),
    (PLACED, _A_PLACE),
)
