"""Secrets in sentences and statements: ``the password is …``, ``IDENTIFIED BY '…'``, ``-u a:…``.

Words are told from secrets by their looks, so that messages about passwords stay readable.
"""

from __future__ import annotations

import re

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import Redactor, looks_issued

__all__ = ["hide_in_prose"]

_SENTENCE = lazy(
    r"""
    (?i:(?P<human>passw(?:or)?d|passphrase|passcode|\bpwd)
      | (?P<issued>(?:secret|private|encryption|signing|shared|master|api|access)[ _-]?key
        |secret|token))
    (?i:\ (?:for|of)\ (?:user\ )?[^\s:]{1,64}(?=:|\ is))?
    (?i:\ {1,4}(?:is|was|[057](?=\ )))?:?\ {1,4} (?P<quote>\\{0,3}["'`])?
        (?P<said>[^\s"'`<>\\]{4,1024})
        (?P<rest>(?(quote)[^"'`\\\r\n]{0,256}))
  | (?i:\bidentified\ (?:by|with\ \w{1,64}\ (?:by|as))\ {1,4}
      | \bset\ password\ for\ \S{1,256}\ {0,4}=\ {0,4}(?:password\()? | \bpassword\()
        (?P<mark>\\{0,3}["'])(?P<sql>[^"'\\\r\n]{1,1024})
  | (?i:\b(?:verification|security|login|log-?in|access|auth\w{0,12}|one-?time|2fa|mfa|confirmation
      |sign-?in|activation|recovery)\ (?:code|pin|passcode)(?:\ is|:|\ =)\ {0,4})
        (?P<code>[0-9]{4,8}\b|[A-Z0-9]{3,5}-[A-Z0-9]{3,5}\b)
  | (?i:\b(?:recovery|seed|secret|mnemonic|backup)\ (?:phrase|words)(?:\ is|:)\ {1,4})
        (?P<phrase>[a-z]{3,12}(?:[ ,]{1,2}[a-z]{3,12}){2,24})
  | (?<![\w.])(?P<sms>[0-9]{4,8})(?=\ is\ your\ (?i:[\w'-]{1,24}\ ){0,3}(?i:code|pin|passcode)\b)
  | (?<=:thin:)(?P<login>[\w$\#]{1,64}/)(?P<oracle>[^@\s/]{1,256})(?=@)
  | (?<![\w-])(?P<option>--?(?:u|U|user|proxy-user)[=\ ]?["']?[^\s"':=-][^\s"':]{0,63}:)
        (?P<curl>[^\s"']{1,256})
  | (?:(?<=\n)|\A)(?P<auth>[>\s]{0,4}(?:HELLO\ [23]\ )?AUTH\ (?:PLAIN\ )?(?:[\w.@-]{1,64}\ )?
        |CONFIG\ SET\ (?:requirepass|masterauth)\ "?)
        (?P<redis>[^\s"'<>]{4,512})(?=\s{0,4}(?:\n|\Z)|\ SETNAME\ )
    """,
    re.VERBOSE,
)
_ALGORITHMS = lazy(r"(?i:sha\d|md5|pbkdf2|bcrypt|scrypt|argon|v\d|utf|http|base64|rfc)")
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
            kind == "redis" and not _looks_chosen(value)
        )
        if spared or (kind == "curl" and value.isdigit()):
            return match.group()
        places.append({"sql": "identified_by", "redis": "auth"}.get(kind, "password"))
        before = match.group()[: match.start(kind) - match.start()]
        return before + redactor.stand_in(Sensitivity.HUMAN, value)

    return _SENTENCE.sub(stand_in, text)


def _said(redactor: Redactor, match: re.Match[str], places: list[str]) -> str:
    whole = match.group()
    value = match["said"]
    if match["quote"]:
        value += match["rest"] or ""
    else:
        value = value.rstrip(_END)
    if "‹" in value:
        return whole
    if match["human"]:
        secret = bool(match["quote"]) or _looks_chosen(value)
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
    if value[:1] in "-([{<$%/" or _ALGORITHMS.match(value) or _MAIL.fullmatch(value):
        return False
    mixed = not value.islower() and not value.istitle() and not value.isupper()
    signs = any(not sign.isalnum() and sign not in "-_.'/,:;=()[]" for sign in value)
    return any(sign.isdigit() for sign in value) or (mixed and value.isalnum()) or signs
