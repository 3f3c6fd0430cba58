"""Redaction of free text: log lines, messages, and whatever does not parse.

Three kinds of secrets are found: the value after a secret name (``password=…``,
``"x_token": "…"``, ``Authorization: Bearer …``, ``--password …``), tokens known by their own form
wherever they stand (JWT, Fernet, AWS, GitHub, Slack, PEM keys), and the userinfo of URLs. All
patterns run in time linear in the text, which may come from an attacker.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import lru_cache

from otelhook.redaction.names import Sensitivity, spell
from otelhook.redaction.policy import (
    MARKER,
    Redacted,
    Redactor,
    entropy_bits,
    is_marker,
)

__all__ = ["hide_forms", "hide_in_text", "may_hold_secrets", "redact_text"]

_STEMS = (
    *("pass", "pwd", "secret", "token", "cred", "key", "auth", "sess", "cookie", "jwt", "jwe"),
    *("csrf", "xsrf", "bearer", "basic ", "assertion", "saml", "verifier", "_code", "-code"),
    *("eyj", "gaaaa", "akia", "asia", "ghp_", "gho_", "ghs_", "github_pat", "glpat", "xox"),
    *("sk_", "sk-", "rk_", "aiza", "-----begin", "@", "hooks.slack", "\\u00", "pw", "pin"),
    *("cvv", "cvc", "ssn", "social", "otp", "kennwort", "senha", "contrase", "mot_de_passe"),
    *("wachtwoord", "card", "비밀번호", "密码", "密碼", "パスワード", "пароль", "passcode"),
)
"""Lower-case pieces of which every secret's name or form holds at least one."""

