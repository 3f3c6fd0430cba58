"""Documents changed on purpose: steps taken out, put in, put elsewhere, answered otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from otelhook.sequence.document import Body, Document, Header, Step, StepKind

__all__ = [
    "added",
    "answered",
    "at",
    "beneath",
    "body_edited",
    "called",
    "edited",
    "header_added",
    "header_dropped",
    "moved",
    "numbered",
    "pair",
    "removed",
]


def numbered(document: Document, steps: Iterable[Step]) -> Document:
    """The document with these steps, numbered and their exchanges counted anew."""
    exchanges: dict[int, int] = {}
    found = [
        replace(
            step, number=number, exchange=exchanges.setdefault(step.exchange, len(exchanges) + 1)
        )
        for number, step in enumerate(steps, 1)
    ]
    return replace(document, steps=tuple(found), groups=(), flows=(), highlights=(), notes=())


def at(document: Document, number: int) -> Step:
    return document.steps[number - 1]


def pair(document: Document, number: int) -> list[Step]:
    """The steps of the call whose request has this number, with all within it."""
    request = at(document, number)
    (last,) = [
        s.number for s in document.steps if s.exchange == request.exchange and s is not request
    ]
    return list(document.steps[number - 1 : last])


def beneath(steps: Iterable[Step], by: int) -> list[Step]:
    return [replace(step, depth=step.depth + by) for step in steps]


def removed(document: Document, *numbers: int) -> Document:
    """Without the calls of these requests and all within them."""
    gone = {step.number for number in numbers for step in pair(document, number)}
    return numbered(document, [s for s in document.steps if s.number not in gone])


def added(document: Document, after: int, steps: Iterable[Step]) -> Document:
    """With copies of these steps, as exchanges of their own, after the step of that number."""
    listed = list(document.steps)
    copies = [replace(step, exchange=step.exchange + 1_000) for step in steps]
    return numbered(document, [*listed[:after], *copies, *listed[after:]])


def moved(document: Document, number: int, after: int, deeper: int = 0) -> Document:
    """With the call of that request behind another step, perhaps at another depth."""
    steps = pair(document, number)
    gone = {step.number for step in steps}
    listed: list[Step] = []
    for step in document.steps:
        if step.number not in gone:
            listed.append(step)
        if step.number == after:
            listed += beneath(steps, deeper)
    return numbered(document, listed)


def edited(document: Document, number: int, **changes: Any) -> Document:
    listed = list(document.steps)
    listed[number - 1] = replace(listed[number - 1], **changes)
    return numbered(document, listed)


def answered(document: Document, number: int, status: int, reason: str) -> Document:
    return edited(document, number, status_code=status, reason=reason)


def header_dropped(document: Document, number: int, name: str) -> Document:
    kept = tuple(header for header in at(document, number).headers if header.name != name)
    assert len(kept) < len(at(document, number).headers)
    return edited(document, number, headers=kept)


def header_added(document: Document, number: int, name: str, value: str) -> Document:
    headers = (*at(document, number).headers, Header(name, value))
    return edited(document, number, headers=headers)


def body_edited(document: Document, number: int, change: Callable[[Any], Any]) -> Document:
    """With the JSON body that ``change`` makes, in place or as what it returns."""
    body = at(document, number).body
    assert body is not None
    value = json.loads(body.content or "null")
    returned = change(value)
    text = json.dumps(value if returned is None else returned)
    kept = replace(body, content=text, size=len(text))
    return edited(document, number, body=kept)


def called(  # noqa: PLR0913, PLR0917 - a call has this many parts
    like: Step, source: str, target: str, method: str, path: str, status: int, returned: Any = None
) -> list[Step]:
    """A request and its answer, at the depth of another step."""
    content = "" if returned is None else json.dumps(returned)
    request = replace(
        like,
        kind=StepKind.REQUEST,
        source=source,
        target=target,
        method=method,
        path=path,
        label=path,
        query="",
        status_code=None,
        outcome=None,
        reason="",
        headers=(Header("host", f"{target}.test"),),
        body=Body("", 0),
    )
    answer = replace(
        request,
        kind=StepKind.RESPONSE,
        source=target,
        target=source,
        status_code=status,
        headers=(Header("content-type", "application/json"),),
        body=Body(content, len(content), content_type="application/json"),
    )
    return [request, answer]
