"""Lifelines, arrows and frames of the terminal's diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otelhook.render.shared.frames import PlacedGroup, drawable_groups, placed_steps
from otelhook.render.shared.step_remarks import Remark, remarks
from otelhook.render.shared.terminal import cells, cut, cut_message, printable
from otelhook.render.shared.wording import KIND_WORDS, arrow_line, arrow_words
from otelhook.render.text.canvas import ATTENTION, BOLD, DIM, CanvasRow, Glyphs, status_style
from otelhook.render.text.columns import CellSpace, Columns, Demand, placed_columns
from otelhook.sequence.document import Document, Group, GroupKind, Outcome, Step, StepKind

__all__ = ["diagram_rows"]

_AROUND_LABEL = 6
"""Cells of an arrow that are not its label: both lifelines' ends, a dash, the head, blanks."""

_AROUND_LOOP = 7

_LONGEST_LABEL = 60
"""Cells that a label can ask for: a longer path says no more at first sight."""

_REPEAT_NAMES_AFTER = 40
"""Rows after which the names are shown again at the foot."""


def diagram_rows(
    document: Document, width: int, glyphs: Glyphs, *, color: bool = False
) -> list[str] | None:
    """Return the diagram's rows, or None if the participants do not fit side by side."""
    names = [p.name for p in document.participants]
    names += [name for step in document.steps for name in (step.source, step.target)]
    order = {name: column for column, name in enumerate(dict.fromkeys(names))}
    if not order:
        return []
    digits = len(str(document.steps[-1].number)) if document.steps else 1
    kinds = {p.name: KIND_WORDS[p.kind] for p in document.participants if p.kind in KIND_WORDS}
    columns = placed_columns(
        [_shown_name(name, kinds) for name in order],
        [_demand(step, order) for step in document.steps] + list(_frame_demands(document, order)),
        CellSpace(start=digits + 2, width=width, margin=2 * _deepest(document) + 1),
        glyphs.ellipsis,
    )
    if columns is None:
        return None
    rows = _Diagram(document, columns, order, glyphs, digits).rows()
    return [row.text(color=color) for row in rows]


def _shown_name(name: str, kinds: Mapping[str, str]) -> str:
    """Return a name, and what it is unless it says so itself."""
    shown, kind = printable(name) or "?", kinds.get(name, "")
    return f"{shown} ({kind})" if kind and kind not in shown else shown


def _demand(step: Step, order: dict[str, int]) -> Demand:
    first, last = sorted((order[step.source], order[step.target]))
    wide = min(cells(printable(arrow_line(step))), _LONGEST_LABEL)
    if first == last:
        return Demand(first, first + 1, wide + _AROUND_LOOP)
    return Demand(first, last, wide + _AROUND_LABEL)


_AROUND_FRAME = 1
"""Cells of a frame's top row that are not its words, less those beyond its outer lifelines."""


def _frame_demands(document: Document, order: dict[str, int]) -> Iterator[Demand]:
    """Yield what a loop's words would like: they say how queries that repeat differ."""
    places = {step.number: place for place, step in enumerate(document.steps)}
    for group in drawable_groups(document):
        if group.kind is not GroupKind.LOOP:
            continue
        inside = document.steps[places[group.first] : places[group.last] + 1]
        columns = {order[name] for step in inside for name in (step.source, step.target)}
        words = min(cells(_frame_words(group)), _LONGEST_LABEL)
        if len(columns) > 1:
            yield Demand(min(columns), max(columns), words + _AROUND_FRAME)


def _frame_words(group: Group) -> str:
    return f" {group.kind.value} [{printable(group.title)}] "


def _deepest(document: Document) -> int:
    """Return how many frames are open at once at most."""
    depth = deepest = 0
    for placed in placed_steps(document):
        depth += len(placed.opens)
        deepest = max(deepest, depth)
        depth -= placed.closes
    return deepest


def _style(step: Step) -> str:
    if step.failed:
        return status_style(None)
    if step.kind is StepKind.REQUEST:
        return ""
    if step.outcome is Outcome.UNKNOWN:
        return ""
    # Over other protocols than HTTP what did not fail went well.
    return status_style(200 if step.status_code is None else step.status_code)


