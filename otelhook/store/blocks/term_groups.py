"""Blocks whose numbers are near each other, and the terms that any of them has.

Blocks are small until they are rewritten, and a search would ask each of them in vain. A group is
made once all of its numbers are given, and goes with the first of its blocks that goes. It may thus
have a term that is in no block, but no block has one that its group has not; and of what was
deleted no term stays.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from typing import Final

from otelhook.errors import DamagedDataError
from otelhook.store.blocks.postings import has_all, packed_numbers, read_numbers

__all__ = ["GROUP", "Groups", "add_group", "delete_group"]

_logger = logging.getLogger(__name__)

GROUP: Final = 64
"""Blocks of a group at most; stores rely on it."""

_MAX_BYTES: Final = 256 * 1024
"""Of a group's terms, together: those of large blocks are asked for one by one as quickly."""

_TERMS: Final = "SELECT terms FROM blocks JOIN indexes ON block = id WHERE id BETWEEN ? AND ?"


def add_group(connection: sqlite3.Connection, number: int) -> None:
    """Make the group that is complete with a block of this number, if it is one.

    Args:
        connection: within a transaction.
        number: of a block that was just written.
    """
    if number % GROUP != GROUP - 1:
        return
    held = [terms for (terms,) in connection.execute(_TERMS, (number - GROUP + 1, number))]
    if sum(map(len, held)) > _MAX_BYTES:
        return
    try:
        together = set[int]().union(*map(read_numbers, held))
    except DamagedDataError:  # who searches asks each, and names the one that is damaged
        return
    connection.execute(
        "INSERT OR REPLACE INTO term_groups (id, terms) VALUES (?, ?)",
        (number // GROUP, packed_numbers(sorted(together))),
    )


def delete_group(connection: sqlite3.Connection, number: int) -> None:
    """Delete the group of a block, which is about to go."""
    connection.execute("DELETE FROM term_groups WHERE id = ?", (number // GROUP,))


class Groups:
    """Which groups may have what a search asks for, each read once.

    Args:
        connection: within one transaction.
        wanted: terms of which a span has to have all.
    """

    def __init__(self, connection: sqlite3.Connection, wanted: Sequence[int]) -> None:
        self._connection = connection
        self._wanted = wanted
        self._known: dict[int, bool] = {}

    def may_have(self, number: int) -> bool:
        """Return whether a block of this number has to be asked itself."""
        group = number // GROUP
        known = self._known.get(group)
        if known is None:
            known = self._known[group] = not self._wanted or self._ask(group)
        return known

    def _ask(self, group: int) -> bool:
        row = self._connection.execute(
            "SELECT terms FROM term_groups WHERE id = ?", (group,)
        ).fetchone()
        try:
            return row is None or has_all(read_numbers(row[0]), self._wanted)
        except DamagedDataError as error:
            _logger.warning("a group of blocks of the store is damaged, each is asked: %s", error)
            return True
