"""Tokens known by their own form, whatever stands before them.

The forms are the rows of `otelhook.redaction.token_forms`, and beside them what is no token: PEM,
OpenPGP and PuTTY keys, Basic and Bearer credentials, and the userinfo of URLs. A form's own
pattern is tried only where one may begin (`otelhook.redaction.rules.form_clues`), so that the work
is linear in the text, which may come from an attacker.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.entropy import has_entropy
from otelhook.redaction.rules.form_clues import candidates
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import MARKER, PSEUDONYM_BITS, Redactor, is_marker
from otelhook.redaction.token_forms import FORMS, Form

__all__ = ["hide_forms"]

_Hidden = tuple[tuple[int, int], str]
"""Where a secret is, and what is shown instead."""

_PLACES: Final = lazy(
    r"""
    (?P<pem>-{4,5}\ ?BEGIN\ (?:[A-Z0-9\ ]{0,30}PRIVATE\ KEY(?:\ BLOCK)?
            |OpenVPN\ Static\ key\ V1)\ ?-{4,5}.*?
        (?:-{4,5}\ ?END\ (?:[A-Z0-9\ ]{0,30}PRIVATE\ KEY(?:\ BLOCK)?
            |OpenVPN\ Static\ key\ V1)\ ?-{4,5}|\Z))
  | (?P<putty>(?<=Private-Lines:\ )[0-9]{1,4}(?:\s{1,4}|\\[rn])+
        (?:[\w+/=]{16,}(?:\s{1,4}|\\[rn]|\Z))+)
  | (?<=://)(?P<user>[^\s/?\#"'<>\\@:]{0,512})(?P<password>:[^\s/?\#"'<>\\]{0,512})?(?=@)
  | (?<=\b(?i:bearer)\ )(?P<bearer>(?![a-z_]{1,40}=[^=])[\w.~+/=-]{8,})
  | (?<=\b(?i:basic)\ )(?P<basic>[\w+/=-]{6,})
  | (?:(?<=\bNegotiate\ )|(?<=\bKerberos\ )|(?<=\bNTLM\ ))(?P<ticket>[\w+/]{24,}={0,2})
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
"""What is no row: where it is found, and what is hidden of it, are matters of the place."""
_PEM_CLUE: Final = lazy("-(?=---[- ]{0,2}BEGIN )")
"""Where such a place begins."""
_USERINFO_CLUE: Final = lazy("://")
_CLUES_BEFORE: Final = tuple(
    lazy(clue)
    for clue in (
        *("Private-Lines: ", "b(?i:earer|asic) ", "B(?i:earer|asic) ", "Negotiate ", "NTLM "),
        "Kerberos ",
    )
)
"""What stands before one: each pattern begins with a character of its own, which is found most
quickly.
"""
_A_PLACE: Final = -1
_LONGEST_BEFORE: Final = 72
_SURE_BITS: Final = 20
_LONG_TOKEN: Final = 20
_EDGE: Final = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=/bot))"
"""No letter before a token, but for an escape of JSON or of a URL, and for Telegram's paths."""


@lru_cache(maxsize=len(FORMS))
def _pattern(form: Form) -> re.Pattern[str]:
    """Return the pattern of a form, when first it is needed: few programs meet many."""
    ways = "|".join(map(re.escape, form.prefixes))
    if form.keeps_prefix:
        return re.compile(rf"(?:{ways})(?P<secret>{form.rest})", re.ASCII)
    whole = rf"{form.before}(?:{ways})(?:{form.rest})(?![A-Za-z0-9])"
    return re.compile(rf"{_EDGE}(?P<secret>{whole})", re.ASCII)


@lru_cache(maxsize=len(FORMS))
def _before(form: Form) -> re.Pattern[str]:
    return re.compile(rf"{_EDGE}{form.before}\Z", re.ASCII)


