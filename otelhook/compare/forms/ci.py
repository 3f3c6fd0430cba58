"""Findings for continuous integration: SARIF, JUnit XML, and a step's summary on GitHub.

SARIF 2.1.0 (OASIS) wants a file for each result: it is the run's own name, since what differs
stands in no source file. JUnit XML follows the schema that Jenkins's xUnit plugin publishes. A
summary may have 1 MiB (GitHub, job summaries); what is longer loses its diagram first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from otelhook.render.shared.plain import one_line, without_controls

__all__ = ["SUMMARY_LIMIT", "Result", "junit", "sarif", "within_limit"]

SUMMARY_LIMIT: Final = 1024 * 1024 - 1024
"""Bytes of a step's summary."""

_RULES: Final = re.compile(r"[^a-z0-9]+")
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Result:
    """One finding, or one thing that was looked at and found right."""

    rule: str
    """What kind of thing: ``status``, ``steps``."""
    name: str
    """Where it is, in words."""
    text: str
    """What is wrong, in a sentence; empty if nothing is."""
    run: str = ""
    """Which run it is of: a file's name or a trace id."""


def sarif(results: Sequence[Result]) -> str:
    """Return a SARIF log of what is wrong."""
    wrong = [result for result in results if result.text]
    rules = sorted({result.rule for result in wrong})
    log: dict[str, Any] = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "otelhook",
                        "rules": [
                            {"id": rule, "shortDescription": {"text": f"{rule} differ"}}
                            for rule in rules
                        ],
                    }
                },
                "results": [_sarif_result(result, rules) for result in wrong],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _sarif_result(result: Result, rules: list[str]) -> dict[str, Any]:
    uri = _RULES.sub("-", one_line(result.run).lower()).strip("-") or "trace"
    return {
        "ruleId": result.rule,
        "ruleIndex": rules.index(result.rule),
        "level": "error",
        "message": {"text": f"{one_line(result.name)}: {one_line(result.text)}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": uri}},
                "logicalLocations": [{"fullyQualifiedName": one_line(result.name)}],
            }
        ],
    }


def junit(results: Sequence[Result], suite: str) -> str:
    """Return a JUnit test suite: a case for each result, which fails if it says what is wrong."""
    failures = sum(1 for result in results if result.text)
    counts = f'tests="{len(results)}" failures="{failures}" errors="0" skipped="0" time="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<testsuites>",
        f"  <testsuite name={_attribute(suite)} {counts}>",
    ]
    for result in results:
        case = f"    <testcase classname={_attribute(result.rule)} name={_attribute(result.name)}"
        case += ' time="0"'
        if not result.text:
            lines.append(f"{case}/>")
            continue
        text = escape(_printable(result.text))
        lines += [
            f"{case}>",
            f"      <failure type={_attribute(result.rule)} message={_attribute(result.text)}>",
            f"{text}</failure>",
            "    </testcase>",
        ]
    lines += ["  </testsuite>", "</testsuites>"]
    return "\n".join(lines) + "\n"


def within_limit(text: str, shorter: str) -> str:
    """Return the text if a step's summary takes it, else the shorter one, cut if it must be."""
    for candidate in (text, shorter):
        if len(candidate.encode("utf-8", "replace")) <= SUMMARY_LIMIT:
            return candidate
    end = "\n\nCut: a summary may have 1 MiB.\n"
    room = SUMMARY_LIMIT - len(end)
    cut = shorter.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    return cut.rpartition("\n")[0] + end


def _attribute(text: str) -> str:
    return quoteattr(_printable(text))


def _printable(text: str) -> str:
    return without_controls(one_line(text))
