"""The Document as the data that the page's viewer reads.

This is not the Document's public JSON form (`otelhook.render.json`): it belongs to the viewer
beside it and changes with it. Against the public form it is small. Header lines, bodies and trace
ids are kept once and named by index, fields without a value are left out, times are nanoseconds
since the document's start, so that they fit a JavaScript number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from otelhook.render.bodies.registry import shown_body
from otelhook.render.bodies.view import data_address
from otelhook.render.html.inner_data import beside_data, inner_data
from otelhook.render.html.note_data import note_data
from otelhook.render.html.summary_data import summary_data
from otelhook.render.shared.frames import drawable_groups
from otelhook.render.shared.request_urls import origin
from otelhook.render.shared.step_remarks import drawn_marks, telling_marks
from otelhook.render.shared.token_names import token_marks, with_token_names
from otelhook.render.shared.units import spell_time
from otelhook.render.shared.wording import (
    KIND_WORDS,
    PROTOCOL_WORDS,
    arrow_words,
    content_name,
    counts_line,
    headers_name,
    spans_of,
)
from otelhook.sequence.document import Body, Document, Outcome, Protocol, SeenBy, Step

__all__ = ["HEX_PREFIX_BYTES", "build", "embed"]

HEX_PREFIX_BYTES = 96
"""How much of a binary body the page shows."""

# What may not stand in an HTML data block as it is: `<` could end the block or open a comment,
# the rest (C1 controls, line separators, byte order mark, surrogates, noncharacters) is invalid
# in HTML or in UTF-8, or turns the direction of text. C0 controls are escaped by JSON itself.
_UNSAFE = re.compile(
    "[<\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
    )
    + "]"
)

_T = TypeVar("_T", bound=Hashable)


class _Once(Generic[_T]):
    """A list that holds each value once and says where."""

    def __init__(self) -> None:
        self.values: list[_T] = []
        self._places: dict[_T, int] = {}

    def place(self, value: _T) -> int:
        place = self._places.setdefault(value, len(self.values))
        if place == len(self.values):
            self.values.append(value)
        return place


def build(document: Document) -> dict[str, object]:
    """Return the viewer's data: JSON values only, in an order that depends on the Document only."""
    told, tokens = summary_data(document), token_marks(document)  # both of the tokens themselves
    document = with_token_names(document, tokens)
    headers: _Once[tuple[str, str]] = _Once()
    bodies: _Once[Body] = _Once()
    origins: _Once[str] = _Once()
    names = _indices(document)
    traces = {trace_id: i for i, trace_id in enumerate(document.trace_ids)}
    kinds = {participant.name: participant.kind for participant in document.participants}
    drawn = drawn_marks(document)

    def step_data(step: Step) -> dict[str, object]:
        words, marks = arrow_words(step), telling_marks(step, kinds)
        quiet = [mark.value for mark in marks if mark not in drawn.get(step.number, ())]
        return _filled(
            n=step.number,
            kind=step.kind.value,
            exchange=step.exchange,
            source=names[step.source],
            target=names[step.target],
            head=words.head,
            label=words.rest,
            failed=step.failed or None,
            unknown=step.outcome is Outcome.UNKNOWN or None,
            message=step.message,
            **_spoken(step),
            method=step.method,
            path=step.path if step.path != step.label else "",
            query=step.query,
            origin=None if step.address is None else origins.place(origin(step)),
            status=step.status_code,
            headers=[headers.place((header.name, header.value)) for header in step.headers],
            body=None if step.body is None else bodies.place(step.body),
            other=None if step.other_body is None else bodies.place(step.other_body),
            seen="" if step.seen_by is SeenBy.BOTH else step.seen_by.value,
            at=step.time - document.start_time if document.start_time else None,
            took=step.duration,
            trace=traces.get(step.trace_id) if len(traces) > 1 else None,
            spans=[*spans_of(step)],
            marks=[mark.value for mark in marks],
            quiet=quiet,
        )

    steps = [step_data(step) for step in document.steps]
    return {
        "title": document.title,
        "traces": list(document.trace_ids),
        "start": spell_time(document.start_time),
        "duration": document.duration,
        "spans": document.span_count,
        "participants": _participants(document, list(names)),
        "steps": steps,
        "headers": headers.values,
        "bodies": [_body(body) for body in bodies.values],
        **_filled(origins=origins.values, tokens=[[shown, mark] for mark, shown in tokens.items()]),
        **_around(document),
        **_filled(counts=counts_line(document), summary=told),
        **_filled(inner=inner_data(document), beside=beside_data(document, names)),
    }


