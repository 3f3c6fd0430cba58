"""Remote calls in JSON (JSON-RPC 2.0 and its like): whose parameters are secret by the method.

``{"method": "auth.login", "params": ["mira", …]}``; some write the parameters first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.columns import Found, Span
from otelhook.redaction.rules.names import Names, Sensitivity, spell
from otelhook.redaction.rules.roles import last_segment

__all__ = ["PARAMETERS", "Call"]

PARAMETERS = frozenset({"params", "args", "arguments"})
_LOGIN = lazy(r"\w*(?:log_?in|log_?on|sign_?in|auth(?:enticate|ori[sz]e)?|unlock)")
_MOST_PARKED = 64


@dataclass(slots=True)
class Call:
    """What is known of one call."""

    login: Sensitivity = Sensitivity.NONE
    """How secret its second parameter is, by the method's name."""
    is_secret: bool = False
    """Whether its first parameter is secret too: ``walletpassphrase``."""
    parked: list[Found] = field(default_factory=list[Found])
    """Parameters that came before the method."""

    @property
    def first(self) -> Sensitivity:
        """How secret the first parameter is."""
        return self.login if self.is_secret else Sensitivity.NONE

    def keep(self, span: Span) -> None:
        """Remember a parameter."""
        if self.login is Sensitivity.NONE and len(self.parked) < _MOST_PARKED:
            self.parked.append((span, Sensitivity.HUMAN, "[]"))

    def named(self, method: str, names: Names) -> Sequence[Found]:
        """Note the method; returns the parameters that it makes secret."""
        last = last_segment(method)
        self.is_secret = names.sensitivity(last) is Sensitivity.HUMAN
        if not self.is_secret and not _LOGIN.fullmatch(spell(last)):
            return ()
        self.login = Sensitivity.HUMAN
        return self.parked if self.is_secret else self.parked[1:]
