"""From spans to the finished Document, the one way that every command and exporter goes."""

from __future__ import annotations

from collections.abc import Iterable

from otelhook.model import Span
from otelhook.redaction import Redactor
from otelhook.sequence.assembly.assemble import Options, assemble
from otelhook.sequence.document import Document
from otelhook.sequence.passes import refine
from otelhook.sequence.transforms.redact_document import clean

__all__ = ["compose"]


def compose(
    spans: Iterable[Span],
    *,
    redactor: Redactor | None = None,
    options: Options | None = None,
    parallel: bool = False,
) -> Document:
    """Return the Document: steps in order, secrets hidden, flows, highlights and loops found.

    Args:
        spans: of one trace or several, in any order.
        redactor: the rules of redaction, for traces that another tool recorded; what is redacted
            already stays as it is. The default rules if left out.
        options: names and rules that the user gave.
        parallel: whether to draw frames around concurrent calls.
    """
    names = options.variables if options is not None else None
    # Nobody holds what a pass was given once it is done: it may be as large as what it returns.
    return refine(
        clean(assemble(spans, options=options), redactor or Redactor.make()),
        parallel=parallel,
        names=names,
    )
