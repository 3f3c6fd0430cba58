"""Holds what is drawn of a trace against the list, and against what Jaeger has of it."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from deploy.harness.rendering import rendered
from deploy.shop.comparing import drawn, faults
from deploy.shop.listed import Order
from deploy.shop.places import Shop
from deploy.shop.placing import Placed, spans_of, store
from otelhook.compare import compare
from otelhook.compare.forms.words import sentence
from otelhook.sequence import compose

__all__ = ["as_listed", "document", "same_again", "same_out_of_jaeger", "write_page"]

_MOST = 10
"""Lines of differences that are shown."""
_LINE = 100
"""Characters of each that are shown."""


def document(source: str, trace_id: str) -> dict[str, Any]:
    """Return a trace's document in its JSON form.

    Raises:
        HarnessError: it cannot be rendered.
    """
    made: dict[str, Any] = json.loads(rendered(source, trace_id, "--format", "json"))
    return made


def as_listed(shop: Shop, order: Order, placed: Placed) -> list[str]:
    """Return what is wrong with what is drawn of an order, a line each.

    Raises:
        HarnessError: it cannot be rendered.
    """
    wrong = [] if placed.status == order.status else [f"answered {placed.status}: {placed.answer}"]
    return wrong + faults(order, drawn(document(store(shop), placed.trace_id)))


def same_again(shop: Shop, placed: Placed, again: Placed) -> list[str]:
    """Return what `otelhook diff` finds between two placings of an order: nothing, if all is well.

    Raises:
        NotRecordedError: one of them is not there.
    """
    first, second = (compose(spans_of(store(shop), one.trace_id)) for one in (placed, again))
    return [sentence(finding) for finding in compare(first, second).findings]


def same_out_of_jaeger(shop: Shop, placed: Placed) -> list[str]:
    """Return where the document of the same trace out of Jaeger is another one, a line each.

    Raises:
        HarnessError: it cannot be rendered.
    """
    ours = _lines(document(store(shop), placed.trace_id))
    theirs = _lines(document(f"jaeger+{shop.url('jaeger')}", placed.trace_id))
    changes = difflib.unified_diff(
        ours, theirs, "from the store", "out of Jaeger", n=0, lineterm=""
    )
    return [line[:_LINE] for line in changes][:_MOST]


def _lines(made: dict[str, Any]) -> list[str]:
    return json.dumps(made, indent=1, ensure_ascii=False).splitlines()


def write_page(shop: Shop, name: str, placed: Placed, folder: Path) -> Path:
    """Write the page of a trace.

    Raises:
        HarnessError: it cannot be rendered.
    """
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.html"
    rendered(store(shop), placed.trace_id, "--format", "html", "-o", str(file))
    return file
