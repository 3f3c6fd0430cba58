from __future__ import annotations

import pytest

from otelhook.model import Resource
from otelhook.sequence.causality.clocks import UNBOUNDED, Bound, Window, domain_of, estimate


@pytest.mark.parametrize(
    ("low", "high", "offset"),
    [
        (-3, 3, 0),
        (10, 20, 15),
        (-20, -10, -15),
        (-UNBOUNDED, -4, -4),
        (-UNBOUNDED, 4, 0),
        (9, 5, 7),
        (0, 8, 0),
        (-8, 0, 0),
        (1, 9, 5),
        (-9, -1, -5),
        (4, UNBOUNDED, 4),
    ],
)
def test_a_clock_that_could_be_right_is_left_alone_and_else_set_to_the_middle(
    low: int, high: int, offset: int
) -> None:
    assert estimate([Bound("a", "b", low, high)], ["a", "b"], {}) == {"a": 0, "b": offset}


def test_all_calls_between_two_hosts_bound_one_offset_whichever_called() -> None:
    bounds = [Bound("a", "b", 80, 200), Bound("b", "a", -110, -90), Bound("a", "b", 0, 140)]
    assert estimate(bounds, ["a", "b"], {}) == {"a": 0, "b": 100}


def test_the_narrowest_way_to_a_host_is_taken() -> None:
    bounds = [Bound("a", "c", 1000, 9000), Bound("a", "b", 10, 12), Bound("b", "c", 100, 102)]
    assert estimate(bounds, ["a", "b", "c"], {})["c"] == 112


def test_a_bound_within_one_host_says_nothing() -> None:
    assert estimate([Bound("a", "a", 5, 6)], ["a"], {}) == {"a": 0}


def test_hosts_that_nothing_connects_are_moved_into_the_roots_window_if_they_are_outside() -> None:
    windows = {
        "root": Window(0, 100),
        "late": Window(500, 520),
        "inside": Window(30, 40),
        "longer": Window(500, 900),
    }
    offsets = estimate([], ["root", "late", "inside", "longer", "unknown"], windows)
    assert offsets == {"root": 0, "late": 460, "inside": 0, "longer": 0, "unknown": 0}


@pytest.mark.parametrize(
    ("attributes", "domain"),
    [
        ({"host.id": "i", "host.name": "n", "service.instance.id": "s"}, "i"),
        ({"host.name": "n", "service.instance.id": "s"}, "n"),
        ({"service.instance.id": "s", "service.name": "x"}, "s"),
        ({"service.name": "x"}, "x"),
        ({}, ""),
    ],
)
def test_a_clock_belongs_to_a_host_else_to_a_process(
    attributes: dict[str, str], domain: str
) -> None:
    assert domain_of(Resource(attributes)) == domain
