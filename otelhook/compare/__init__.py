"""Documents beside each other: what differs between two runs, and the flow that many have."""

from __future__ import annotations

from otelhook.compare.comparing import compare
from otelhook.compare.findings import Change, Comparison, Finding, FindingKind

__all__ = ["Change", "Comparison", "Finding", "FindingKind", "compare"]
