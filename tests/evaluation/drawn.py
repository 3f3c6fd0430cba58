"""What a Document's JSON draws, whichever version of it: exchanges by the spans they show.

Only this module knows the Document's fields. Ids are found wherever a newer version puts them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.evaluation.spans import Key

__all__ = ["Drawing", "Exchange", "drawing_of"]

_SENTENCE = re.compile(r"^\W*`\((\d+)(?:-\d+)?\)`(.*)$", re.MULTILINE)
_OWN = ("client_span_id", "server_span_id", "span_ids", "spans")
_LABEL = ("operation", "label", "method", "path", "query")
_NOT_SAID = ("headers", "body", "other_body", *_OWN)
_CLASSES = {"ok": "ok", "error": "error", "failed": "failed", "failure": "failed"}
_CLASSES |= {"sent": "sent", "unknown": "unknown", "unanswered": "failed"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer, as a reader sees it."""

    number: int
    source: str
    target: str
    label: str
    answer: str
    """All that is said at the answer, but for headers and bodies."""
    outcome: str
    """``ok``, ``error``, ``failed``, ``unknown``, or ``sent`` if there is no answer."""
    spans: frozenset[Key]
    details: frozenset[Key]
    """Spans that are told of within its steps without being its own."""
    prose: str = ""
    """The page's sentence on it, where there is one."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A document: its exchanges, and the spans that it accounts for elsewhere."""

    exchanges: tuple[Exchange, ...]
    accounted: frozenset[Key]


def drawing_of(document: Mapping[str, Any], keys: frozenset[Key]) -> Drawing:
    """Read a document of the trace whose spans have these keys."""
    numbers: dict[int, list[Mapping[str, Any]]] = {}
    for step in document["steps"]:
        numbers.setdefault(step["exchange"], []).append(step)
    rest = {name: value for name, value in document.items() if name not in ("steps", "page")}
    sentences = _sentences(document.get("page", ""))
    exchanges = tuple(
        replace(_exchange(number, steps, keys), prose=sentences.get(steps[0]["number"], ""))
        for number, steps in numbers.items()
    )
    details = frozenset(key for exchange in exchanges for key in exchange.details)
    return Drawing(exchanges, details | frozenset(_keys(rest, keys)))


def _sentences(page: str) -> dict[int, str]:
    """Return the prose on exchanges by the number of their first step."""
    return {int(found[1]): found[2] for found in _SENTENCE.finditer(page)}


def _exchange(number: int, steps: list[Mapping[str, Any]], keys: frozenset[Key]) -> Exchange:
    request, answers = steps[0], steps[1:]
    own = {name: [step.get(name) for step in steps] for name in _OWN}
    others = [{name: step[name] for name in step if name not in _OWN} for step in steps]
    spans = set(_keys([own[name] for name in _OWN if name != "server_span_id"], keys))
    for span_id in own["server_span_id"]:
        found = {key for key in keys if key[1] == span_id}
        spans |= {key for key in found if key[2]} or found
    return Exchange(
        number=number,
        source=request["source"],
        target=request["target"],
        label=" ".join(str(request.get(name) or "") for name in _LABEL),
        answer=" ".join(_said(step) for step in (*answers, *([] if answers else steps))),
        outcome=_outcome(request, answers),
        spans=frozenset(spans),
        details=frozenset(_keys(others, keys)) - spans,
    )


def _said(step: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in step.items() if name not in _NOT_SAID}
    return json.dumps(kept, ensure_ascii=False).replace('\\"', '"').replace("\\n", "\n")


def _outcome(request: Mapping[str, Any], answers: list[Mapping[str, Any]]) -> str:
    for step in reversed((request, *answers)):
        said = step.get("outcome")
        if said in _CLASSES:
            return _CLASSES[said]
    if not answers:
        return "sent"
    last = answers[-1]
    if last["kind"] == "failure":
        return "failed"
    code = last.get("status_code")
    return "error" if isinstance(code, int) and code >= 400 else "ok"


def _keys(value: object, keys: frozenset[Key]) -> Iterator[Key]:
    """Yield the spans whose ids are anywhere in a JSON value."""
    if isinstance(value, str):
        if len(value) == 16:
            yield from (key for key in keys if key[1] == value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _keys(item, keys)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item, keys)
