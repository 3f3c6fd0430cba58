"""Searching the store under a time limit, and what tells that it has changed."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from otelhook.errors import StorageError
from otelhook.model import Span
from otelhook.store import MAX_TIME, Query, Store


def test_what_takes_too_long_ends_with_what_was_found(
    store: Store, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write([make_span(n) for n in range(1, 30)])
    monkeypatch.setattr("otelhook.store.store._PROGRESS", 1)
    with store.bounded(0):
        found = store.search(Query(service="image", attributes=(("k", "v"),)), 10)
    assert not found.complete
    with pytest.raises(StorageError, match="not answered within 0 s; ask for less"):
        _all_calls(store)
    assert store.search(Query(service="image"), 100).complete


def _all_calls(store: Store) -> None:
    with store.bounded(0):
        store.calls(0, MAX_TIME)


def test_the_version_changes_with_every_span_and_with_retention(
    store: Store, make_span: Callable[..., Span], clock: Callable[[], int]
) -> None:
    versions = [store.version()]
    store.write([make_span(1, 1)])
    versions.append(store.version())
    assert store.version() == versions[-1]
    store.write([make_span(1, 2)])
    versions.append(store.version())
    clock.now += 5  # type: ignore[attr-defined]
    store.write([make_span(1, 2, end_time=10**6)])  # replaces the last row
    versions.append(store.version())
    store.retain(max_age=0.0, max_bytes=1, now=10**12)
    versions.append(store.version())
    assert all(before != after for before, after in itertools.pairwise(versions))
