"""What stands in place of a secret: a plain marker, or a pseudonym.

A human secret leaves the marker only: a pseudonym of something guessable could be confirmed with
a dictionary. A token that a machine issued, of at least 80 bits of estimated entropy, leaves
``‹token:16 hex digits›``: the first 64 bits of an HMAC-SHA256 under the configured key, or else
under the trace id, so that one token reads the same in every service of a trace and its way can
be followed. Keyed by the trace id, a pseudonym can be checked by whoever holds both the trace and
a candidate token, and nobody can search 80 bits; keyed by a secret key not even that.
"""

from __future__ import annotations

import hmac
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from otelhook.redaction.names import Names, Sensitivity

__all__ = ["MARKER", "Redacted", "Redactor", "entropy_bits", "is_marker"]

MARKER = "‹redacted›"
"""Stands for a secret of which nothing is shown."""

PSEUDONYM_BITS = 80
"""A token of less estimated entropy gets the plain marker."""

_MAYBE_BITS = 40
_MEASURED = 32
_N_LOG_N = [0.0, *(n * math.log2(n) for n in range(1, _MEASURED + 1))]
_MARKER = re.compile(r"‹(?:redacted|token:[0-9a-f]{16})›")
_TOKEN_FORM = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[\w.~+/=:%$@!-]+", re.ASCII)
_NOTHING = frozenset({"", "true", "false", "null", "none", "nil", "undefined", "*"})

T = TypeVar("T")


_KEY_VARIABLE = "OTELHOOK_REDACTION_KEY"


@dataclass(frozen=True, slots=True)
class Redacted(Generic[T]):
    """A value without its secrets, and where they were."""

    value: T
    places: tuple[str, ...]
    """Names only, never values: ``auth.password``; empty if nothing was hidden."""


def is_marker(text: str) -> bool:
    """Say whether the text is a marker or pseudonym of ours, so that a second pass keeps it."""
    return text.startswith("‹") and _MARKER.fullmatch(text) is not None


def entropy_bits(text: str) -> float:
    """Estimate the entropy of a text, in bits, from its last 32 characters.

    The last: many tokens begin with the same header.

    Shannon's entropy of its characters, times the number of places where it does not repeat
    itself. Zero for text with blanks or without both digits and letters: words, not tokens.
    """
    sample = text[-_MEASURED:]
    if not _TOKEN_FORM.fullmatch(sample):
        return 0.0
    total = len(sample)
    counts = Counter(sample).values()
    shannon = math.log2(total) - sum(map(_N_LOG_N.__getitem__, counts)) / total
    fresh = len(set(zip(sample, sample[1:], sample[2:], strict=False))) + 2
    return shannon * min(total, fresh)


@dataclass(frozen=True, slots=True)
class Redactor:
    """The rules of redaction, and the key of its pseudonyms.

    Without a key every secret gets the plain marker. ``enabled`` off passes all text through:
    an explicit choice of the user's, never a default.
    """

    names: Names = field(default_factory=Names)
    key: bytes = b""
    enabled: bool = True
    fixed_key: bool = False

    @classmethod
    def make(
        cls, *, further_names: Iterable[str] = (), key: str = "", enabled: bool = True
    ) -> Redactor:
        """Make a redactor from settings; ``key`` is the user's own (any text), or empty."""
        return cls(Names(further_names), key.encode(), enabled, fixed_key=bool(key))

    @classmethod
    def configured(
        cls, environ: Mapping[str, str], *, further_names: Iterable[str], enabled: bool
    ) -> Redactor:
        """Make the redactor that every process with these settings has: the key of pseudonyms
        is a secret, and stands in the environment only (``OTELHOOK_REDACTION_KEY``).
        """
        key = environ.get(_KEY_VARIABLE, "")
        return cls.make(further_names=further_names, key=key, enabled=enabled)

    def for_trace(self, trace_id: str) -> Redactor:
        """Return this redactor, keyed by the trace id (hex) unless it has a key of its own."""
        if self.fixed_key:
            return self
        return Redactor(self.names, trace_id.encode(), self.enabled)

    def hides(self, sensitivity: Sensitivity, value: str) -> bool:
        """Say whether this value under a name of this sensitivity is hidden."""
        if sensitivity is Sensitivity.NONE or value.strip().lower() in _NOTHING:
            return False
        if is_marker(value):
            return False
        return sensitivity is not Sensitivity.MAYBE or entropy_bits(value) >= _MAYBE_BITS

    def stand_in(self, sensitivity: Sensitivity, value: str) -> str:
        """Return what is shown in place of a secret value."""
        if not self.key or sensitivity is Sensitivity.HUMAN or entropy_bits(value) < PSEUDONYM_BITS:
            return MARKER
        secret = value.encode("utf-8", "surrogatepass")
        return f"‹token:{hmac.digest(self.key, secret, 'sha256').hex()[:16]}›"
