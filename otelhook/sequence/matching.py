"""Who called whom, and templates of paths: by what filters and notes match steps."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator

from otelhook.errors import ConfigError
from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Step, StepKind

__all__ = ["PLACEHOLDER", "caller_and_callee", "collected", "template_pattern"]

PLACEHOLDER = lazy(r"\{[A-Za-z_][\w-]*\}")
"""``{image_id}``: stands for one segment of a path, or a part of one."""

_PIECE = lazy(rf"({PLACEHOLDER.pattern}|\*)")


def caller_and_callee(step: Step) -> tuple[str, str]:
    """Return the names of who made the exchange and who was asked, whichever step this is."""
    if step.kind is StepKind.REQUEST:
        return step.source, step.target
    return step.target, step.source


def template_pattern(template: str) -> re.Pattern[str]:
    """Return what matches all of a path by its template.

    ``{name}`` stands for at least one character that is no slash, ``*`` for any text. A slash at
    the end may be there or not.
    """
    parts = [
        ".*" if piece == "*" else "[^/]+" if number % 2 else re.escape(piece)
        for number, piece in enumerate(_PIECE.split(template.rstrip("/")))
    ]
    return re.compile("".join(parts) + "/?")


@contextlib.contextmanager
def collected(problems: list[str] | None) -> Generator[None, None, None]:
    """Append what cannot be used to the problems, so that the rest is; without a list it raises."""
    try:
        yield
    except ConfigError as error:
        if problems is None:
            raise
        problems.append(str(error))
