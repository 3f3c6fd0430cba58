"""Secrets in sentences and statements: ``the password is …``, ``IDENTIFIED BY '…'``, ``-u a:…``.

Words are told from secrets by their looks, so that messages about passwords stay readable.
"""

from __future__ import annotations

import re
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.password_words import CODE_WORDS, COPULAS, PASSWORD_WORDS, UNSPELLED
from otelhook.redaction.rules.placed import looks_like_one
from otelhook.redaction.rules.policy import Redactor, looks_chosen, looks_issued
from otelhook.redaction.rules.sentences import says_absent

__all__ = ["hide_in_prose"]

_WORDS: Final = "|".join(
    (r"\b{}\b" if word.isascii() else "{}").format(re.escape(word).replace(r"\ ", "[ -]"))
    for word in sorted((*PASSWORD_WORDS, *UNSPELLED), key=len, reverse=True)
)
_COPULAS: Final = "|".join(re.escape(word) for word in sorted(COPULAS, key=len, reverse=True))
_KEYS: Final = (
    "(?:secret|private|encryption|signing|shared|master|api|access|unlock|unseal|deploy)[ _-]?key"
)
_CODED: Final = (
    r"(?:[0-9]{4}\ ?[0-9]{0,4}|[0-9]{5,10}"
    r"|(?=[a-z-]{0,10}[0-9])[a-z0-9]{4,6}-[a-z0-9]{4,6})(?![\w-])"
)
"""A code of several that open an account once each."""
_SENTENCE = lazy(
    r"""
    (?i:(?P<human>passw(?:or)?d|passphrase|passcode|\bpwd|\bpw|@words@)
      | (?P<issued>@keys@
        |secret|token))
    (?i:\ (?:for|of)\ (?:user\ )?[^\s:]{1,64}(?=:|\ is))?
    (?i:\ {1,4}(?:[057](?=\ )|(?:@copulas@)(?=[ \uff1a:]))|\ ?(?:は|是|为|\uff1a)(?=[\ 「]))?
        (?:\ {0,2}\uff1a\ {0,4}|「|(?:\ {0,2}:)?\ {1,4})
        (?P<quote>\\{0,3}["'`])?
        (?P<said>(?!(?i:identified)\b)[^\s"'`<>\\「」]{4,1024})
        (?P<rest>(?(quote)[^"'`\\\r\n]{0,256}))
  | (?i:\bidentified\ (?:by|with\ \w{1,64}\ (?:by|as))\ {1,4}
      | \bset\ password\ for\ \S{1,256}\ {0,4}=\ {0,4}(?:password\()? | \bpassword\()
        (?P<mark>\\{0,3}["'])(?P<sql>[^"'\\\r\n]{1,1024})
  | (?i:(?:\b(?:verification|security|door|gate|alarm|login|log-?in|access|auth\w{0,12}|one-?time
      |2fa|mfa|confirmation|sign-?in|activation|recovery)\ (?:code|pin|passcode)|\bOTP|@codes@)
      (?:\ (?:for|pour|für|para|per|to)\ [^.:=\r\n]{1,48}?)?
      (?:\ ?(?:is|est|es|ist|lautet|é|è|=|:|\uff1a|是|は|为|은)(?!\w)){1,2}\ {0,4})
        (?P<code>[0-9]{4,8}\b|[A-Z0-9]{3,5}-[A-Z0-9]{3,5}\b)
  | (?i:\b(?:verification|one-?time|2fa|mfa|confirmation|recovery|backup|scratch|rescue)\ codes?:?)
        (?:\ {1,4}‹redacted›[,;]?)?
        \ {1,4}
        (?P<codes>@coded@(?:[,;]?\s{1,4}@coded@){0,15})
  | (?i:\byour\ (?:(?!zip|post|area|country|error|status|exit|product|promo|discount|order)
      [\w'-]{1,24}\ ){0,3}code(?:\ is|:)\ )(?P<own>[0-9]{4,8}\b)
  | \b(?i:pin)\ (?i:code\ |number\ )?(?:is\ |was\ |:\ {0,4})(?P<pin>[0-9]{4,8}\b)
  | \b(?i:use|enter|type)\ (?i:the\ )?(?i:code\ |pin\ )?(?P<use>[0-9]{4,8})(?=\ (?:as|for)[ ]
        [^.\r\n]{0,32}?\b(?i:code|pin|otp|passcode)\b|\ to[ ](?:[a-z]{1,16}[ ]){0,3}?
        (?i:verif|log|sign|confirm|authent|continue|activate|unlock|access|complete))
  | (?i:\b(?:log[ -]?in|sign[ -]?in|cred(?:ential)?s?|account))(?:\ (?:with|as|is|are|details)
      |\ (?:in\ use|used|are\ set)
      |\ for\ [\w.-]{1,32})?:?\ {1,4}[\w.@+-]{1,64}\ ?/\ ?(?P<slash>[^\s/"'<>‹]{4,128})
  | (?i:\b(?:log[ -]?in|sign[ -]?in))\ (?:with|as)\ [\w.@+-]{1,64}:(?P<pair>[^\s:/"'<>‹]{4,128})
  | \bP(?:IN|UK)[12]?\ (?P<sim>[0-9]{4,8})(?![\w.])
  | (?i:\b(?:recovery|seed|secret|mnemonic|backup)\ (?:phrase|words)(?:\ is|:)\ {1,4})
        (?P<phrase>[a-z]{3,12}(?:[ ,]{1,2}[a-z]{3,12}){2,24})
  | (?<![\w.])(?P<sms>[0-9]{4,8})(?=\ is\ your\ (?i:[\w'-]{1,24}\ ){0,3}(?i:code|pin|passcode)\b)
  | (?<=:thin:)(?P<login>[\w$\#]{1,64}/)(?P<oracle>[^@\s/]{1,256})(?=@)
  | (?<![\w-])(?P<option>--?(?:u|U|user|proxy-user)[=\ ]?["']?[^\s"':=-][^\s"':]{0,63}:)
        (?P<curl>[^\s"']{1,256})
  | (?:(?<=\n)|\A)(?P<auth>(?:[CS]:)?[>\s]{0,4}(?:HELLO\ [23]\ )?
        AUTH\ (?:PLAIN\ )?(?:[\w.@-]{1,64}\ )?
        |CONFIG\ SET\ (?:requirepass|masterauth)\ "?)
        (?P<redis>[^\s"'<>]{4,512})(?=\s{0,4}(?:\n|\Z)|\ SETNAME\ )
    """.replace("@words@", _WORDS)
    .replace("@keys@", _KEYS)
    .replace("@copulas@", _COPULAS)
    .replace("@coded@", _CODED)
    .replace("@codes@", "|".join(CODE_WORDS)),
    re.VERBOSE,
)
_DISTANT = lazy(
    r"""
    (?i:(?P<human>passw(?:or)?d|passphrase|@words@)
      | (?P<issued>@keys@
        |secret|token))
    (?P<between>(?:\ [^\s:=<>"`‹|]{1,32}){1,7}?(?:\ \([^()\r\n‹]{1,80}\))?)
    (?:(?i:\ (?:is|was|lautet|ist|est|es|é|è|sarà|jest|är|это|adalah|là))\ ?:?\ {1,4}
      |\ ?:(?:\ {1,4}|\s{0,2}\r?\n\s{0,8}))
    (?P<quote>["'`])?(?P<said>[^\s"'`<>\\‹]{6,512})(?P<rest>(?(quote)[^"'`\\\r\n‹]{0,256}))
    """.replace("@words@", _WORDS).replace("@keys@", _KEYS),
    re.VERBOSE,
)
"""A sentence with more words in between: ``the password for the archive is …``."""
_REFUSED = lazy(
    r"(?i:fail|error|invalid|denied|incorrect|expired|reject|not|no|missing|must|should|require"
    r"|policy|hint|checksum|hash|digest|length|file|changed|url|link|page|see)"
)
"""What is said before something that is no secret: ``password check failed for mira: …``."""
_ALGORITHMS = lazy(
    r"(?i:sha\d|md5|pbkdf2|bcrypt|scrypt|argon|v\d|utf|http|base64|rfc|n?var(?:char|binary)\d?\("
    r"|n?char\(|(?:big|small)?int\b|bytea|text\b)"
)
_MAIL = lazy(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}[.,;]?")
_NAME_LIKE = lazy(
    r"(?:[A-Za-z]{1,40}|\d{1,4})(?:[-_.:/](?:[A-Za-z]{1,40}|\d{1,4}))*(?:-[a-z0-9]{5,10})?"
)
"""``build-robot-token-x7k2p``, ``v1.secret``: names that people and Kubernetes give."""
_END = ".,;:!?)]}"


