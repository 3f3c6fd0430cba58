"""Every diagram is drawn by official mermaid, and shows what was put in.

The substitutions that a reader sees are those that `otelhook.render.mermaid.escaping` documents;
they are applied to the expectation here, with the module's own ``label_lines`` and ``shown_*``.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import SpanId
from otelhook.render.json import from_json
from otelhook.render.markdown.diagrams import diagrams
from otelhook.render.mermaid.diagram import SIZE_LIMIT, mermaid_parts
from otelhook.render.mermaid.escaping import label_lines, shown_name, shown_title
from otelhook.render.mermaid.pagination import TARGETS
from otelhook.render.shared.frames import PlacedGroup, placed_steps
from otelhook.render.shared.step_remarks import remarks
from otelhook.render.shared.wording import KIND_WORDS, arrow_line
from otelhook.sequence.document import (
    Document,
    Group,
    GroupKind,
    InnerSpan,
    Mark,
    Outcome,
    Participant,
    ParticipantKind,
    Protocol,
    SpanEvent,
    Step,
    StepKind,
)

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

RENDERED = Path(__file__).parents[1] / "render"
SNAPSHOTS = RENDERED / "__snapshots__"
WORDS: list[str] = json.loads((RENDERED / "hostile_words.json").read_text(encoding="utf-8"))
SEED_JSON = SNAPSHOTS / "test_render_json" / "test_the_seed_as_json.json"
SPAN = SpanId("00f067aa0ba902b7")
DIAGRAMS = 240
LONG_DIAGRAMS = 4_000

Draw = Callable[[Iterable[tuple[str, str]]], dict[str, dict[str, Any]]]


@pytest.fixture(scope="session")
def seed() -> Document:
    return from_json(SEED_JSON.read_text(encoding="utf-8"))


# -- what should be read back ---------------------------------------------------------------------


def _lines(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in label_lines(text)]


def _name_lines(participant: Participant) -> list[str]:
    word = KIND_WORDS.get(participant.kind)
    return [shown_name(participant.name), *([f"({word})"] if word else [])]


def _closed_titles(placed: Iterable[PlacedGroup]) -> Iterator[str]:
    """Yield the frames' titles in the order in which mermaid draws them: as they close."""
    opened: list[str] = []
    for each in placed:
        opened += [group.title for group in each.opens]
        for _ in range(each.closes):
            yield opened.pop()


def _squashed(frames: Iterable[str]) -> str:
    """Mermaid breaks and hyphenates titles to the frame's width: compare without that."""
    return re.sub(r"[-\s\u200b]", "", "".join(frames))


def _expected(document: Document) -> dict[str, Any]:
    said = remarks(document)
    notes = [r.text for step in document.steps for r in said.get(step.number, ())]
    titles = [shown_title(t) or "(empty)" for t in _closed_titles(placed_steps(document))]
    return {
        "actors": [line for p in document.participants for line in _name_lines(p)],
        "messages": _lines(arrow_line(step) for step in document.steps),
        "notes": _lines(notes),
        "frames": _squashed(f"[{title}]" for title in titles),
        "numbers": [str(step.number) for step in document.steps],
    }


def _read_back(found: dict[str, Any]) -> dict[str, Any]:
    assert "error" not in found, found
    assert not found["tooLarge"]
    assert found["active"] == 0, "something in a label became active"
    return {
        "actors": found["actors"],
        "messages": [_folded(text) for text in found["messages"]],
        "notes": [_folded(text) for text in found["notes"]],
        "frames": _squashed(found["frames"]),
        "numbers": found["numbers"],
    }


def _folded(text: str) -> str:
    return text.strip()


# -- the corpus -----------------------------------------------------------------------------------


def _character(chance: random.Random) -> str:
    ranges = ((0x20, 0x7F), (0, 0x100), (0x300, 0x700), (0x2000, 0x2100), (0xAC00, 0xD7A4))
    low, high = chance.choice((*ranges, (0, 0x10000), (0x10000, 0x110000)))
    return chr(chance.randrange(low, high))


