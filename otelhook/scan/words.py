"""What a leftover is not: markers, placeholders, masks and words for nothing."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["HARMLESS", "ISSUED"]

HARMLESS: Final = re.compile(
    r"""
    ‹[^‹›]{1,40}›(?!\w).* | ‹[^‹›]{0,40}
  | \[?<[^<>]*>?\]? | \{\{?[\w.\ -]*\}?\}? | \$\{?[A-Za-z_]\w*(?:[^\w$].*)? | \$\(.* | %[\w()]*%?
  | \W* | [xX*•…]{3,}
  | (?:true|false|null|none|nil|undefined|string|text|bytes|number|required|optional
      |read|write|get|list|enabled|disabled|seconds|minutes|hours|days|bearer
      |str|int|bool|any|object|secretstr)[!?,)\]]*
  | [A-Za-z]{0,2}["']‹.*
  | [&!][\w.-]{1,32}\s{1,4}[\"']?‹.*
  | [\[(*]{0,3}(?:redacted|hidden|masked|filtered|removed|secret)[\])*]{0,3}
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""Markers, cut ones at the end of a piece too, placeholders, masks and words for nothing."""

ISSUED: Final = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[\w.~+/=:%-]{16,}", re.ASCII)
"""At least 16 characters, letters and digits among them: no word."""
