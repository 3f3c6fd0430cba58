"""What a leftover is not: markers, placeholders, masks and words for nothing."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["HARMLESS", "ISSUED", "is_said", "is_word_for_one"]

HARMLESS: Final = re.compile(
    r"""
    (?:\{\w{1,24}\})?‹[^‹›]{1,40}›(?!\w).* | ‹[^‹›]{0,40} | \{\w{1,24}\}\$\w+
  | [\w.@-]{1,64}:\$[A-Z][A-Z0-9_]+
  | \[?<[^<>]*>?\]? | \{\{?[\w.\ -]*\}?\}? | \$\{?[A-Za-z_]\w*(?:[^\w$].*)? | \$\(.* | %[\w()]*%?
  | \W* | [xX*•…]{3,}
  | (?:true|false|null|none|nil|yes|no|undefined|string|text|bytes|number|required|optional
      |read|write|get|list|enabled|disabled|seconds|minutes|hours|days|bearer
      |str|int|bool|any|object|secretstr|awscurrent|awsprevious|awspending)[!?,)\]]*
  | string[;,!)\s]{0,4}[}@].* | n/a | \{\{.* | (?:raise|throw|return)\b.*
  | [A-Za-z]{0,2}["']‹.*
  | [&!][\w.-]{1,32}\s{1,4}[\"']?‹.*
  | !(?:secret|ref|sub|getatt|env\w*|vault\w*)\b.*
  | /(?:[a-z._-]{1,40}/){1,8}[a-z._-]{1,40}
  | \.{1,2}/[\w./-]{1,200} | n?(?:var)?char\d?\(.*
  | [\[(*]{0,3}(?:redacted|hidden|masked|filtered|removed|secret|deleted)[\])*]{0,3}
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""Markers, cut ones at the end of a piece too, placeholders, masks and words for nothing."""

ISSUED: Final = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[\w.~+/=:%-]{16,}", re.ASCII)
"""At least 16 characters, letters and digits among them: no word."""

_JOINS: Final = re.compile(
    r"(?:^|[\s(])(?:is|are|was|were|has|have|had|can|can't|cannot|must|should|shall"
    r"|will|may|does|doesn't"
    r"|the|a|an|your|this|that|not|too|to|for|of|with|and|or|needs?|be|been|required|mandatory|changed|ago"
    r"|muss|ist|doit|est|es|debe|deve|non|las|les|der|die|das)(?=[\s.,;:!?)]|$)",
    re.IGNORECASE,
)
_PLAIN_WORDS: Final = re.compile(
    r"(?:[(\"'`]{0,2}(?:[^\W\d_]+(?:['\u2019-][^\W\d_]+)?|\d{1,3})"
    r"[.,;:!?)\"'`]{0,3}(?:\s+|$)){2,60}"
)
_A_WORD_FOR_ONE: Final = re.compile(
    r"(?:[A-Z][a-z]+ |[a-z]+[ _-]|API[ _-]|api[ _-])?"
    r"(?i:passw(?:or)?[dt]s?|mot de passe|contraseña|senha"
    r"|wachtwoord|hasło|heslo|passphrase|secrets?|tokens?|credentials?|kennwort"
    r"|api[ _-]?keys?"
    r"|keys?)[\s.,;:?!*)]{0,3}|API-[A-ZÀ-Þ][a-zß-ÿ]{2,16}"
)


def is_said(value: str) -> bool:
    """Return whether this is said about a secret: words alone, and some that only join others."""
    words = value.strip(" \t\"'`\\{}[],;")
    joined = len(_JOINS.findall(words))
    if not joined or _PLAIN_WORDS.fullmatch(words) is None:
        return False
    starts = _JOINS.match(words) is not None
    return starts or joined > 1 or words[0].isupper() or words[-1] in ".!?"


def is_word_for_one(value: str) -> bool:
    """Return whether this is a word for a secret, as the names of fields and their labels are."""
    return _A_WORD_FOR_ONE.fullmatch(value.strip()) is not None
