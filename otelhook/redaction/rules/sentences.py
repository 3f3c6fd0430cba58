"""What a sentence is: words that say something of a password, where one could stand."""

from __future__ import annotations

from typing import Final

from otelhook.lazy_patterns import lazy

__all__ = ["reads_as_prose", "says_absent"]

_FUNCTION_WORDS: Final = frozenset(
    {
        *("is", "are", "was", "were", "be", "been", "has", "have", "had", "does", "do", "did"),
        *("can", "cannot", "can't", "could", "may", "must", "should", "shall", "will", "would"),
        *("needs", "need", "isn't", "aren't", "doesn't", "don't", "didn't", "wasn't", "won't"),
        *("the", "a", "an", "this", "that", "your", "our", "their", "its", "my", "please", "too"),
        *("not", "no", "of", "for", "to", "in", "on", "at", "by", "with", "from", "and", "or"),
        *("than", "as", "if", "when", "which", "you", "we", "it", "least", "already", "only"),
        *("ist", "muss", "darf", "nicht", "der", "die", "das", "und", "zu", "für", "bitte", "ein"),
        *("est", "doit", "ne", "pas", "le", "la", "et", "un", "une", "es", "debe", "no", "el"),
        *("è", "deve", "non", "il", "per", "é", "não", "o", "de", "da", "para", "que", "incorrect"),
        *("changed", "updated", "expires", "rotated", "never", "ago", "days", "hours", "minutes"),
        *("required", "optional", "mandatory", "invalid", "missing", "wrong", "expired", "unset"),
    }
)
_WORD: Final = lazy(
    r"[(\"'`]{0,2}(?P<word>[A-Za-zÀ-ÿ][a-zß-ÿ'\u2019-]*|[A-Z]{2,12}|\d{1,3})[.,;:!?)\"'`]{0,3}"
)
_ABSENT: Final = lazy(
    r"(?i:\b(?:no such|unknown|missing|could not find|cannot find|not find|unexpected|undefined))"
    r"[ ](?:the[ ])?\Z"
)
"""What is said before a secret's name where a thing of that kind, or a field, is meant."""
_GIVEN: Final = lazy(r"[A-Za-z]{1,40}\d{0,4}(?:[-_./:](?:[A-Za-z]{1,40}\d{0,4}|[a-z\d]{1,4})){0,8}")
"""A name that people give."""
_ABSENT_LENGTH: Final = 24
_MOST_WORDS: Final = 48
_FEWEST_OF_MANY: Final = 2


def reads_as_prose(value: str) -> bool:
    """Return whether a value is a sentence, such as ``is too short``, and no passphrase.

    All of it is words, and words that only join others are among them: no generator of passphrases
    has those. A word of mixed letters and digits makes it none.
    """
    words = value.split(None, _MOST_WORDS)
    if len(words) < _FEWEST_OF_MANY or len(words) > _MOST_WORDS:
        return False
    found: list[str] = []
    for word in words:
        match = _WORD.fullmatch(word)
        if match is None:
            return False
        found.append(match["word"].lower())
    joining = sum(word in _FUNCTION_WORDS for word in found)
    if found[0] in _FUNCTION_WORDS or joining >= _FEWEST_OF_MANY:
        return joining > 0
    return joining > 0 and (value[0].isupper() or value[-1] in ".!?")


def says_absent(text: str, at: int, value: str) -> bool:
    """Return whether what is named here is not there: ``no such secret: "db/password"``."""
    return _GIVEN.fullmatch(value) is not None and _is_absent(text, at)


def _is_absent(text: str, at: int) -> bool:
    return _ABSENT.search(text, max(0, at - _ABSENT_LENGTH), at) is not None