def _label(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.5:
        joint = chance.choice(["", " ", ""])
        return joint.join(chance.choice(WORDS) for _ in range(chance.randint(1, 6)))
    if kind < 0.65:
        return chance.choice(WORDS)
    if kind < 0.9:
        return "".join(_character(chance) for _ in range(chance.randint(1, 30)))
    return "GET /" + "/".join(chance.choice(WORDS) for _ in range(chance.randint(1, 12)))


def _hostile(seed: Document, chance: random.Random) -> Document:
    names = list(dict.fromkeys(_label(chance) for _ in range(chance.randint(2, 5))))
    steps = tuple(
        replace(
            seed.steps[0],
            number=number,
            exchange=number,
            kind=chance.choice(tuple(StepKind)),
            source=chance.choice(names),
            target=chance.choice(names),
            method=_label(chance),
            reason=_label(chance),
            error=_label(chance),
            label=_label(chance),
            status_code=chance.choice([None, 200]),
            protocol=chance.choice(tuple(Protocol)),
            outcome=chance.choice((None, *Outcome)),
            answer=chance.choice(("", _label(chance))),
            message=chance.choice(("", _label(chance))),
            duration=chance.choice([None, 1_000]),
            marks=tuple(chance.sample(tuple(Mark), chance.randint(0, 2))),
        )
        for number in range(1, chance.randint(2, 9))
    )
    spans = [sorted(chance.choices(range(1, len(steps) + 1), k=2)) for _ in range(3)]
    groups = tuple(
        Group(chance.choice(tuple(GroupKind)), _label(chance), first, last) for first, last in spans
    )
    participants = tuple(Participant(name, chance.choice(tuple(ParticipantKind))) for name in names)
    thrown = SpanEvent(0, "exception", (("exception.message", _label(chance)),))
    work = InnerSpan(
        1, SPAN, _label(chance), names[0], 0, 1, message=_label(chance), failed=True, shown=True
    )
    inner = (work, replace(work, drawn=True, shown=False, events=(thrown,)))
    return replace(seed, participants=participants, steps=steps, groups=groups, inner_spans=inner)


def _check(draw: Draw, documents: dict[str, Document]) -> int:
    """Draw all and compare; return how many texts were compared."""
    texts = {name: mermaid_parts(document) for name, document in documents.items()}
    found = draw((name, part) for name, (part,) in texts.items())
    compared = 0
    for name, document in documents.items():
        expected = _expected(document)
        assert _read_back(found[name]) == expected, texts[name][0]
        compared += sum(len(expected[key]) for key in ("actors", "messages", "notes", "numbers"))
    return compared


# -- the tests ------------------------------------------------------------------------------------


def test_every_diagram_of_the_snapshots_is_drawn(draw: Draw) -> None:
    files = sorted(SNAPSHOTS.rglob("*.mmd"))
    assert len(files) >= 3
    found = draw((file.name, file.read_text(encoding="utf-8")) for file in files)
    for file in files:
        assert _read_back(found[file.name])["actors"]


def test_the_diagrams_of_the_snapshot_pages_are_drawn(draw: Draw) -> None:
    pages = sorted(SNAPSHOTS.rglob("*.md"))
    assert pages
    fences = [
        (f"{page.name} {number}", fence)
        for page in pages
        for number, fence in enumerate(
            re.findall(
                r"^``` mermaid\n(.*?)\n```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
            )
        )
    ]
    assert len(fences) >= len(pages)
    for found in draw(fences).values():
        _read_back(found)


def test_the_seed_reads_back_as_it_is(draw: Draw, seed: Document) -> None:
    assert _check(draw, {"seed": seed}) > 60


def test_each_hostile_word_is_harmless_in_every_place(draw: Draw, seed: Document) -> None:
    documents = {
        f"{number} {word!a}": replace(
            seed,
            participants=tuple(Participant(n, ParticipantKind.SERVICE) for n in (word, "other")),
            steps=tuple(
                replace(
                    step,
                    kind=StepKind.FAILURE,
                    source=word,
                    target="other",
                    error=word,
                    label=word,
                    marks=(Mark.RETRY,),
                )
                for step in seed.steps[:1]
            ),
            groups=(Group(GroupKind.OPT, word, 1, 1),),
        )
        for number, word in enumerate(WORDS)
    }
    assert _check(draw, documents) > 4 * len(WORDS)


def test_hostile_labels_read_back_as_they_were(draw: Draw, seed: Document) -> None:
    chance = random.Random(20_240)
    documents = {str(number): _hostile(seed, chance) for number in range(DIAGRAMS)}
    assert _check(draw, documents) > 3_000


@pytest.mark.long
@pytest.mark.parametrize("batch", range(LONG_DIAGRAMS // 200))
def test_many_more_hostile_labels_read_back_as_they_were(
    draw: Draw, seed: Document, batch: int
) -> None:
    chance = random.Random(batch)
    assert _check(draw, {str(number): _hostile(seed, chance) for number in range(200)}) > 2_000


def test_the_parts_of_a_long_document_are_drawn_and_their_numbers_run_on(
    draw: Draw, seed: Document
) -> None:
    times = 40
    steps = tuple(
        replace(step, number=step.number + turn * len(seed.steps))
        for turn in range(times)
        for step in seed.steps
    )
    whole = Group(GroupKind.LOOP, "40 times", 1, len(steps))
    parts = mermaid_parts(replace(seed, steps=steps, groups=(whole,)))
    assert len(parts) > 1
    found = draw((str(number), part) for number, part in enumerate(parts))
    read = [_read_back(found[str(number)]) for number in range(len(parts))]
    assert [n for each in read for n in each["numbers"]] == [str(s.number) for s in steps]
    assert [t for each in read for t in each["messages"]] == _lines(s.title for s in steps)
    assert [each["frames"] for each in read] == [
        "[40times]",
        *["[40times(continued)]" for _ in parts[1:]],
    ]
    assert all(len(part) <= SIZE_LIMIT for part in parts)


def test_the_text_of_every_part_is_at_least_11_pixels_high_in_a_column_of_900(
    draw: Draw, seed: Document
) -> None:
    """Mermaid writes at 16 px, and a page shrinks the drawing to its column."""
    names = [f"service-with-a-long-name-{number}" for number in range(12)]
    steps = tuple(
        replace(
            step,
            number=turn * len(seed.steps) + step.number,
            source=names[turn % 12] if step.source == "openstack" else step.source,
            target=names[turn % 12] if step.target == "openstack" else step.target,
        )
        for turn in range(24)
        for step in seed.steps
    )
    known = tuple(Participant(n, ParticipantKind.SERVICE) for n in names) + seed.participants
    long = replace(seed, steps=steps, participants=known, groups=())
    drawings = {
        f"{name} {number}": drawn.text
        for name, document in (("seed", seed), ("long", long))
        for number, drawn in enumerate(diagrams(document, TARGETS["mkdocs"]))
    }
    assert len(drawings) > 10
    widths = {name: found["size"][0] for name, found in draw(drawings.items()).items()}
    small = {name: width for name, width in widths.items() if 16 * min(1, 900 / width) < 11}
    assert small == {}


def test_after_a_folded_loop_the_drawn_numbers_go_on_where_they_should(
    draw: Draw, seed: Document
) -> None:
    steps = tuple(
        replace(step, number=step.number + turn * 22) for turn in range(5) for step in seed.steps
    )
    loops = (Group(GroupKind.LOOP, "3 times", 23, 88, times=3),)
    document = replace(seed, steps=steps, groups=loops)
    drawn = {
        "whole": mermaid_parts(document)[0],
        **{str(n): text for n, text in enumerate(mermaid_parts(document, 3_000))},
    }
    found = {name: _read_back(read) for name, read in draw(drawn.items()).items()}
    numbers = [str(number) for number in (*range(1, 45), *range(89, 111))]
    assert found.pop("whole")["numbers"] == numbers
    assert len(found) > 1
    assert [n for name in sorted(found, key=int) for n in found[name]["numbers"]] == numbers


def test_a_diagram_beyond_the_limit_would_not_be_drawn(draw: Draw, seed: Document) -> None:
    steps: list[Step] = [
        replace(seed.steps[n % 22], number=n + 1, label="/" + "x" * 100) for n in range(500)
    ]
    (part,) = mermaid_parts(replace(seed, steps=tuple(steps), groups=()), limit=10**9)
    (found,) = draw([("too large", part)]).values()
    assert "error" in found or found["tooLarge"]