def _indices(document: Document) -> dict[str, int]:
    """Return each lifeline's place; a document from a file may name one in a step only."""
    known = [participant.name for participant in document.participants]
    used = [name for step in document.steps for name in (step.source, step.target)]
    return {name: index for index, name in enumerate(dict.fromkeys([*known, *used]))}


def _participants(document: Document, names: Sequence[str]) -> list[dict[str, object]]:
    """Return the lifelines in the order of ``names``, which has those that only steps name last."""
    listed = [
        _filled(
            name=participant.name,
            kind=participant.kind.value,
            word=KIND_WORDS.get(participant.kind, ""),
            instances=list(participant.instances),
        )
        for participant in document.participants
    ]
    return listed + [{"name": name, "kind": "service"} for name in names[len(listed) :]]


def _spoken(step: Step) -> dict[str, object]:
    """Return what is said of a step over another protocol than HTTP."""
    if step.protocol is Protocol.HTTP:
        return _filled(operation=step.operation)
    return _filled(
        protocol=PROTOCOL_WORDS[step.protocol],
        operation=step.operation if step.operation != step.label else "",
        content=content_name(step),
        fields=headers_name(step),
    )


def _around(document: Document) -> dict[str, object]:
    """Return what stands beside the steps."""
    command = document.command
    return _filled(
        groups=[
            _filled(
                kind=g.kind.value,
                title=g.title,
                first=g.first,
                last=g.last,
                branches=[[branch.first, branch.title] for branch in g.branches],
            )
            for g in drawable_groups(document)
        ],
        variables=[[variable.name, variable.value] for variable in document.variables],
        notes=[note_data(note) for note in document.notes],
        flows=[
            _filled(
                step=flow.step,
                place=flow.place,
                source=flow.source_step,
                sourcePlace=flow.source_place,
                name=flow.name,
            )
            for flow in document.flows
        ],
        highlights=[[light.step, light.place, light.why] for light in document.highlights],
        redactions=[[redaction.step, redaction.place] for redaction in document.redactions],
        hidden=[[hidden.rule, hidden.exchanges] for hidden in document.hidden],
        adjustments=[[adjustment.host, adjustment.offset] for adjustment in document.adjustments],
        warnings=list(document.warnings),
        command=None
        if command is None
        else _filled(
            arguments=list(command.arguments), exit=command.exit_code, output=command.output
        ),
    )


def _filled(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _body(body: Body) -> dict[str, object]:
    """Return a body as text, or as a prefix in hex; ``kept`` is how many bytes were recorded."""
    content = body.content
    text = content if isinstance(content, str) else None
    data = content if isinstance(content, bytes) else None
    kept = len(text.encode("utf-8", "surrogatepass")) if text is not None else len(data or b"")
    fields = _filled(
        type=body.content_type,
        size=body.size,
        kept=None if content is None else kept,
        hex=None if data is None else data[:HEX_PREFIX_BYTES].hex(),
        cut=body.truncated or None,
        **_viewed(body),
    )
    return fields if text is None else {**fields, "text": text}


def _viewed(body: Body) -> dict[str, object]:
    """Return how a body reads best, where that is not how it came; the viewer folds JSON itself."""
    shown, content = shown_body(body), body.content
    if content is None or not shown.name or (shown.language == "json" and not shown.rows):
        return {}
    if shown.image and isinstance(content, bytes):
        return {"view": shown.text, "image": data_address(shown.image, content)}
    if shown.rows:
        pictures = {
            str(each.row): data_address(each.media_type, each.content) for each in shown.pictures
        }
        table = _filled(view=shown.name, head=shown.head, rows=shown.rows)
        return table | _filled(pictures=pictures or None)
    return {"view": shown.name, **({"pretty": shown.text} if shown.text != content else {})}


def embed(data: dict[str, object]) -> str:
    """Return JSON that may stand inside ``<script type="application/json">``, for any text."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return "\\u003c" if character == "<" else json.dumps(character)[1:-1]
