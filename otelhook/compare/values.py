"""Values by their role: which two texts say the same in two runs, though they differ.

Ids, tokens, times, ports and addresses are others in every run. A text's shape has a mark in their
place (`otelhook.compare.shapes`), and a value that only a machine makes up may stand for another
one of its kind. What only a
name tells (a key that ends in ``_at``, a header with the id of a request) is in
`otelhook.sequence.transforms.volatile`, as for loops.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from otelhook.compare.shapes import MADE_UP_ID, case_changes, header_shape, shape
from otelhook.sequence.transforms.volatile import VOLATILE_HEADERS, VOLATILE_KEYS
from otelhook.sequence.values.traceable import TOKEN_MARK, is_traceable

__all__ = ["is_volatile", "same_header", "same_value"]

_OPAQUE: Final = re.compile(r"[\w+/=.~-]{16,}", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,18}")
_ID_NAME: Final = re.compile(
    r"(?i)(?:.*[_.-])?(?:ids?|uuids?|guids?|refs?|keys?|pk|pid|port|seq|nonce|offset|partition)"
    r"|.*(?:Id|Key|Ref)s?"
)


@lru_cache(65_536)
def _is_opaque(text: str) -> bool:
    """Return whether a machine made up all of a text, so that another one can stand for it."""
    if TOKEN_MARK.fullmatch(text) or MADE_UP_ID.fullmatch(text):
        return True
    if _OPAQUE.fullmatch(text) is None:
        return False
    return is_traceable(text) or case_changes(text)


@lru_cache(16_384)
def is_volatile(name: str) -> bool:
    """Return whether what has this name in a body differs in every run; ``name`` is a key."""
    return VOLATILE_KEYS.fullmatch(name) is not None


def same_value(name: str, first: str, second: str) -> bool:
    """Return whether two texts at one place of a body say the same.

    Args:
        name: the key that they stand under; empty if there is none.
        first: the one run's.
        second: the other's.
    """
    if first == second or is_volatile(name) or shape(first) == shape(second):
        return True
    if _NUMBER.fullmatch(first) and _NUMBER.fullmatch(second):
        return _ID_NAME.fullmatch(name) is not None
    known, other = _is_opaque(first), _is_opaque(second)
    return (known and other) or ((known or other) and len(first) == len(second))


def same_header(name: str, first: str, second: str) -> bool:
    """Return whether two values of a header say the same; the order of a list says nothing."""
    if VOLATILE_HEADERS.fullmatch(name) or same_value(name, first, second):
        return True
    shapes = header_shape(name, first), header_shape(name, second)
    return shapes[0] == shapes[1] or ("," in first and _parts(shapes[0]) == _parts(shapes[1]))


def _parts(value: str) -> list[str]:
    return sorted(part.strip() for part in value.split(","))
