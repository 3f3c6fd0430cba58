"""Which spans of a block have a term: the block's index, written once and read in two steps.

Most blocks that a search looks at have nothing of what is asked. The terms therefore stand alone,
in order and as they are, and only where all are there the lists of spans are unpacked. A list is a
bit for each span of the block where that is shorter, else the spans' places; nothing at all where
all spans have the term, as is often so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from zlib import crc32

from otelhook.errors import DamagedDataError
from otelhook.store.blocks.arrays import UINT32, packed, unpacked
from otelhook.store.blocks.compression import compressed, inflated

__all__ = ["PackedTerms", "Terms", "has_all", "packed_numbers", "packed_terms", "read_numbers"]

_CHECKSUM: Final = 4
_PLACE: Final = 4


@dataclass(frozen=True, slots=True)
class PackedTerms:
    """A block's terms, and where they are."""

    terms: bytes
    postings: bytes


def packed_terms(spans: int, places: Mapping[int, Sequence[int]]) -> PackedTerms:
    """Pack the places, in order, of the spans that have each term.

    Args:
        spans: how many the block has.
        places: of each term.
    """
    order = sorted(places)
    lists = [_list(spans, places[term]) for term in order]
    offsets = packed(UINT32, [0, *accumulate(map(len, lists))])
    return PackedTerms(
        packed_numbers(order),
        compressed(b"".join((offsets, *lists))),
    )


def packed_numbers(terms: Iterable[int]) -> bytes:
    """Pack terms, which are in order, after their checksum."""
    content = packed(UINT32, terms)
    return crc32(content).to_bytes(_CHECKSUM, "little") + content


def read_numbers(terms: bytes) -> Sequence[int]:
    """Return the terms that `packed_numbers` packed.

    Raises:
        DamagedDataError: the bytes are not what was written.
    """
    content = memoryview(terms)[_CHECKSUM:]
    if crc32(content) != int.from_bytes(terms[:_CHECKSUM], "little"):
        message = "its terms are damaged"
        raise DamagedDataError(message)
    return unpacked(UINT32, content)


def has_all(terms: Sequence[int], wanted: Iterable[int]) -> bool:
    """Return whether each that is wanted is among terms in order."""
    return all(_place(terms, term) is not None for term in wanted)


def _place(terms: Sequence[int], term: int) -> int | None:
    place = bisect_left(terms, term)
    return place if place < len(terms) and terms[place] == term else None


def _list(spans: int, places: Sequence[int]) -> bytes:
    if len(places) == spans:
        return b""
    if len(places) * _PLACE >= _size_of_bits(spans):
        return bytes(_bits(spans, places))
    # Many terms are a single span's.
    single = len(places) == 1
    return places[0].to_bytes(_PLACE, "little") if single else packed(UINT32, places)


def _bits(spans: int, places: Iterable[int]) -> bytearray:
    bits = bytearray(_size_of_bits(spans))
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)
    return bits


def _size_of_bits(spans: int) -> int:
    return (spans + 7) // 8


class Terms:
    """The terms of a block.

    Args:
        spans: how many the block has.
        terms: as packed.

    Raises:
        DamagedDataError: the bytes are not what was written.
    """

    def __init__(self, spans: int, terms: bytes) -> None:
        self._spans = spans
        self._terms = read_numbers(terms)
        self._lists = b""

    def place(self, term: int) -> int | None:
        """Return which of the terms it is; None if no span has it."""
        return _place(self._terms, term)

    def load(self, postings: bytes) -> None:
        """Unpack the lists, before any is asked for.

        Raises:
            DamagedDataError: the bytes are not what was written.
        """
        self._lists = inflated(postings)

    def mask(self, place: int) -> int:
        """Return the spans that have a term: the lowest bit is its first."""
        first, end = unpacked(UINT32, self._lists[4 * place : 4 * place + 8])
        base = 4 * (len(self._terms) + 1)
        content = self._lists[base + first : base + end]
        if not content:
            return (1 << self._spans) - 1
        if len(content) < _size_of_bits(self._spans):
            return int.from_bytes(_bits(self._spans, unpacked(UINT32, content)), "little")
        return int.from_bytes(content, "little")
