"""A comparison as JSON."""

from __future__ import annotations

from typing import Any, Final

from otelhook.compare.findings import Comparison, Finding
from otelhook.render.shared.json_text import json_text

__all__ = ["SCHEMA", "VERSION", "plain_finding", "render_json"]

SCHEMA: Final = "otelhook/comparison"
VERSION: Final = 1


def render_json(comparison: Comparison) -> str:
    """Return findings, pairs of exchanges and remarks; the documents have files of their own."""
    sides = {
        name: {
            "trace_ids": list(document.trace_ids),
            "title": document.title,
            "steps": len(document.steps),
        }
        for name, document in (("before", comparison.before), ("after", comparison.after))
    }
    plain: dict[str, Any] = {
        "schema": SCHEMA,
        "version": VERSION,
        **sides,
        "nothing_in_common": comparison.nothing_in_common,
        "findings": [plain_finding(finding) for finding in comparison.findings],
        "pairs": [[pair.before, pair.after] for pair in comparison.pairs],
        "remarks": list(comparison.remarks),
    }
    return json_text(plain) + "\n"


def plain_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding as what ``json`` can write."""
    return {
        "kind": finding.kind.value,
        "change": finding.change.value,
        "where": finding.where,
        "place": finding.place,
        "before": finding.before,
        "after": finding.after,
        "steps_before": list(finding.steps_before),
        "steps_after": list(finding.steps_after),
        "more": finding.more,
    }
