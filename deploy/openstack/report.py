"""The table at the end: minutes, steps, services, what has no parent, and the seed beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.openstack.places import HERE
from deploy.openstack.scenarios import Run
from deploy.openstack.traces import Recorded, orphans
from otelhook.redaction import Redactor
from otelhook.sequence import compose
from otelhook.sequence.document import Document, Mark
from otelhook.sequence.transforms.filters import hide, parse_rules

__all__ = ["Row", "document", "row", "table"]


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one command."""

    run: Run
    steps: int
    hidden: int
    """Exchanges left out, by the rules of book/hide.toml."""
    services: int
    orphans: int
    """Spans without their parent."""
    guesses: int
    """Steps that carry a mark: a side that did not record, an order that is not certain."""


def document(recorded: Recorded, trace_id: str) -> Document:
    """Return the document of a trace as its page shows it."""
    rules = parse_rules((HERE / "book" / "hide.toml").read_text(encoding="utf-8"), "toml")
    return hide(compose(recorded.spans(trace_id), redactor=Redactor()), rules)


def row(recorded: Recorded, run: Run) -> Row:
    """Return the row of a command."""
    spans = recorded.spans(run.trace_id)
    shown = document(recorded, run.trace_id)
    whole = compose(spans, redactor=Redactor())
    return Row(
        run,
        len(shown.steps),
        sum(hidden.exchanges for hidden in shown.hidden),
        len({str(span.resource.attributes.get("service.name")) for span in spans}),
        len(orphans(spans)),
        sum(bool(set(step.marks) - {Mark.CUT}) for step in whole.steps),
    )


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table of text."""
    titles = [row.run.scenario.title for row in rows]
    width = max(map(len, titles))
    head = f"{'command':{width}}  steps  hidden  services  no parent  marked  seconds"
    lines = [
        f"{title:{width}}  {row.steps:5}  {row.hidden:6}  {row.services:8}"
        f"  {row.orphans:9}  {row.guesses:6}  {row.run.seconds:7.1f}"
        for title, row in zip(titles, rows, strict=True)
    ]
    return "\n".join([head, *lines])
