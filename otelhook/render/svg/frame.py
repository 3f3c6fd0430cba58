"""What stands around the steps of a picture: participants, lifelines, frames, bars, notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otelhook.render.shared.note_markup import note_text
from otelhook.render.shared.terminal import cells, cut
from otelhook.render.shared.wording import KIND_WORDS
from otelhook.render.svg.layout import HEADER, Bar, Columns, Frame, Layout, NoteBox
from otelhook.render.svg.shapes import CELL, element, group, shown, text, width_of
from otelhook.sequence.document import Document

__all__ = ["bar_box", "boxes", "frame_box", "frame_title", "kinds_of", "lifelines", "note_box"]

_INK, _LIFELINE, _STORE = "#1d2026", "#cfd2d8", "#e8edf7"


def kinds_of(document: Document) -> dict[str, str]:
    """Return what some of the participants are, where a reader is told."""
    return {p.name: KIND_WORDS[p.kind] for p in document.participants if p.kind in KIND_WORDS}


def boxes(columns: Columns, top: float, kinds: Mapping[str, str]) -> Iterator[str]:
    """Draw the participants' boxes; a name that does not fit takes two lines, then is cut.

    Args:
        columns: where they stand.
        top: of the boxes.
        kinds: of some of them what they are: a second line, and another outline.
    """
    for name in columns.names:
        x = columns.x(name)
        room = int((columns.pitch - 14) / (11 * CELL))
        kind = kinds.get(name, "")
        lines = [cut(shown(name), room), kind] if kind else _name_lines(shown(name), room)
        first = top + (19 if len(lines) == 1 else 13)
        yield group(
            f"{name} ({kind})" if kind else name,
            element(
                "rect",
                x=x - columns.pitch / 2 + 4,
                y=top,
                width=columns.pitch - 8,
                height=30.0,
                rx=15.0 if kind else 6.0,
                fill=_STORE if kind else "#f1f1ee",
                stroke=_LIFELINE,
            ),
            *(
                text(
                    line,
                    x=x,
                    y=first + 12 * i,
                    font_size=11.0,
                    font_weight="400" if kind and i else "700",
                    fill=_INK,
                    text_anchor="middle",
                )
                for i, line in enumerate(lines)
            ),
        )


def _name_lines(name: str, room: int) -> list[str]:
    if cells(name) <= room:
        return [name]
    breaks = [i + 1 for i, c in enumerate(name) if c in "-._/ :" and cells(name[: i + 1]) <= room]
    at = breaks[-1] if breaks else len(cut(name, room, ""))
    return [name[:at].strip(), cut(name[at:].strip(), room)]


def lifelines(layout: Layout) -> Iterator[str]:
    """Draw a line for each participant, from box to box."""
    for name in layout.columns.names:
        x = layout.columns.x(name)
        yield element("line", x1=x, y1=HEADER - 12, x2=x, y2=layout.bottom + 4, stroke=_LIFELINE)


def bar_box(bar: Bar) -> str:
    """Draw the time in which a participant serves a request."""
    return element(
        "rect",
        x=bar.x - 3.5,
        y=bar.top,
        width=7.0,
        height=max(bar.bottom - bar.top, 2),
        fill="#e3e8f6",
        stroke="#a9b6d6",
    )


def _frame_left(frame: Frame, columns: Columns) -> float:
    return frame.left - columns.pitch * 0.45 + 5 * min(frame.depth, 4)


def frame_box(frame: Frame, columns: Columns) -> str:
    """Draw the box around a group's steps."""
    left = _frame_left(frame, columns)
    return element(
        "rect",
        x=left,
        y=frame.top,
        width=frame.right + frame.left - 2 * left,
        height=frame.bottom - frame.top,
        rx=5.0,
        fill="#2f57c4",
        fill_opacity=0.04,
        stroke="#9fb2e4",
    )


def frame_title(frame: Frame, columns: Columns) -> str:
    """Draw a group's kind and title in the corner of its frame, over the bars."""
    left = _frame_left(frame, columns)
    kind = frame.group.kind.value
    further = "".join(_turn(at, title, frame, columns) for at, title in frame.turns)
    room = int((columns.width - left - 20) / (11 * CELL))
    title = cut(f"{kind} {shown(frame.group.title)}", max(room, len(kind)))
    return group(
        f"{kind} {frame.group.title} ({frame.group.first}-{frame.group.last})",
        element(
            "rect",
            x=left,
            y=frame.top,
            width=width_of(title, 11) + 14,
            height=18.0,
            rx=5.0,
            fill="#dfe6f8",
        ),
        text(title, x=left + 7, y=frame.top + 13, font_size=11.0, fill="#2f57c4"),
        further,
    )


def _turn(at: float, title: str, frame: Frame, columns: Columns) -> str:
    """Draw where another branch of a frame begins."""
    left = _frame_left(frame, columns)
    room = int((columns.width - left - 20) / (11 * CELL))
    words = cut(f"else {shown(title)}", max(room, 4))
    right = frame.right + frame.left - left
    line = element(
        "line", x1=left, y1=at, x2=right, y2=at, stroke="#9fb2e4", stroke_dasharray="4 3"
    )
    return line + text(words, x=left + 7, y=at + 13, font_size=11.0, fill="#2f57c4")


def note_box(box: NoteBox, columns: Columns) -> str:
    """Draw a note on one line; the whole of it is what a reader gets on pointing at it."""
    whole = ": ".join(shown(part) for part in (box.note.title, note_text(box.note)) if part)
    words = cut(whole, columns.room(11) - 2)
    width = width_of(words, 11) + 14
    left = columns.inside((box.left + box.right - width) / 2, width)
    return group(
        whole,
        element(
            "rect",
            x=left,
            y=box.y,
            width=width,
            height=19.0,
            rx=3.0,
            fill="#fff8dc",
            stroke="#e3d28f",
        ),
        text(words, x=left + 7, y=box.y + 13.5, font_size=11.0, fill=_INK),
    )
