"""Where things stand in a picture: columns of one width, a row for each step."""

from __future__ import annotations

from dataclasses import dataclass

from otelhook.render.shared.frames import placed_steps
from otelhook.render.svg.shapes import CELL
from otelhook.sequence.document import Document, Group, Note, NotePlace, Protocol, Step, StepKind

__all__ = [
    "FOOTER",
    "HEADER",
    "MARGIN",
    "Bar",
    "Columns",
    "Frame",
    "Layout",
    "NoteBox",
    "StepRow",
    "laid_out",
]

MARGIN = 20.0
HEADER = 96.0
"""Height of the title and the participants' boxes."""
ROW = 36.0
FRAME_HEAD = 26.0
FRAME_FOOT = 10.0
NOTE = 26.0
FOOTER = 66.0
"""Height of the participants' boxes below, and of the last line."""
BODY_WIDTH = 880.0
"""Readers' columns are about 900 px wide: a picture is no wider if its participants allow it."""
NARROWEST, _WIDEST = 96.0, 230.0
_DEEPEST_BAR = 3


@dataclass(frozen=True, slots=True)
class Columns:
    """The participants' lifelines."""

    names: tuple[str, ...]
    pitch: float
    """Pixels from one lifeline to the next."""

    @property
    def width(self) -> float:
        """Width of the picture."""
        return max(2 * MARGIN + self.pitch * len(self.names), 480.0)

    def x(self, name: str) -> float:
        """Return where a participant's lifeline is."""
        return MARGIN + self.pitch * (self.names.index(name) + 0.5)

    def room(self, em: float) -> int:
        """Return how many cells of text of this size fit between the margins."""
        return int((self.width - 2 * MARGIN) / (em * CELL))

    def inside(self, left: float, width: float) -> float:
        """Return where something begins so that it stays in the picture: ``left`` if it can."""
        return max(MARGIN / 2, min(left, self.width - MARGIN / 2 - width))


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step, and the height of its arrow."""

    step: Step
    y: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A group's frame from ``top`` to ``bottom``, around lifelines ``left`` to ``right``."""

    group: Group
    depth: int
    top: float
    bottom: float
    left: float
    right: float
    turns: tuple[tuple[float, str], ...] = ()
    """Where further branches begin, and their titles."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The time in which a participant serves a request."""

    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class NoteBox:
    """A note above the first of its steps."""

    note: Note
    y: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything in its place."""

    columns: Columns
    rows: tuple[StepRow, ...]
    frames: tuple[Frame, ...]
    bars: tuple[Bar, ...]
    notes: tuple[NoteBox, ...]
    bottom: float
    """Where the lifelines end."""


def laid_out(document: Document, width: float = BODY_WIDTH, narrowest: float = NARROWEST) -> Layout:
    """Give each step, group, note and exchange its place.

    Args:
        document: what is drawn.
        width: pixels of the column that the picture is for.
        narrowest: pixels between two lifelines at least; the picture is wider where they need it.
    """
    columns = _columns(document, width, narrowest)
    notes_at: dict[int, list[Note]] = {}
    for note in document.notes:
        if note.place is not NotePlace.STEPS:
            continue
        notes_at.setdefault(note.first, []).append(note)
    rows: list[StepRow] = []
    notes: list[NoteBox] = []
    frames: list[Frame] = []
    open_frames: list[tuple[Group, float, int, list[tuple[float, str]]]] = []
    y = HEADER
    for placed in placed_steps(document):
        step = placed.step
        if placed.turn is not None:
            open_frames[-1][3].append((y + 4, placed.turn))
            y += FRAME_HEAD
        for group in placed.opens:
            open_frames.append((group, y + 4, len(rows), []))
            y += FRAME_HEAD
        ends = sorted((columns.x(step.source), columns.x(step.target)))
        for note in notes_at.get(step.number, ()):
            notes.append(NoteBox(note, y + 4, ends[0], ends[1]))
            y += NOTE
        rows.append(StepRow(step, y + ROW - 10))
        y += ROW
        for _ in range(min(placed.closes, len(open_frames))):
            group, top, first, turns = open_frames.pop()
            inside = [row.step for row in rows[first:]]
            reach = [columns.x(name) for s in inside for name in (s.source, s.target)]
            y += FRAME_FOOT
            sides = (min(reach), max(reach))
            frames.append(Frame(group, len(open_frames), top, y - 4, *sides, tuple(turns)))
    frames.sort(key=lambda frame: frame.depth)
    bars = _bars(columns, rows, y)
    return Layout(columns, tuple(rows), tuple(frames), bars, tuple(notes), y + 8)


def _columns(document: Document, width: float, narrowest: float) -> Columns:
    known = [participant.name for participant in document.participants]
    used = [name for step in document.steps for name in (step.source, step.target)]
    names = tuple(dict.fromkeys([*known, *used]))
    pitch = min(max((width - 2 * MARGIN) / max(len(names), 1), narrowest), _WIDEST)
    return Columns(names, pitch)


def _bars(columns: Columns, rows: list[StepRow], bottom: float) -> tuple[Bar, ...]:
    """Return a bar for each exchange; one that is cut by the picture's edge runs to the edge."""
    last = {row.step.exchange: row for row in rows if row.step.kind is not StepKind.REQUEST}
    asked = {row.step.exchange for row in rows if row.step.kind is StepKind.REQUEST}
    busy: dict[str, list[float]] = {}
    bars: list[Bar] = []
    for row in rows:
        step, end = row.step, last.get(row.step.exchange)
        if step.kind is StepKind.REQUEST:
            if end is None and step.protocol is Protocol.MESSAGING:
                continue  # nobody answers a message: where its work ends is not known
            until = bottom if end is None else end.y
            running = [y for y in busy.get(step.target, ()) if y > row.y]
            busy[step.target] = [*running[-_DEEPEST_BAR:], until]
            level = min(len(running), _DEEPEST_BAR)
            bars.append(Bar(columns.x(step.target) + 4 * level, row.y, until))
        elif step.exchange not in asked:
            bars.append(Bar(columns.x(step.source), HEADER, row.y))
    return tuple(bars)