class _Diagram:
    """Draws row by row, from the names down."""

    def __init__(
        self,
        document: Document,
        columns: Columns,
        order: dict[str, int],
        glyphs: Glyphs,
        digits: int,
    ) -> None:
        self._document = document
        self._columns = columns
        self._order = order
        self._glyphs = glyphs
        self._digits = digits
        self._remarks = remarks(document)
        self._edges = self._frame_edges()
        self._open: list[Group] = []
        self._crossing = {
            glyphs.lifeline: glyphs.crossing,
            glyphs.line: glyphs.line,
            glyphs.dash: glyphs.dash,
        }

    def rows(self) -> list[CanvasRow]:
        rows = [*self._names(foot=False)]
        for placed in placed_steps(self._document):
            rows += self._step(placed)
        if len(rows) > _REPEAT_NAMES_AFTER:
            rows += self._names(foot=True)
        return rows

    # -- names ---------------------------------------------------------------------------------

    def _names(self, *, foot: bool) -> Iterator[CanvasRow]:
        glyphs = self._glyphs
        top, middle, bottom = (CanvasRow(self._columns.width) for _ in range(3))
        for name, at in zip(self._columns.names, self._columns.at, strict=True):
            inner = cells(name) + 2
            left = at - (inner + 1) // 2
            line = glyphs.line * inner
            top.put(left, f"{glyphs.corners[0]}{line}{glyphs.corners[1]}")
            middle.put(left, f"{glyphs.lifeline} {name} {glyphs.lifeline}")
            middle.put(left + 2, name, BOLD)
            bottom.put(left, f"{glyphs.corners[2]}{line}{glyphs.corners[3]}")
            (top if foot else bottom).put(at, glyphs.up if foot else glyphs.down)
        yield from (top, middle, bottom)

    # -- rows of steps -------------------------------------------------------------------------

    def _blank(self) -> CanvasRow:
        """Return a row with the lifelines and the sides of open frames."""
        row = CanvasRow(self._columns.width)
        for at in self._columns.at:
            row.put(at, self._glyphs.lifeline, DIM)
        for group in self._open:
            left, right = self._edges[group]
            row.put(left, self._glyphs.lifeline, DIM)
            row.put(right, self._glyphs.lifeline, DIM)
        return row

    def _step(self, placed: PlacedGroup) -> Iterator[CanvasRow]:
        if placed.turn is not None:
            yield self._frame_turn(self._open[-1], placed.turn)
        for group in placed.opens:
            yield self._frame_top(group)
            self._open.append(group)
        step = placed.step
        source, target = self._order[step.source], self._order[step.target]
        rows = [*(self._loop(step, source) if source == target else self._arrow(step))]
        rows[0].put(0, f"{step.number:>{self._digits}}", DIM)
        yield from rows
        for remark in self._remarks.get(step.number, ()):
            yield self._remark(step, remark)
        for _ in range(min(placed.closes, len(self._open))):
            yield self._frame_bottom(self._open.pop())

    def _stroke(self, step: Step) -> str:
        return self._glyphs.line if step.kind is StepKind.REQUEST else self._glyphs.dash

    def _head(self, step: Step, towards: str) -> str:
        return self._glyphs.failed if step.failed else towards

    def _label(self, step: Step, width: int) -> str:
        words, ellipsis = arrow_words(step), self._glyphs.ellipsis
        head, rest = printable(words.head), printable(words.rest)
        # Of a path the end says most, of words the beginning: what is done, before what to.
        if words.is_message or "/" not in rest:
            return cut(f"{head} {rest}".strip(), width, ellipsis)
        return cut_message(head, rest, width, ellipsis)

    def _put_label(self, row: CanvasRow, at: int, step: Step, width: int) -> None:
        label = self._label(step, width)
        row.put(at, f" {label} ", _style(step))
        method = printable(step.method)
        if step.kind is StepKind.REQUEST and label.startswith(f"{method} "):
            row.put(at + 1, method, BOLD)

    def _arrow(self, step: Step) -> Iterator[CanvasRow]:
        glyphs, style = self._glyphs, _style(step)
        source = self._columns.at[self._order[step.source]]
        target = self._columns.at[self._order[step.target]]
        left, right = min(source, target), max(source, target)
        row = self._blank()
        row.span(range(left + 1, right), self._stroke(step), self._crossing, style)
        if source < target:
            row.put(source, glyphs.from_left)
            row.put(target - 1, self._head(step, glyphs.to_right), style)
        else:
            row.put(source, glyphs.from_right)
            row.put(target + 1, self._head(step, glyphs.to_left), style)
        self._put_label(row, left + 2, step, right - left - _AROUND_LABEL)
        yield row

    def _right_of(self, column: int) -> int:
        """Return the cell of the next lifeline, or the edge."""
        is_last = column + 1 == len(self._columns.at)
        return self._columns.width if is_last else self._columns.at[column + 1]

    def _loop(self, step: Step, column: int) -> Iterator[CanvasRow]:
        glyphs, stroke, style = self._glyphs, self._stroke(step), _style(step)
        at = self._columns.at[column]
        room = self._right_of(column) - at
        out, back = self._blank(), self._blank()
        out.put(at, glyphs.from_left)
        out.put(at + 1, f"{stroke}{glyphs.corners[1]}", style)
        self._put_label(out, at + 3, step, room - _AROUND_LOOP)
        back.put(at + 1, f"{self._head(step, glyphs.to_left)}{glyphs.corners[3]}", style)
        yield from (out, back)

    def _remark(self, step: Step, remark: Remark) -> CanvasRow:
        """Return a row with words under the arrow, at the end of the participant they are on."""
        row = self._blank()
        at = self._columns.at[self._order[remark.participant]]
        left, right = sorted(self._columns.at[self._order[n]] for n in (step.source, step.target))
        if left == right:
            right = self._right_of(self._order[step.source])
        words = cut(f"({printable(remark.text)})", right - left - 3, self._glyphs.ellipsis)
        row.put(left + 2 if at == left else right - 1 - cells(words), words, ATTENTION)
        return row

    # -- frames --------------------------------------------------------------------------------

    def _frame_edges(self) -> dict[Group, tuple[int, int]]:
        """Return each frame's left and right cell: around its lifelines and inner frames."""
        steps = self._document.steps
        places = {step.number: place for place, step in enumerate(steps)}
        edges: dict[Group, tuple[int, int]] = {}
        later: list[Group] = []
        for group in reversed(drawable_groups(self._document)):
            inside = steps[places[group.first] : places[group.last] + 1]
            at = [self._columns.at[self._order[n]] for s in inside for n in (s.source, s.target)]
            left, right = min(at) - 1, max(at) + 1
            while later and later[-1].last <= group.last:
                inner = edges[later.pop()]
                left, right = min(left, inner[0]), max(right, inner[1])
            edges[group] = (
                max(left - 2, self._digits + 1),
                min(right + 2, self._columns.width - 1),
            )
            later.append(group)
        return edges

    def _frame_top(self, group: Group) -> CanvasRow:
        row = self._frame_line(group, self._glyphs.corners[0], self._glyphs.corners[1])
        left, right = self._edges[group]
        row.put(left + 2, cut(_frame_words(group), right - left - 3, self._glyphs.ellipsis))
        return row

    def _frame_turn(self, group: Group, title: str) -> CanvasRow:
        """Draw where another branch of a frame begins."""
        row = self._blank()
        left, right = self._edges[group]
        row.span(range(left + 1, right), self._glyphs.dash, self._crossing, DIM)
        words = f" else [{printable(title)}] "
        row.put(left + 2, cut(words, right - left - 3, self._glyphs.ellipsis))
        return row

    def _frame_bottom(self, group: Group) -> CanvasRow:
        return self._frame_line(group, self._glyphs.corners[2], self._glyphs.corners[3])

    def _frame_line(self, group: Group, first: str, last: str) -> CanvasRow:
        row = self._blank()
        left, right = self._edges[group]
        row.span(range(left, right + 1), self._glyphs.line, self._crossing, DIM)
        row.put(left, first, DIM)
        row.put(right, last, DIM)
        return row
