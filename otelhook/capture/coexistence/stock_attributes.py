"""What other instrumentations wrote of a request, redacted by our rules.

They write whole URLs, request targets, headers (with underscores for dashes) and the text of
exceptions. The keys are those of the conventions, old and new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from otelhook.attributes import (
    EXCEPTION_MESSAGE,
    EXCEPTION_STACKTRACE,
    header_prefix,
)
from otelhook.redaction import (
    ADDRESS_RULES,
    Redactor,
    redact_header,
    redact_text,
)

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

__all__ = ["redacted_changes"]

_BY_KEY: Mapping[str, Callable[[Redactor, str], str]] = {
    **ADDRESS_RULES,
    EXCEPTION_MESSAGE: lambda redactor, text: redact_text(redactor, text).value,
    EXCEPTION_STACKTRACE: lambda redactor, text: redact_text(redactor, text).value,
}
_HEADERS = (header_prefix("request"), header_prefix("response"))


def redacted_changes(
    attributes: Mapping[str, AttributeValue], redactor: Redactor
) -> dict[str, AttributeValue]:
    """Return the attributes, of a span or of an event, whose values must be other ones.

    Redaction is idempotent: what is redacted already is not among them.
    """
    return dict(_changes(attributes, redactor))


def _changes(
    attributes: Mapping[str, AttributeValue], redactor: Redactor
) -> Iterator[tuple[str, AttributeValue]]:
    for key, value in attributes.items():
        rule = _BY_KEY.get(key)
        if rule is not None:
            if isinstance(value, str) and (shown := rule(redactor, value)) != value:
                yield key, shown
        elif key.startswith(_HEADERS):
            name = key.split(".", 3)[3].replace("_", "-")
            lines = (value,) if isinstance(value, str) else value
            if isinstance(lines, Sequence) and all(isinstance(line, str) for line in lines):
                old = list(cast("Sequence[str]", lines))
                new = [redact_header(redactor, name, line) for line in old]
                if new != old:
                    yield key, new
