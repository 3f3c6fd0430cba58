"""The compiled part says what Python's own way says, of any text, and refuses what is no table."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otelhook.redaction import Redactor
from otelhook.redaction.rules import compiled, entropy, form_clues, name_pieces, placed, prefilter
from otelhook.redaction.rules.first_letters import found_in, letters_found
from otelhook.redaction.rules.needed_pieces import Row, row_of
from otelhook.redaction.token_forms import FORMS
from otelhook.settings import Settings
from tests.redaction.corpus.applying import shown
from tests.redaction.linear import texts as measured_texts
from tests.redaction.test_prefilter import PIECES

TABLES = {
    "names and places": prefilter._ANY,
    "forms": form_clues._ANY,
    "clues of places": placed._CLUES,
    "pieces of names": name_pieces._ANY,
}
ROWS = sorted({row.piece.decode() for table in TABLES.values() for _, row in table._rows()})
SAMPLES = [*(one.sample for one in placed.PLACES), *(one.sample for one in FORMS)]
hostile = st.text(st.characters(exclude_categories=()), max_size=6)
"""Surrogates, characters beyond the first plane and zeros too."""
texts = st.lists(
    st.sampled_from((*ROWS, *PIECES, *SAMPLES, "\0", "\udcff", "😀", "İ", "K", "ſ"))  # noqa: RUF001
    | hostile
    | st.sampled_from("-_.~ :=\"'\n0aZé"),
    max_size=10,
).map("".join)
long_texts = st.tuples(texts, st.integers(1, 65_536)).map(
    lambda drawn: (drawn[0] * (1 + drawn[1] // max(1, len(drawn[0]))))[: drawn[1]]
)
patient = settings(suppress_health_check=list(HealthCheck), deadline=None)
few = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
T = TypeVar("T")

needs_it = pytest.mark.skipif(
    not compiled.is_there(), reason="otelhook was installed without its compiled part"
)


def both(ask: Callable[[], T]) -> tuple[T, T]:
    """Ask with the compiled part and without."""
    answers: list[T] = []
    for on in (True, False):
        compiled.use_compiled(on=on)
        prefilter._short.cache_clear()
        answers.append(ask())
    return answers[0], answers[1]


def looks(text: str) -> object:
    found = [
        (letters_found(one, table), found_in(one, table))
        for table in TABLES.values()
        for one in (text, text.lower())
    ]
    return found, prefilter._look(text).kinds, prefilter.may_hold_secrets(text)


@needs_it
@patient
@given(texts)
def test_a_text_has_what_it_has_without_the_compiled_part(text: str) -> None:
    one, other = both(lambda: looks(text))
    assert one == other


@needs_it
@few
@given(long_texts)
def test_so_has_a_long_text(text: str) -> None:
    one, other = both(lambda: looks(text))
    assert one == other


@needs_it
@patient
@given(hostile | st.text("abcXYZ019_.~+/=:%$@!- é", max_size=64))
def test_a_token_has_the_entropy_that_it_has_without(text: str) -> None:
    for bits in (1, 40, 80, 120):
        one, other = both(partial(entropy.has_entropy, text, bits))
        assert one == other


@needs_it
@pytest.mark.parametrize("step", [16, pytest.param(1, marks=pytest.mark.long)])
def test_every_text_that_redaction_is_measured_by_is_shown_alike(
    redactor: Redactor, step: int
) -> None:
    for one in measured_texts()[::step]:
        with_it, without = both(partial(shown, redactor, one.place, one.type, one.text))
        assert with_it == without, one.id


@needs_it
@pytest.mark.parametrize("name", TABLES)
def test_each_row_is_found_where_its_own_piece_stands_as_it_asks(name: str) -> None:
    """None is in the table that nothing can find: the rest of its pattern is what it is made of."""
    for _, row in TABLES[name]._rows():
        text = _least_text(row)
        assert _finder([(0, row)], 1)(text) is not None, (row, text)


def _least_text(row: Row) -> bytes:
    """Return bytes that a row is found in: of each run as few as there may be."""
    ahead = [check for check in row.checks if not check.behind and not check.negated]
    behind = [check for check in row.checks if check.behind and not check.negated]
    before = b"".join(_runs(behind))[::-1]
    if len(ahead) < 2:
        return before + row.piece + b"".join(_runs(ahead))
    return before + row.piece + b"A1" * 16  # a mark's long run


def _runs(checks: list[Any]) -> Iterator[bytes]:
    for check in checks:
        for step in check.steps:
            bits = int.from_bytes(step.chosen, "little")
            one = next(byte for byte in range(0x7E, -1, -1) if bits >> byte & 1)
            yield bytes([one]) * step.least


def _finder(rows: list[tuple[int, Row]], groups: int) -> Callable[[str | bytes], Any]:
    part = compiled._PART
    assert part is not None
    made = tuple((row.piece, group, row.back, row.checks) for group, row in rows)
    return part.Finder(made, groups).first


@needs_it
@pytest.mark.parametrize(
    ("pattern", "found", "left_alone"),
    [
        ("code", ["a code", "códe code"], ["cod e", ""]),
        ("k(?<=dek)", ["dek", "é dek"], ["ek", "de k"]),
        ("s (?<=[0-9] as )", ["7 as x", "é7 as x"], ["x as x", "as "]),
        (r"-[a-z7-](?<=[ \t\"']-[a-z7-])", [" -p", "'--"], ["x-p", " -P", "-p"]),
        (r"se[\W_]?id", ["seid", "se_id", "se-id", "se·id", "se😀id"], ["sexid", "se_ii", "se"]),
        (r"u:(?<=[/-]u:)", ["/u:", "é-u:"], [":u:", "u:"]),
        (r"p\.(?=[a-z]{4})", ["p.abcd"], ["p.abc", "pxabcd"]),
        ("so?me", ["sme", "some"], ["ome"]),
        ("a|bc", ["a"], ["bc"]),
        (r"words ?:", ["words:", "words :"], ["words  :"]),
    ],
)
def test_a_pattern_gives_what_stands_in_all_its_texts(
    pattern: str, found: list[str], left_alone: list[str]
) -> None:
    look = _finder([(0, row_of(pattern))], 1)
    for text in found:
        (place,) = look(text.encode())
        assert place[1] <= text.index(pattern[0]) + len(text), text
    assert [text for text in left_alone if look(text.encode())] == []


@needs_it
def test_a_longer_piece_that_begins_before_a_short_one_within_it_is_where_it_begins() -> None:
    rows = [(0, row_of("otp")), (0, row_of("ootpw "))]
    assert _finder(rows, 1)("rootpw x") == [(0, 1)]
    assert _finder(rows, 1)("é otp".encode()) == [(0, 2)]


_numbers = st.integers(-3, 2**66) | st.integers(0, 4)
_steps = st.tuples(st.binary(min_size=32, max_size=32) | st.binary(max_size=3), _numbers, _numbers)
_checks = st.tuples(st.booleans(), st.booleans(), st.lists(_steps, max_size=2).map(tuple))
_anything = st.none() | st.text(max_size=3) | st.binary(max_size=3) | _numbers
_rows = st.tuples(
    st.binary(max_size=4) | _anything,
    _numbers,
    _numbers,
    st.lists(_checks | _anything, max_size=2).map(tuple) | _anything,
)


@needs_it
@patient
@given(st.lists(_rows | _anything, max_size=4).map(tuple) | _anything, _numbers, hostile)
def test_what_is_no_table_is_refused_and_any_other_is_looked_for(
    rows: Any, groups: int, text: str
) -> None:
    part = compiled._PART
    assert part is not None
    try:
        finder = part.Finder(rows, groups)
    except (TypeError, ValueError, IndexError, OverflowError):
        return
    content = text.encode("utf-8", "surrogatepass")
    for number, place in finder.first(content) or ():
        assert 0 <= number < groups
        assert 0 <= place <= len(text)


@needs_it
def test_what_cannot_be_looked_at_is_an_error_and_no_answer() -> None:
    look = _finder([(0, row_of("code"))], 1)
    with pytest.raises(UnicodeEncodeError):
        look("\udcff code")
    with pytest.raises(TypeError):
        look(7)  # type: ignore[arg-type]


@needs_it
def test_tables_that_are_made_refused_and_given_up_leave_nothing_behind() -> None:
    part = compiled._PART
    assert part is not None
    rows: Any = tuple((r.piece, 0, r.back, r.checks) for _, r in form_clues._ANY._rows())

    def use() -> None:
        assert part.Finder(rows, 1).first("AKIA" * 40) == [(0, 0)]
        with pytest.raises(ValueError, match="one of the groups"):
            part.Finder((*rows, (b"x", 7, 0, ())), 1)

    use()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(64):
        use()
    gc.collect()
    assert sys.getallocatedblocks() - before < 64


@needs_it
def test_a_table_that_cannot_be_compiled_leaves_each_pattern_to_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    compiled.use_compiled(on=True)
    quick = compiled.QuickLook(2, lambda: [(0, Row(b"", 0))])
    assert quick.look is not None
    assert quick.look("no such thing") == [(0, 0), (1, 0)]
    assert quick.look("nor this") == [(0, 0), (1, 0)]
    assert "cannot be used" in caplog.text
    compiled._looks.remove(quick)


@needs_it
def test_a_look_that_is_switched_off_while_it_is_built_still_looks() -> None:
    compiled.use_compiled(on=True)

    def rows() -> list[tuple[int, Row]]:
        compiled.use_compiled(on=False)
        return [(0, row_of("code"))]

    quick = compiled.QuickLook(1, rows)
    look = quick.look
    assert look is not None
    assert look("a code") == [(0, 2)]
    assert quick.look is None
    compiled._looks.remove(quick)


@needs_it
def test_the_setting_says_whether_the_compiled_part_is_used() -> None:
    for on in (False, True):
        Redactor.configured({}, Settings(compiled=on))
        assert (compiled.IN_USE.token_signs is not None) is on
        for table in TABLES.values():
            assert (table.quick.look is not None) is on


REDACTED = """
from otelhook.redaction import Redactor, redact_text
from otelhook.redaction.rules import compiled
compiled.use_compiled(on=True)
print(compiled.is_there(), redact_text(Redactor.make(), "all but password=hunter2x").value)
"""
SILENT = "SILENT = types.SimpleNamespace(first=lambda text: None)"


def _with(part: str) -> subprocess.CompletedProcess[str]:
    """Redact in a process where ``part`` stands for the compiled part."""
    program = f"import sys, types\n{SILENT}\npart = {part}\n"
    program += 'sys.modules["otelhook.redaction.rules._compiled"] = part\n' + REDACTED
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )


def test_without_the_compiled_part_all_is_as_with_it() -> None:
    done = _with("None")
    assert done.stdout == "False all but password=‹redacted›\n"
    assert not done.stderr


@pytest.mark.parametrize(
    "part",
    [
        "types.ModuleType('an older build, without a function')",
        "types.SimpleNamespace(Finder=lambda *a: 1 / 0, token_signs=lambda text: 514)",
        "types.SimpleNamespace(Finder=lambda *a: SILENT, token_signs=lambda text: 514)",
    ],
)
def test_a_compiled_part_that_answers_wrongly_is_not_used_and_that_is_said_once(part: str) -> None:
    done = _with(part)
    assert done.stdout == "False all but password=‹redacted›\n"
    assert done.stderr.count("does not work with this Python") == 1
