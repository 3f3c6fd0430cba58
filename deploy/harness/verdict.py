"""What a check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that must hold: whether it does, and what was measured."""

    claim: str
    measured: str
    faults: tuple[str, ...] = ()
    """What is wrong, a line each; the claim holds if there is nothing."""

    def lines(self) -> Sequence[str]:
        """Return it as a reader wants it."""
        word = "FAILED" if self.faults else "ok"
        return [f"{word:6} {self.claim}: {self.measured}", *(f"       {f}" for f in self.faults)]
