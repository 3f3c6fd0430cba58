"""Which names have secret values.

A name is a header, a query or form field, a JSON key or a command's option. It is compared as
words: ``X-Auth-Token``, ``x_auth_token`` and ``xAuthToken`` are the same name. A name is secret by
its *last* words (``admin_password`` is, ``password_expires_at`` is not), so that what only speaks
about a secret survives. The words are in `otelhook.redaction.rules.secret_names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules import secret_names
from otelhook.redaction.rules.name_pieces import may_be_secret

__all__ = ["Names", "Sensitivity", "spell"]

_LONGEST_NAME = 48
"""Only this many last characters count: a bound on the work and on what the caches hold."""
_CACHED_NAMES = 4096


class Sensitivity(Enum):
    """How secret the value under a name is."""

    NONE = "none"
    """Nothing to hide."""
    MAYBE = "maybe"
    """Hidden if the value looks issued by a machine: ``auth``, ``session``, a query's ``key``."""
    TOKEN = "token"  # noqa: S105 - a word, no secret
    """Issued by a machine: hidden, and a pseudonym stands for it where that is safe."""
    HUMAN = "human"
    """A password or the like: hidden without a trace."""


_SUFFIX = r"""(?: _(?:hash|digest|value|confirmation|confirm|again|repeat|plain|text|b64|base64
    |encoded|encrypted|raw|data|pem|old|new|current|string|binary) )? (?:_?\d+)?"""


def _compile(
    rules: Mapping[str, str], suffix: str = "", before: str = r"(?:\w*_)??"
) -> re.Pattern[str]:
    return lazy(rf"{before}(?:{'|'.join(rules.values())}){suffix}", re.VERBOSE)


_ANYWHERE = (
    (_compile(secret_names.HUMAN, _SUFFIX), Sensitivity.HUMAN),
    (_compile(secret_names.ISSUED, _SUFFIX), Sensitivity.TOKEN),
)
_UNSURE = _compile(secret_names.MAYBE, before="")
_IN_QUERY = (
    (_compile(secret_names.QUERY), Sensitivity.TOKEN),
    (_compile(secret_names.QUERY_MAYBE, before=""), Sensitivity.MAYBE),
)
_IN_HEADER = ((_compile(secret_names.HEADER, before=""), Sensitivity.TOKEN),)
_HARMLESS_HEADERS = frozenset({"accept_signature"})
_ABOUT = lazy(secret_names.ABOUT, re.VERBOSE)
_EC2_MARKS = frozenset({"ClientToken", "clientToken"})
"""EC2's mark of one attempt; Vault's ``client_token`` is a secret."""
_HUMP = lazy(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP = lazy(r"[\W_]+")


def spell(name: str) -> str:
    """Return the words of a name, lower case, joined by ``_``: ``X-Auth-Token`` is
    ``x_auth_token``.
    """
    return _GAP.sub("_", _HUMP.sub("_", name)).strip("_").lower()


class Names:
    """Tells how secret the value under a name is. Immutable; safe to share between threads.

    Args:
        further: names of the user's own, hidden like passwords; ``*`` stands for any text.
        kept: names whose values are never secret, whatever else is said of them here.
    """

    __slots__ = (
        "_anywhere",
        "_clues",
        "_further",
        "_in_header",
        "_in_query",
        "_kept",
        "has_further",
    )

    def __init__(self, further: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
        further = tuple(further)
        self._further = _any_of(further)
        self._clues = tuple({_clue(name) for name in further})
        self.has_further = bool(further)
        """Whether there are names of the user's own."""
        self._kept = _any_of(kept)
        cached = lru_cache(maxsize=_CACHED_NAMES)
        self._anywhere = cached(self._sensitivity)
        self._in_query = cached(self._sensitivity_in_query)
        self._in_header = cached(self._sensitivity_in_header)

    def is_further(self, name: str) -> bool:
        """Return whether the user says that values of this name are secret."""
        return self._further is not None and self._further.fullmatch(spell(name)) is not None

    def sensitivity(self, name: str) -> Sensitivity:
        """Return how secret the value is, wherever the name stands."""
        return self._anywhere(name[-_LONGEST_NAME:])

    def is_secret(self, name: str) -> bool:
        """Return whether the value is secret, or may be."""
        return self._anywhere(name[-_LONGEST_NAME:]) is not Sensitivity.NONE

    def sensitivity_in_query(self, name: str) -> Sensitivity:
        """Return how secret the value is in a query or form, where short names mean more."""
        return self._in_query(name[-_LONGEST_NAME:])

    def sensitivity_in_header(self, name: str) -> Sensitivity:
        """Return how secret the value of a header is, where signatures are credentials."""
        return self._in_header(name[-_LONGEST_NAME:])

    def may_stand_in(self, text: str) -> bool:
        """Say quickly whether one of the user's own names may stand in a text; False is certain."""
        lower = text.lower()
        return any(clue in lower for clue in self._clues)

    def _sensitivity(self, name: str) -> Sensitivity:
        if self._further is None and not may_be_secret(name):
            return Sensitivity.NONE
        words = spell(name)
        if self._kept is not None and self._kept.fullmatch(words):
            return Sensitivity.NONE
        if self._further is not None and self._further.fullmatch(words):
            return Sensitivity.HUMAN
        if name in _EC2_MARKS or _ABOUT.fullmatch(words):
            return Sensitivity.NONE
        for pattern, sensitivity in _ANYWHERE:
            if pattern.fullmatch(words):
                return sensitivity
        return Sensitivity.MAYBE if _UNSURE.fullmatch(words) else Sensitivity.NONE

    def _sensitivity_in_query(self, name: str) -> Sensitivity:
        return self._sensitivity_at(name, _IN_QUERY)

    def _sensitivity_in_header(self, name: str) -> Sensitivity:
        if spell(name) in _HARMLESS_HEADERS:
            return Sensitivity.NONE
        return self._sensitivity_at(name, _IN_HEADER)

    def _sensitivity_at(
        self, name: str, place: Iterable[tuple[re.Pattern[str], Sensitivity]]
    ) -> Sensitivity:
        found = self._sensitivity(name)
        words = spell(name)
        if found in (Sensitivity.HUMAN, Sensitivity.TOKEN) or self._is_kept(words):
            return found
        if _ABOUT.fullmatch(words):
            return found
        for pattern, sensitivity in place:
            if pattern.fullmatch(words):
                return sensitivity
        return found

    def _is_kept(self, words: str) -> bool:
        return self._kept is not None and self._kept.fullmatch(words) is not None


def _clue(name: str) -> str:
    """Return a piece of a name that stands in every text that has the name, in lower case."""
    if not name.isascii():
        return ""  # JSON may have it as \\u and digits
    return max((word for part in name.split("*") for word in spell(part).split("_")), key=len)


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    patterns = [r"\w*".join(re.escape(spell(part)) for part in name.split("*")) for name in names]
    return re.compile("|".join(patterns)) if patterns else None
