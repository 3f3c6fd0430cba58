"""``otelhook show``: one step, with all that was recorded of it."""

from __future__ import annotations

import argparse

from otelhook.cli.composing import add_composing, composed
from otelhook.cli.options import add_source, loaded, source
from otelhook.cli.terminal import colored, put, speaks_unicode
from otelhook.errors import NotRecordedError
from otelhook.sequence.document import Document, Step
from otelhook.sequence.transforms.choose_steps import parse_steps
from otelhook.sources import resolve

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Print one step of a trace, or several, with headers and body. Steps have the
numbers that otelhook render gives them.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook show``."""
    parser.description = _DESCRIPTION
    parser.add_argument("trace", metavar="TRACE_ID", help="an id, the beginning of one, or latest")
    parser.add_argument("steps", metavar="STEP", help="a number, or several: 5-12, 1-4,9, 20-")
    add_source(parser)
    add_composing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the steps."""
    wanted = parse_steps(arguments.steps)
    settings = loaded(arguments).settings
    found = source(arguments, settings)
    trace = found.trace(resolve(found, arguments.trace))
    made = composed(trace.spans, arguments, settings)
    steps = [
        step for step in made.document.steps if any(step.number in numbers for numbers in wanted)
    ]
    if not steps:
        message = f"no such step: {_steps_of(made.document)}"
        raise NotRecordedError(message)
    put(_text(made.document, steps))
    return made.exit_code


def _steps_of(document: Document) -> str:
    last = len(document.steps)
    return f"the trace has the steps 1 to {last}" if last else "the trace has none"


def _text(document: Document, steps: list[Step]) -> str:
    from otelhook.render.text.step import render_step

    text = "\n".join(render_step(document, step, color=colored()) for step in steps)
    return text if speaks_unicode() else text.encode("ascii", "replace").decode()