_FORMS = re.compile(
    r"""
    (?P<issued>(?<![A-Za-z0-9_-])(?:
        eyJ[\w-]{10,}(?:\.[\w-]*){0,4}
      | gAAAA[\w-]{20,}={0,2}
      | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])
      | gh[posru]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{16,}
      | xox[abeoprs]-[\w-]{10,} | [sr]k_(?:live|test)_\w{10,} | sk-[\w-]{20,} | AIza[\w-]{30,} ))
  | (?P<hook>(?<=hooks\.slack\.com/services/)[\w/]+)
  | (?P<pem>-----BEGIN\ [A-Z ]{0,20}PRIVATE\ KEY-----.*?
        (?:-----END\ [A-Z ]{0,20}PRIVATE\ KEY-----|\Z))
  | (?<=://)(?P<user>[^\s/?\#"'<>\\@:]{0,512})(?P<password>:[^\s/?\#"'<>\\]{0,512})?(?=@)
  | (?<=\b(?i:bearer)\ )(?P<bearer>[\w.~+/=-]{8,})
  | (?<=\b(?i:basic)\ )(?P<basic>[\w+/=-]{6,})
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_NAME = re.compile(
    r"""
    (?<![\w.‹-]) (?P<dash>--?)? (?P<name>[^\W\d][\w.-]{1,63})  # a pseudonym is no name
    (?(dash) (?:[ \t]{0,4}[:=][ \t]{0,4} | [ ])
           | \\*["']?[ \t]{0,4}(?:=>|[:=])(?!//)[ \t]{0,4} )
    """,
    re.VERBOSE,
)
_WORD = re.compile(
    r"""(?: [^\s&"'<>;,]+
          | [;,](?!\s{0,4}\\{0,4}["']?[\w.-]{1,64}\\{0,4}["']?\s{0,4}[=:]) )*""",
    re.VERBOSE,
)
"""One value: to the next blank or quote, or to a comma or semicolon before another pair."""
_LINE = re.compile(r"""(?:[^\r\n"'\\]|(?<==)"[^"\r\n]*")*""")
_DOUBLE = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_SINGLE = re.compile(r"[^'\\]*(?:\\.[^'\\]*)*", re.DOTALL)
_OPEN = re.compile(r"""\\*["']""")
_SCHEME = re.compile(r"[A-Za-z][\w-]{2,31} +(?=\S)")
_LINE_START = re.compile(r"(?:\A|[\r\n])[ \t>*-]*\Z")
_WHOLE_LINE = ("authorization", "cookie", "auth")
_INDENT = 16
_SURE_BITS = 20
_LONG_TOKEN = 20
_SHORT = 160


def _pattern_of(words: Iterable[str]) -> str:
    """Return a pattern of these words that looks at each character of a text about once."""
    follow: dict[str, list[str]] = {}
    for word in words:
        follow.setdefault(word[:1], []).append(word[1:])
    if "" in follow:
        return ""
    ways = [re.escape(first) + _pattern_of(rest) for first, rest in sorted(follow.items())]
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


_ANY_STEM = re.compile(_pattern_of(_STEMS))


def may_hold_secrets(text: str) -> bool:
    """Say quickly whether a closer look is worth it; False is certain."""
    if len(text) <= _SHORT:
        return _short_may(text)
    return _ANY_STEM.search(text.lower()) is not None


@lru_cache(maxsize=4096)
def _short_may(text: str) -> bool:
    return _ANY_STEM.search(text.lower()) is not None


def redact_text(redactor: Redactor, text: str) -> Redacted[str]:
    """Hide what is secret in free text; the places are the names found."""
    places: list[str] = []
    return Redacted(hide_in_text(redactor, text, places), tuple(dict.fromkeys(places)))


def hide_in_text(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide what is secret in free text and append the names found to ``places``."""
    if not redactor.enabled or not may_hold_secrets(text):
        return text
    return hide_forms(redactor, _hide_pairs(redactor, text, places), places)


def hide_forms(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide tokens known by their own form, whatever stands before them."""

    def stand_in(match: re.Match[str]) -> str:
        kind, value = match.lastgroup or "", match.group()
        if kind in ("user", "password"):
            return userinfo(match)
        if kind == "basic" and not _is_basic(value):
            return value
        if kind == "bearer" and entropy_bits(value) < _SURE_BITS and len(value) < _LONG_TOKEN:
            return value
        places.append("private_key" if kind == "pem" else "token")
        sensitivity = Sensitivity.TOKEN if kind in ("issued", "bearer") else Sensitivity.HUMAN
        return redactor.stand_in(sensitivity, value)

    def userinfo(match: re.Match[str]) -> str:
        user, password = match["user"], match["password"]
        if is_marker(match.group()):
            return match.group()
        if password and len(password) > 1 and not is_marker(password[1:]):
            places.append("userinfo")
            return f"{user}:{MARKER}"
        if not password and redactor.hides(Sensitivity.MAYBE, user):
            places.append("userinfo")
            return redactor.stand_in(Sensitivity.TOKEN, user)
        return match.group()

    return _FORMS.sub(stand_in, text)


def _is_basic(value: str) -> bool:
    """Say whether this is RFC 7617's base64 of ``user:password`` and no word of prose."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return False


def _hide_pairs(redactor: Redactor, text: str, places: list[str]) -> str:
    out: list[str] = []
    done = 0
    for match in _NAME.finditer(text):
        if match.start() < done:
            continue
        name = match["name"]
        sensitivity = redactor.names.sensitivity(name)
        if sensitivity is Sensitivity.NONE:
            continue
        start, end = _value_span(text, match, spell(name), sensitivity)
        value = text[start:end]
        if not redactor.hides(sensitivity, value) or _holds_container(value):
            continue
        places.append(name)
        out += (text[done:start], redactor.stand_in(sensitivity, value))
        done = end
    out.append(text[done:])
    return "".join(out)


def _holds_container(value: str) -> bool:
    """Say whether an object or list starts here; its own leaves are looked at one by one."""
    return bool(value) and not value.strip("[{(")


def _value_span(
    text: str, match: re.Match[str], words: str, sensitivity: Sensitivity
) -> tuple[int, int]:
    """Return where the secret value after a name begins and ends."""
    start = match.end()
    opened = _OPEN.match(text, start)
    if opened:
        start = opened.end()
        end = _closing(text, start, opened.group())
    else:
        line = words.endswith(_WHOLE_LINE) or (
            sensitivity is Sensitivity.HUMAN
            and ":" in match.group()
            and _LINE_START.search(text, max(0, match.start() - _INDENT), match.start())
        )
        run = (_LINE if line else _WORD).match(text, start)
        end = run.end() if run else start
        end = start + len(text[start:end].rstrip(" \t,;)]}"))
    if words.endswith(("authorization", "auth")):
        scheme = _SCHEME.match(text, start, end)
        start = scheme.end() if scheme else start
    return start, end


def _closing(text: str, start: int, quote: str) -> int:
    """Return where the quoted text ends: before the same quote, or at the end of the text."""
    if len(quote) > 1:
        end = text.find(quote, start)
        return len(text) if end < 0 else end
    body = (_DOUBLE if quote == '"' else _SINGLE).match(text, start)
    return body.end() if body else len(text)
