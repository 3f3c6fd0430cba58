"""One step for the terminal: its arrow, what is known of it, its headers and its body."""

from __future__ import annotations

from collections.abc import Iterator

from otelhook.render.bodies.registry import shown_body
from otelhook.render.shared.header_names import header_line
from otelhook.render.shared.terminal import printable
from otelhook.render.shared.units import spell_duration, spell_size
from otelhook.render.shared.wording import arrow_line, content_name, headers_name
from otelhook.render.text.canvas import BOLD, DIM, painted, status_style
from otelhook.sequence.document import Document, Protocol, Step, StepKind

__all__ = ["render_step"]


def render_step(document: Document, step: Step, *, color: bool = False) -> str:
    """Return a step with all of its headers and its body, laid out as its kind is read best.

    Args:
        document: what the step is of.
        step: one of its steps.
        color: with the terminal's own colours.
    """
    style = "" if step.kind is StepKind.REQUEST else status_style(step.status_code)
    head = f"({step.number}) {printable(arrow_line(step))}"
    rows = [
        _styled(head, style or BOLD, color=color),
        _styled(" · ".join(_facts(document, step)), DIM, color=color),
    ]
    if step.message:
        rows += ["", *map(printable, step.message.splitlines())]
    as_named = step.protocol is not Protocol.HTTP
    if step.headers:
        rows += ["", _styled(headers_name(step), DIM, color=color)]
        rows += [printable(header_line(header, as_named=as_named)) for header in step.headers]
    rows += ["", _styled(content_name(step), DIM, color=color), *_body(step)]
    return "\n".join(rows) + "\n"


def _styled(text: str, style: str, *, color: bool) -> str:
    return painted(text, style) if color else text


def _facts(document: Document, step: Step) -> Iterator[str]:
    yield f"{printable(step.source)} → {printable(step.target)}"
    if step.kind is StepKind.REQUEST and step.query:
        yield f"?{printable(step.query)}"
    if step.duration is not None and document.start_time:
        yield f"after {spell_duration(step.duration)}"
    if step.address is not None and step.address.host:
        port = "" if step.address.port is None else f":{step.address.port}"
        yield f"{step.address.scheme}://{printable(step.address.host)}{port}"
    yield f"trace {step.trace_id}"


def _body(step: Step) -> Iterator[str]:
    for line in shown_body(step.body).text.splitlines():
        indent = len(line) - len(line.lstrip(" "))
        yield f"{line[:indent]}{printable(line[indent:])}"
    if step.body is not None and step.body.truncated and step.body.size is not None:
        yield f"... cut: it had {spell_size(step.body.size)}"
