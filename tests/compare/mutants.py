"""One change at a time, wherever it can be made in a document, and what kind of finding it is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.document import Body, Document, Mark, Outcome, Protocol, Step, StepKind
from tests.compare import editing as e

__all__ = ["MUTATIONS", "Mutant"]

_SENT = {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "age"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A document with one change in it."""

    what: str
    document: Document


Mutation = Callable[[Document, random.Random], Iterator[Mutant]]


def _steps(call: Call) -> list[Step]:
    return [*call.steps, *(step for inner in call.inner for step in _steps(inner))]


def _calls(document: Document) -> list[Call]:
    return call_trees(document.steps)[0]


def _plain(document: Document) -> Iterator[Call]:
    """Calls over HTTP that were answered and made no other."""
    for call in _calls(document):
        answered = len(call.steps) == 2 and call.steps[1].status_code
        if answered and not call.inner and call.request.protocol is Protocol.HTTP:
            yield call


def _good(document: Document) -> Iterator[Step]:
    for step in document.steps:
        if step.protocol is Protocol.HTTP and 0 < (step.status_code or 0) < 400:
            yield step


def _removed(document: Document, _: random.Random) -> Iterator[Mutant]:
    for call in _calls(document):
        gone = {step.number for step in _steps(call)}
        if len(gone) < 0.7 * len(document.steps):
            kept = [step for step in document.steps if step.number not in gone]
            yield Mutant(f"without {call.first}", e.numbered(document, kept))


def _added(document: Document, _: random.Random) -> Iterator[Mutant]:
    for call in _plain(document):
        last = call.steps[-1].number
        ends = call.request.source, call.request.target
        if len(document.steps) > last and document.steps[last].depth > call.request.depth:
            continue  # what follows was made for this call, after its answer
        new = e.called(call.request, *ends, "GET", "/brand/new", 200, {"a": 1})
        yield Mutant(f"one more after {last}", e.added(document, last, new))


def _participant(document: Document, _: random.Random) -> Iterator[Mutant]:
    for call in _plain(document):
        last = call.steps[-1].number
        if len(document.steps) > last and document.steps[last].depth > call.request.depth:
            continue
        new = e.called(call.request, call.request.source, "auditor", "POST", "/log", 202)
        yield Mutant(f"an auditor after {last}", e.added(document, last, new))


def _renamed_participant(document: Document, _: random.Random) -> Iterator[Mutant]:
    for name in sorted({end for step in document.steps for end in (step.source, step.target)}):
        steps = tuple(
            replace(
                step,
                source="brand-new" if step.source == name else step.source,
                target="brand-new" if step.target == name else step.target,
            )
            for step in document.steps
        )
        yield Mutant(f"{name} is brand-new", replace(document, steps=steps, participants=()))


def _status(document: Document, _: random.Random) -> Iterator[Mutant]:
    for step in _good(document):
        yield Mutant(f"status of {step.number}", e.answered(document, step.number, 299, "Odd"))


def _failed(document: Document, _: random.Random) -> Iterator[Mutant]:
    body = Body('{"oops": true}', 14, content_type="application/json")
    for step in _good(document):
        what = {"status_code": 500, "reason": "Internal Server Error", "outcome": Outcome.ERROR}
        yield Mutant(f"{step.number} fails", e.edited(document, step.number, body=body, **what))


def _header_dropped(document: Document, chance: random.Random) -> Iterator[Mutant]:
    for step in document.steps:
        names = sorted(
            {header.name for header in step.headers if "trace" not in header.name}
            - _SENT
            - {"x-openstack-request-id", "b3"}
        )
        if len(names) > 1:
            name = chance.choice(names)
            yield Mutant(
                f"{step.number} lacks {name}", e.header_dropped(document, step.number, name)
            )


def _header_renamed(document: Document, _: random.Random) -> Iterator[Mutant]:
    for step in document.steps:
        for header in step.headers:
            if header.name in {"location", "content-type", "user-agent"} and header.value:
                bare = e.header_dropped(document, step.number, header.name)
                made = e.header_added(bare, step.number, "x-moved", header.value)
                yield Mutant(f"{step.number}: {header.name} is x-moved", made)


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value:
            yield value
        for item in value.values():
            yield from _tables(item)
    elif isinstance(value, list):
        for item in value:
            yield from _tables(item)


def _edited_bodies(
    document: Document, change: Callable[[dict[str, Any]], bool], chance: random.Random
) -> Iterator[Mutant]:
    """Change one table of each JSON body; ``change`` says whether it could."""
    for step in document.steps:
        body = step.body
        if body is None or body.truncated or not isinstance(body.content, str):
            continue
        try:
            tables = list(_tables(value := json.loads(body.content)))
        except ValueError:
            continue
        if tables and change(chance.choice(tables)):
            kept = replace(body, content=json.dumps(value))
            made = e.edited(document, step.number, body=kept)
            yield Mutant(f"body of {step.number}", made)


