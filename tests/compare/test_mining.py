"""The miner on flows that are made up, and on logs that a person can check."""

from __future__ import annotations

import random

import pytest

from otelhook.compare.flow.fitting import first_misfit
from otelhook.compare.flow.mining import log_of, mine
from otelhook.compare.flow.tree import AnyOrder, Either, Nothing, Row, Task, Turns
from tests.compare.generated import flow, log_that_shows_all, mutants, run_of

A, B, C, D = map(Task, "abcd")
SEEDS = range(20_000, 20_200)
"""Never used while the miner was written."""


def mined(*rows: str):
    return mine(log_of((tuple(row), number) for number, row in enumerate(rows)))


def shape(part):
    """The part without what was counted."""
    if isinstance(part, Either):
        return Either(tuple(map(shape, part.parts)))
    if isinstance(part, Row | AnyOrder):
        return type(part)(tuple(map(shape, part.parts)))
    if isinstance(part, Turns):
        return Turns(shape(part.body), shape(part.between), part.least, part.most)
    return part


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["abc"], Row((A, B, C))),
        (["abc", "ac"], Row((A, Either((B, Nothing())), C))),
        (["ad", "abcd"], Row((A, Either((Row((B, C)), Nothing())), D))),
        (["abd", "acd"], Row((A, Either((B, C)), D))),
        (["abcd", "acbd"], Row((A, AnyOrder((B, C)), D))),
        (["abc", "abbbc"], Row((A, Turns(B, Nothing(), 1, 3), C))),
        (["d", "abd", "ababd"], Row((Either((Turns(Row((A, B)), Nothing(), 1, 2), Nothing())), D))),
        (["a", "aba"], Turns(A, B, 1, 2)),
        (["ab", "ba"], AnyOrder((A, B))),
        (["a", ""], Either((A, Nothing()))),
        ([""], Nothing()),
    ],
)
def test_a_log_becomes_the_part_that_a_person_would_write(rows, expected) -> None:
    assert shape(mined(*rows)) == expected


def test_what_may_be_left_out_says_how_often_it_was_there_and_in_which_run() -> None:
    part = mined("abc", "ac", "ac", "abc", "ac")
    assert isinstance(part, Row)
    optional = part.parts[1]
    assert isinstance(optional, Either)
    assert (optional.seen, optional.examples) == ((2, 3), (0, 1))


@pytest.mark.parametrize("seed", range(100))
def test_every_row_of_any_log_fits_what_is_mined_of_it(seed: int) -> None:
    chance = random.Random(seed)
    rows = ["".join(chance.choices("abcde", k=chance.randrange(8))) for _ in range(12)]
    part = mined(*rows)
    assert [row for row in rows if first_misfit(part, row) is not None] == []


def test_two_hundred_flows_accept_what_the_true_ones_do_and_refuse_mutants() -> None:
    refused = made = 0
    for seed in SEEDS:
        true, chance = flow(seed), random.Random(seed)
        log = log_that_shows_all(true, chance)
        part = mine(log_of((run, number) for number, run in enumerate(log)))
        for _ in range(20):
            run = run_of(true, chance)
            assert first_misfit(part, run) is None, (seed, run)
        wrong = mutants(true, chance, 20)
        made += len(wrong)
        refused += sum(first_misfit(part, run) is not None for run in wrong)
    print(f"{refused} of {made} mutants refused")
    assert refused >= 0.95 * made


def test_a_misfit_says_where_and_what_was_expected() -> None:
    part = mined("abc", "ac")
    first = first_misfit(part, "abd")
    assert first is not None
    assert (first.index, first.expected, first.may_end) == (2, ("c",), False)
    early = first_misfit(part, "a")
    assert early is not None
    assert (early.index, early.expected) == (1, ("b", "c"))
    late = first_misfit(part, "acc")
    assert late is not None
    assert (late.index, late.may_end) == (2, True)


@pytest.mark.parametrize(
    ("times", "fits"), [(0, False), (1, False), (2, True), (4, True), (5, False)]
)
def test_turns_are_held_to_their_numbers_if_asked(times, fits) -> None:
    part = Row((A, Turns(B, Nothing(), 2, 4), C))
    assert (first_misfit(part, ["a", *"b" * times, "c"], limits=True) is None) is fits