def hide_forms(  # noqa: PLR0913 - the kinds
    redactor: Redactor,
    text: str,
    places: list[str],
    *,
    formed: bool = True,
    placed: bool = True,
    userinfo: bool = True,
) -> str:
    """Hide tokens known by their own form and append what was found to ``places``.

    Args:
        redactor: the rules.
        text: any.
        places: gets what was found.
        formed: whether forms are looked for.
        placed: whether what is no row of forms is.
        userinfo: whether userinfo is, which is no row either.
    """
    out: list[str] = []
    done = 0
    starts = list(_forms(text)) if formed else []
    starts += ((place, _A_PLACE) for place in _places(text, placed=placed, userinfo=userinfo))
    for start, number in sorted(starts):
        if start < done:
            continue
        if number < 0:
            place = _PLACES.match(text, start)
            hidden = None if place is None else _placed(redactor, place, places)
        else:
            hidden = _formed(redactor, text, start, FORMS[number])
            places += ["token"] if hidden is not None else []
        if hidden is not None:
            (begin, end), shown = hidden
            out += (text[done:begin], shown)
            done = end
    return "".join((*out, text[done:])) if out else text


def _forms(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a form may begin, with what comes before its prefix, and its number."""
    for start, number in candidates(text):
        form = FORMS[number]
        if not form.before:
            yield start, number
            continue
        head = _before(form).search(text, max(0, start - _LONGEST_BEFORE), start)
        if head is not None:
            yield head.start(), number


def _places(text: str, *, placed: bool, userinfo: bool) -> Iterator[int]:
    """Yield where something may be that is no row of forms."""
    if placed:
        for clue in _PEM_CLUE.finditer(text):
            yield clue.start()
    for before in (*(_CLUES_BEFORE if placed else ()), *((_USERINFO_CLUE,) if userinfo else ())):
        for clue in before.finditer(text):
            yield clue.end()


def _formed(redactor: Redactor, text: str, start: int, form: Form) -> _Hidden | None:
    """Return where a token of this form is, and what is shown there; None if there is none."""
    match = _pattern(form).match(text, start)
    if match is None or (form.bits and not has_entropy(match["secret"], form.bits)):
        return None
    return match.span("secret"), redactor.stand_in(Sensitivity.TOKEN, match["secret"])


def _placed(redactor: Redactor, match: re.Match[str], places: list[str]) -> _Hidden | None:
    """Return where a place is, and what is shown there; None if it is no secret."""
    kind, value = match.lastgroup or "", match.group()
    if kind in ("user", "password"):
        return _userinfo(redactor, match, places)
    if kind == "basic" and not _is_basic(value):
        return None
    if kind == "bearer" and not has_entropy(value, _SURE_BITS) and len(value) < _LONG_TOKEN:
        return None
    if kind == "ticket" and not has_entropy(value, PSEUDONYM_BITS):
        return None
    places.append("private_key" if kind in ("pem", "putty") else "token")
    if kind == "putty":
        lines, gap, _ = value.partition("\n")
        return match.span(), f"{lines}{gap}{MARKER}\n" if gap else MARKER
    sensitivity = Sensitivity.TOKEN if kind == "bearer" else Sensitivity.HUMAN
    return match.span(), redactor.stand_in(sensitivity, value)


def _userinfo(redactor: Redactor, match: re.Match[str], places: list[str]) -> _Hidden | None:
    user, password = match["user"], match["password"]
    if is_marker(match.group().removesuffix(":")):
        return None
    if password and len(password) > 1 and not is_marker(password[1:]):
        places.append("userinfo")
        return match.span(), f"{user}:{MARKER}"
    if not password and redactor.hides(Sensitivity.MAYBE, user):
        places.append("userinfo")
        return match.span(), redactor.stand_in(Sensitivity.TOKEN, user)
    return None


def _is_basic(value: str) -> bool:
    """Return whether this is RFC 7617's base64 of ``user:password`` and no word of prose."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return False
