"""What the store says of what is written: to it, and to the spools that it is filled from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Extent", "SpoolKey", "SpoolPosition", "Written"]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the spans given to `Store.write`."""

    added: int
    replaced: int
    """Held before with an earlier end."""
    repeated: int
    """Held already: nothing was written."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a trace there is; no spans if there is no such trace."""

    spans: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SpoolKey:
    """Which spool: a name may come again, with its inode it does not."""

    name: str
    inode: int


@dataclass(frozen=True, slots=True)
class SpoolPosition:
    """How far a spool was ingested, in bytes, and whether some of it could not be read."""

    offset: int
    damaged: bool = False
