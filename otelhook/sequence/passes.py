"""What is found in a Document once its steps are in order: names, flows, highlights, loops."""

from __future__ import annotations

from collections.abc import Mapping

from otelhook.sequence.annotations.highlights import find_highlights
from otelhook.sequence.document import Document
from otelhook.sequence.transforms.loops import fold_loops
from otelhook.sequence.transforms.parallel import frame_parallel
from otelhook.sequence.values.flows import find_flows
from otelhook.sequence.values.identifiers import name_identifiers
from otelhook.sequence.values.step_values import ValueReader

__all__ = ["refine"]


def refine(
    document: Document, *, parallel: bool = False, names: Mapping[str, str] | None = None
) -> Document:
    """Return the document with names for its ids, with its flows, highlights and loops.

    A second time changes nothing.

    Args:
        document: whole. Filters come after this: a value that a hidden step issued was not issued
            before the trace.
        parallel: whether to draw frames around concurrent calls too.
        names: names by value that the user gave.
    """
    reader = ValueReader.of(document.steps, names or ())
    flowing = find_flows(name_identifiers(document, names, reader), reader)
    refined = fold_loops(find_highlights(flowing, reader=reader), reader)
    return frame_parallel(refined) if parallel else refined
