"""Captured text as one line of characters that every format may hold.

What is substituted is what XML, HTML and terminals cannot show as it is: white space folds to
one blank, controls become the pictures of Unicode's block U+2400, and what is no character
(lone surrogates, non-characters, C1 controls) or only turns the direction of what follows
becomes U+FFFD.
"""

from __future__ import annotations

from otelhook.lazy_patterns import lazy

__all__ = ["TURNING", "one_line", "picture", "shortened", "without_controls"]

_WHITE = lazy(r"[\s\x85\u2028\u2029\ufeff]+")
_NONCHARACTERS = "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_UNSHOWABLE = lazy(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]")
TURNING = lazy("[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of the text after it: explicit formatting of UAX 9."""

_SPACE = 0x20
_DELETE = 0x7F
_PICTURES = 0x2400


def picture(character: str) -> str:
    """Return the picture of a C0 control or delete, U+FFFD for anything else."""
    code = ord(character)
    if code < _SPACE:
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else "\ufffd"


def without_controls(text: str) -> str:
    """Replace every character that cannot be shown, line ends and tabs among them."""
    return _UNSHOWABLE.sub(lambda match: picture(match[0]), text)


def one_line(text: str) -> str:
    """Fold white space to single blanks, strip, and replace what cannot be shown."""
    if text.isprintable() and "  " not in text:  # Unicode's word for it: of white space only blanks
        return text.strip()
    return TURNING.sub("\ufffd", without_controls(_WHITE.sub(" ", text).strip()))


def shortened(text: str, limit: int) -> str:
    """Cut a text to ``limit`` characters, the last of them an ellipsis if anything was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