def hide_in_prose(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide secrets that a sentence names, and append by what they were found to ``places``."""

    def stand_in(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        if kind in ("said", "rest"):
            return _said(redactor, match, places)
        value = match[kind]
        spared = not redactor.hides(Sensitivity.HUMAN, value) or (
            kind in _JUDGED and not _JUDGED[kind](value)
        )
        if spared or (kind == "curl" and value.isdigit()):
            return match.group()
        places.append({"sql": "identified_by", "redis": "auth"}.get(kind, "password"))
        before = match.group()[: match.start(kind) - match.start()]
        return before + redactor.stand_in(Sensitivity.HUMAN, value)

    def distant(match: re.Match[str]) -> str:
        return _said(redactor, match, places)

    return _DISTANT.sub(distant, _SENTENCE.sub(stand_in, text))


def _said(redactor: Redactor, match: re.Match[str], places: list[str]) -> str:
    whole = match.group()
    value = match["said"]
    if match["quote"]:
        value += match["rest"] or ""
    else:
        value = value.rstrip(_END)
    if "‹" in value or says_absent(match.string, match.start(), value):
        return whole
    between = match.groupdict().get("between")
    if between and any(map(_REFUSED.match, between.split())):
        return whole
    if match["human"]:
        judge = looks_chosen if match["human"].lower() == "pw" else _looks_chosen
        secret = bool(match["quote"]) or (looks_like_one if between else judge)(value)
        sensitivity = Sensitivity.HUMAN
    else:
        secret = looks_issued(value) and not _NAME_LIKE.fullmatch(value)
        sensitivity = Sensitivity.TOKEN
    if not secret or not redactor.hides(sensitivity, value):
        return whole
    places.append((match["human"] or match["issued"]).lower())
    at = match.start("said") - match.start()
    shown = whole[:at] + redactor.stand_in(sensitivity, value)
    return shown + whole[at + len(value) :]


def _looks_chosen(value: str) -> bool:
    """Say whether this is more of a password than of a word, a number or an address."""
    if value[:1] in "-([{<$%/!&*" or _ALGORITHMS.match(value) or _MAIL.fullmatch(value):
        return False
    mixed = not value.islower() and not value.istitle() and not value.isupper()
    signs = any(not sign.isalnum() and sign not in "-_.'/,:;=()[]" for sign in value)
    return any(sign.isdigit() for sign in value) or (mixed and value.isalnum()) or signs


_JUDGED: Final = {
    "redis": _looks_chosen,
    "slash": looks_like_one,
    "pair": looks_like_one,
}
"""What a secret must look like where other things stand in the same places."""
