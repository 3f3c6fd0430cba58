"""Tokens under the names that flows give them: ``‹token 1›`` for a pseudonym of sixteen digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from otelhook.sequence.document import Body, Document, Header, Step
from otelhook.sequence.values.step_values import token_names
from otelhook.sequence.values.traceable import TOKEN_MARK

__all__ = ["token_marks", "with_token_names"]


def token_marks(document: Document) -> Mapping[str, str]:
    """Return each token's pseudonym with the name to show for it: ``‹token 1›``."""
    names = token_names(document)
    return {text: f"‹{name}›" for text, name in names.items() if TOKEN_MARK.match(text)}


def with_token_names(document: Document, marks: Mapping[str, str] | None = None) -> Document:
    """Return the document with each token's pseudonym replaced by its name, in headers and bodies.

    A reader follows ``‹token 1›`` from step to step more easily. A name stands for one pseudonym;
    a page that shows names says somewhere which.

    Args:
        document: what is shown.
        marks: its `token_marks`, if they are at hand.
    """
    marks = token_marks(document) if marks is None else marks
    if not marks:
        return document
    return replace(document, steps=tuple(_step(step, marks) for step in document.steps))


def _step(step: Step, marks: Mapping[str, str]) -> Step:
    if not any("‹" in header.value for header in step.headers) and not (
        _has_mark(step.body) or _has_mark(step.other_body)
    ):
        return step
    return replace(
        step,
        headers=tuple(Header(h.name, _named(h.value, marks)) for h in step.headers),
        body=_body(step.body, marks),
        other_body=_body(step.other_body, marks),
    )


def _has_mark(body: Body | None) -> bool:
    return body is not None and isinstance(body.content, str) and "‹" in body.content


def _body(body: Body | None, marks: Mapping[str, str]) -> Body | None:
    if body is None or not isinstance(body.content, str):
        return body
    return replace(body, content=_named(body.content, marks))


def _named(text: str, marks: Mapping[str, str]) -> str:
    return TOKEN_MARK.sub(lambda match: marks.get(match[0], match[0]), text)
