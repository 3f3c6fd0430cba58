"""Redaction at rendering: hides what is still secret in a Document that came from elsewhere.

What otelhook captured is redacted before it leaves the process. A trace that another tool
recorded is not, so the same rules are applied to the Document made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final

from otelhook.redaction import (
    Redacted,
    Redactor,
    redact_body,
    redact_bytes,
    redact_command,
    redact_header,
    redact_path,
    redact_query,
    redact_text,
)
from otelhook.sequence.document import (
    Address,
    Body,
    Command,
    Document,
    Header,
    Redaction,
    Step,
    StepKind,
    Variable,
)
from otelhook.sequence.transforms.redact_inner_spans import InnerCleaner
from otelhook.sequence.transforms.redact_names import NameCleaner
from otelhook.sequence.vocabulary import Protocol

__all__ = ["clean"]

_KEPT: Final = 1024
"""Headers, and bodies, that a trace's cleaner has at hand."""


def clean(document: Document, redactor: Redactor) -> Document:
    """Return the document without secrets; a second time changes nothing.

    Looked at are headers, bodies, addresses, paths, queries, operations, answers and what was said
    of failures in all steps, the names, attributes and events of inner spans, the command with its
    output, the title, the names of participants and hosts, and the values of variables.

    Args:
        document: as it was read; what is redacted already stays as it is.
        redactor: the rules. Unless it has a key of its own, pseudonyms are keyed by trace, so
            that they equal those of the services that recorded it.
    """
    if not redactor.enabled:
        return document
    cleaners: dict[str, _Cleaner] = {}
    steps: list[Step] = []
    found: list[Redaction] = []
    hidden: dict[str, str] = {}
    for step in document.steps:
        cleaner = cleaners.get(step.trace_id)
        if cleaner is None:
            cleaner = cleaners[step.trace_id] = _Cleaner(redactor.for_trace(step.trace_id))
        shown, places = cleaner.step(step)
        if shown is not step:
            hidden.update(_replaced(step, shown))
        steps.append(shown)
        found += (Redaction(step.number, place) for place in places)
    of_all = redactor.for_trace(document.trace_ids[0]) if document.trace_ids else redactor
    listed = dict.fromkeys((*document.redactions, *found))
    command = _command(document.command, of_all)
    inner = InnerCleaner()
    cleaned = replace(
        document,
        title=_title(document, command, of_all),
        steps=tuple(steps),
        inner_spans=tuple(inner.clean(span, of_all) for span in document.inner_spans),
        variables=tuple(_variable(variable, hidden, of_all) for variable in document.variables),
        command=command,
        redactions=tuple(sorted(listed, key=lambda redaction: redaction.step)),
    )
    return NameCleaner(cleaned, of_all).rename(cleaned)


class _Cleaner:
    """Cleans the steps of one trace; what comes again and again is looked at once."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        # Of functions and not of methods: what is remembered goes as soon as the cleaner does.
        self._header = lru_cache(_KEPT)(partial(_clean_header, redactor))
        self._address = lru_cache(_KEPT)(partial(_clean_address, redactor))
        self._body = lru_cache(_KEPT)(partial(_clean_body, redactor))
        self._text = lru_cache(_KEPT)(partial(_clean_text, redactor))
        self._path = lru_cache(_KEPT)(partial(redact_path, redactor))

    def step(self, step: Step) -> tuple[Step, tuple[str, ...]]:
        """Return the step without secrets, and the places where they were."""
        side = "request" if step.kind is StepKind.REQUEST else "response"
        headers = [self._header(header) for header in step.headers]
        body, other = self._body(step.body), self._body(step.other_body)
        path = self._path(step.path)
        label = self._label(step)
        query = redact_query(self._redactor, step.query)
        address = self._address(step.address)
        reason = redact_text(self._redactor, step.reason)
        error = redact_text(self._redactor, step.error)
        told = tuple(self._text(text) for text in (step.operation, step.answer, step.message))
        places = [f"{side}.{place}" for _, found in (*headers, body, other) for place in found]
        places += (f"url.{place}" for place in path.places)
        places += (f"url.query.{place}" for place in query.places)
        places += ("url.host",) if address != step.address else ()
        places += ("reason",) if reason.value != step.reason else ()
        places += ("error",) if error.value != step.error else ()
        places += ("message",) if told != (step.operation, step.answer, step.message) else ()
        if not places and label == step.label:
            return step, ()
        cleaned = replace(
            step,
            headers=tuple(header for header, _ in headers),
            body=body[0],
            other_body=other[0],
            path=path.value,
            label=label,
            query=query.value,
            address=address,
            reason=reason.value,
            error=error.value,
            operation=told[0],
            answer=told[1],
            message=told[2],
        )
        return cleaned, tuple(dict.fromkeys(places))

    def _label(self, step: Step) -> str:
        if step.protocol is Protocol.HTTP:
            return self._path(step.label).value
        return self._text(step.label)


def _clean_text(redactor: Redactor, text: str) -> str:
    """Redact what was said: as text, or as JSON and the like if it looks like that."""
    return redact_body(redactor, text).value if text else text


def _clean_address(redactor: Redactor, address: Address | None) -> Address | None:
    if address is None:
        return None
    host = redact_text(redactor, address.host).value
    return replace(address, host=host, socket=redact_path(redactor, address.socket).value)


def _clean_header(redactor: Redactor, header: Header) -> tuple[Header, tuple[str, ...]]:
    shown = redact_header(redactor, header.name, header.value)
    if shown == header.value:
        return header, ()
    return replace(header, value=shown), (f"header.{header.name}",)


def _clean_body(redactor: Redactor, body: Body | None) -> tuple[Body | None, tuple[str, ...]]:
    if body is None or not body.content:
        return body, ()
    shown: Redacted[str] | Redacted[bytes]
    if isinstance(body.content, str):
        shown = redact_body(redactor, body.content, body.content_type)
    else:
        shown = redact_bytes(redactor, body.content, body.content_type)
    cleaned = body if shown.value == body.content else replace(body, content=shown.value)
    return cleaned, tuple(f"body.{place}" for place in shown.places)


def _replaced(step: Step, cleaned: Step) -> Iterator[tuple[str, str]]:
    """Yield what stood in path and query, and what stands there now."""
    if step.path != cleaned.path:
        pairs = zip(step.path.split("/"), cleaned.path.split("/"), strict=False)
        yield from ((old, new) for old, new in pairs if old != new)
    if step.query != cleaned.query:
        for before, after in zip(step.query.split("&"), cleaned.query.split("&"), strict=False):
            old, new = before.partition("=")[2], after.partition("=")[2]
            if old != new:
                yield old, new


def _variable(variable: Variable, hidden: dict[str, str], redactor: Redactor) -> Variable:
    value = hidden.get(variable.value)
    if value is None:
        value = redact_text(redactor, variable.value).value
    return variable if value == variable.value else replace(variable, value=value)


def _command(command: Command | None, redactor: Redactor) -> Command | None:
    if command is None:
        return None
    arguments = redact_command(redactor, command.arguments).value
    output = command.output
    if output:
        output = redact_body(redactor, output).value
    return replace(command, arguments=arguments, output=output)


def _title(document: Document, command: Command | None, redactor: Redactor) -> str:
    """Return the title anew: the command line if it is that, else what it says without secrets."""
    before = document.command
    if command is not None and before is not None and document.title == before.line:
        return command.line
    return redact_path(redactor, redact_text(redactor, document.title).value).value
