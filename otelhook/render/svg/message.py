"""One step in a picture: its arrow, its number and its words."""

from __future__ import annotations

from otelhook.render.shared.terminal import cells, cut, cut_message
from otelhook.render.shared.wording import arrow_words, said_of
from otelhook.render.svg.layout import Columns, StepRow
from otelhook.render.svg.shapes import SANS, element, group, number, shown, text, width_of
from otelhook.sequence.document import Outcome, Step, StepKind

__all__ = ["message"]

_FONT = 12.0
_INK, _LINE = "#1d2026", "#3c4454"
_GOOD, _MOVED, _REFUSED, _FAILED = "#1f7a4d", "#5c6472", "#985500", "#c0272d"
_FIRST_MOVED, _FIRST_REFUSED, _FIRST_FAILED = 300, 400, 500


def message(row: StepRow, columns: Columns, said: list[str]) -> str:
    """Draw a step; ``said`` are remarks on it."""
    step, y, tone = row.step, row.y, _tone(row.step)
    source, target = columns.x(step.source), columns.x(step.target)
    return group(
        f"({step.number}) {step.source} to {step.target}: {' · '.join([_whole(step), *said])}",
        _arrow(source, target, y, tone, step),
        _pill(step.number, source, y, tone),
        _label(row, columns, said),
    )


def _whole(step: Step) -> str:
    message = said_of(step, limit=None)
    return f"{step.title}: {message}" if step.failed and message else step.title


def _tone(step: Step) -> str:
    if step.failed:
        return _FAILED
    if step.kind is StepKind.REQUEST:
        return _LINE
    status = step.status_code or 0
    if status >= _FIRST_FAILED:
        return _FAILED
    if status >= _FIRST_REFUSED:
        return _REFUSED
    is_open = status >= _FIRST_MOVED or step.outcome is Outcome.UNKNOWN
    return _MOVED if is_open else _GOOD


def _arrow(source: float, target: float, y: float, tone: str, step: Step) -> str:
    asks = step.kind is StepKind.REQUEST
    dash: dict[str, float | str] = {} if asks else {"stroke_dasharray": "4 3"}
    if source == target:
        path = f"M{number(source)} {number(y - 5)}h40v10h-22"
        line = element("path", d=path, fill="none", stroke=tone, stroke_width=1.3, **dash)
        tip, towards, y = source + 14, -1, y + 5
    else:
        towards = 1 if target > source else -1
        tip = target - 3.5 * towards
        line = element(
            "line",
            x1=source,
            y1=y,
            x2=tip - 3 * towards,
            y2=y,
            stroke=tone,
            stroke_width=1.3,
            **dash,
        )
    if step.failed:
        x0, x1 = number(tip - 9 * towards), number(tip - 1 * towards)
        cross = (
            f"M{x0} {number(y - 4)}L{x1} {number(y + 4)}M{x0} {number(y + 4)}L{x1} {number(y - 4)}"
        )
        return line + element("path", d=cross, stroke=tone, stroke_width=1.8)
    back = number(tip - 8 * towards)
    head = f"M{number(tip)} {number(y)}L{back} {number(y - 4.5)}V{number(y + 4.5)}Z"
    return line + element("path", d=head, fill=tone)


def _pill(step: int, x: float, y: float, tone: str) -> str:
    digits = str(step)
    width = len(digits) * 6.2 + 9
    fill = tone if tone in {_FAILED, _REFUSED} else "#4a5263"
    return element(
        "rect", x=x - width / 2, y=y - 7.5, width=width, height=15.0, rx=7.5, fill=fill
    ) + text(
        digits,
        x=x,
        y=y + 3.5,
        font_size=10.0,
        font_weight="700",
        fill="#ffffff",
        text_anchor="middle",
        font_family=SANS,
    )


def _label(row: StepRow, columns: Columns, said: list[str]) -> str:
    """Draw a step's words centred over its arrow, or as near as the picture's edges allow."""
    step = row.step
    after = "".join(f" · {shown(remark)}" for remark in said)
    said_of_it = arrow_words(step)
    head, rest = shown(said_of_it.head), shown(said_of_it.rest)
    room = columns.room(_FONT)
    space = max(room - cells(after), room // 2)
    whole_line = f"{head} {rest}".strip()
    words = cut(whole_line, space) if said_of_it.is_message else cut_message(head, rest, space)
    whole = cut(words + after, room)
    width = width_of(whole, _FONT)
    middle = (columns.x(step.source) + columns.x(step.target)) / 2
    start = columns.x(step.source) + 12 if step.source == step.target else middle - width / 2
    left = columns.inside(start, width)
    y = row.y - 11
    back = element(
        "rect",
        x=left - 3,
        y=y - 10.5,
        width=width + 6,
        height=14.0,
        fill="#ffffff",
        fill_opacity=0.85,
    )
    bold = head if head and whole.startswith(head) else ""
    rest = whole[len(bold) :].lstrip()
    label = text(rest, x=left + width - width_of(rest, _FONT), y=y, fill=_INK)
    if not bold:
        return back + label
    colour = _INK if step.kind is StepKind.REQUEST else _tone(step)
    return back + text(bold, x=left, y=y, font_weight="700", fill=colour) + label