def _field_renamed(document: Document, chance: random.Random) -> Iterator[Mutant]:
    def change(table: dict[str, Any]) -> bool:
        old = chance.choice(list(table))
        items = [(f"{old}_new" if key == old else key, value) for key, value in table.items()]
        table.clear()
        table.update(items)
        return True

    yield from _edited_bodies(document, change, chance)


def _field_changed(document: Document, chance: random.Random) -> Iterator[Mutant]:
    def change(table: dict[str, Any]) -> bool:
        chosen = [k for k, v in table.items() if isinstance(v, str) and v.isalpha()]
        if chosen:
            table[chance.choice(chosen)] += " changed"
        return bool(chosen)

    yield from _edited_bodies(document, change, chance)


def _retried(document: Document, _: random.Random) -> Iterator[Mutant]:
    for call in _plain(document):
        late = replace(
            call.steps[1], status_code=503, reason="Busy", outcome=Outcome.ERROR, headers=()
        )
        again = e.added(document, call.first - 1, [call.request, replace(late, body=None)])
        made = e.edited(again, call.first + 2, marks=(Mark.RETRY,))
        yield Mutant(f"{call.first} at the second attempt", made)


def _swapped(document: Document, _: random.Random) -> Iterator[Mutant]:
    levels = [call_trees(document.steps)[1], *(call.inner for call in _calls(document))]
    for level in levels:
        for one, other in pairwise(level):
            first, second = (
                sorted(_steps(call), key=lambda step: step.number) for call in (one, other)
            )
            numbers = [step.number for step in (*first, *second)]
            same = (one.request.target, one.request.method, one.request.label) == (
                other.request.target,
                other.request.method,
                other.request.label,
            )
            whole = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            if whole and not same and one.request.source == other.request.source:
                steps = list(document.steps)
                steps[numbers[0] - 1 : numbers[-1]] = [*second, *first]
                what = f"{other.first} before {one.first}"
                yield Mutant(what, e.numbered(document, steps))


def _statement(document: Document, _: random.Random) -> Iterator[Mutant]:
    for step in document.steps:
        body = step.body
        is_asked = step.protocol is Protocol.DATABASE and step.kind is StepKind.REQUEST
        if is_asked and body is not None and isinstance(body.content, str) and " " in body.content:
            more = replace(body, content=f"{body.content} LIMIT all")
            made = e.edited(document, step.number, body=more)
            yield Mutant(f"statement of {step.number}", made)


def _rpc_failed(document: Document, _: random.Random) -> Iterator[Mutant]:
    for step in document.steps:
        if step.protocol is Protocol.RPC and step.answer and step.outcome is not Outcome.ERROR:
            what = {"answer": "UNAVAILABLE (14)", "outcome": Outcome.ERROR, "message": "gone"}
            yield Mutant(f"{step.number} unavailable", e.edited(document, step.number, **what))


def _parameter(document: Document, _: random.Random) -> Iterator[Mutant]:
    for step in document.steps:
        if step.kind is StepKind.REQUEST and step.protocol is Protocol.HTTP:
            query = f"{step.query}&brand=new".lstrip("&")
            made = e.edited(document, step.number, query=query)
            yield Mutant(f"a parameter of {step.number}", made)


def _unanswered(document: Document, _: random.Random) -> Iterator[Mutant]:
    for step in document.steps:
        if step.kind is StepKind.RESPONSE and step.outcome is not Outcome.UNKNOWN:
            made = e.edited(
                document,
                step.number,
                kind=StepKind.FAILURE,
                status_code=None,
                reason="",
                answer="",
                error="timeout",
                outcome=Outcome.UNANSWERED,
                headers=(),
                body=None,
            )
            yield Mutant(f"no answer at {step.number}", made)


MUTATIONS: Mapping[str, tuple[Mutation, frozenset[str]]] = {
    "a call is gone": (_removed, frozenset({"steps", "repeats"})),
    "one more call": (_added, frozenset({"steps"})),
    "another participant is told": (_participant, frozenset({"steps"})),
    "a participant has another name": (_renamed_participant, frozenset({"participants"})),
    "another status": (_status, frozenset({"status"})),
    "an error": (_failed, frozenset({"status"})),
    "no answer": (_unanswered, frozenset({"status"})),
    "a header is gone": (_header_dropped, frozenset({"headers"})),
    "a header has another name": (_header_renamed, frozenset({"headers"})),
    "a field has another name": (_field_renamed, frozenset({"body", "statement"})),
    "a field has another value": (_field_changed, frozenset({"body", "statement"})),
    "a retry": (_retried, frozenset({"repeats"})),
    "two calls change places": (_swapped, frozenset({"steps"})),
    "another statement": (_statement, frozenset({"statement"})),
    "a failed remote procedure": (_rpc_failed, frozenset({"status"})),
    "one more parameter": (_parameter, frozenset({"query"})),
}
"""By name how it is made, and of which kinds its finding may be."""
