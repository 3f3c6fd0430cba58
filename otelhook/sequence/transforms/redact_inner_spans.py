"""Redaction of what a Document tells of spans that are not steps: attributes, events, messages."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from otelhook.redaction import Redactor, redact_body, redact_header, redact_text
from otelhook.sequence.inner_span import InnerSpan, SpanEvent

__all__ = ["InnerCleaner"]

_KEPT: Final = 4096
"""Attributes that are at hand: most of them come again and again."""


class InnerCleaner:
    """Cleans inner spans; what comes again is looked at once."""

    def __init__(self) -> None:
        self._attribute = lru_cache(_KEPT)(_clean_attribute)

    def clean(self, span: InnerSpan, redactor: Redactor) -> InnerSpan:
        """Return the span without secrets in its name, message, attributes and events."""
        if not redactor.enabled:
            return span
        cleaned = replace(
            span,
            name=redact_text(redactor, span.name).value,
            message=redact_body(redactor, span.message).value if span.message else "",
            attributes=self._attributes(span.attributes, redactor),
            events=tuple(
                SpanEvent(
                    event.time,
                    redact_text(redactor, event.name).value,
                    self._attributes(event.attributes, redactor),
                )
                for event in span.events
            ),
        )
        return span if cleaned == span else cleaned

    def _attributes(
        self, attributes: tuple[tuple[str, str], ...], redactor: Redactor
    ) -> tuple[tuple[str, str], ...]:
        return tuple((name, self._attribute(name, value, redactor)) for name, value in attributes)


def _clean_attribute(name: str, value: str, redactor: Redactor) -> str:
    """Redact a value by its name's last part as a header's is, else by its looks."""
    last = name.rpartition(".")[2].replace("_", "-")
    shown = redact_header(redactor, last, value)
    return shown if shown != value else redact_body(redactor, value).value
