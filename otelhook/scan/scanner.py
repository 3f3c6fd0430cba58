r"""Finds secrets that are left in a document, whatever its format.

A document is read as text, line by line, in pieces of bounded size; what formats do to text
(``&quot;``, ``\u003c``, ``<U+002D>``, ``#59;``, ``%3D``) is undone first. Found are the values
after secret names, as in headers, JSON, forms, queries and command lines, and what is known by its
own form: JWT, Fernet, AWS and other vendors' keys, private keys, and passwords in URLs. A value is
a leftover unless it is a marker, a placeholder or a mask. What is in base64, compressed or drawn
is not seen.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from otelhook.errors import DamagedDataError
from otelhook.redaction import compile_pattern
from otelhook.scan.names import Names
from otelhook.scan.patterns import Patterns
from otelhook.scan.statistics import name_of_list, random_runs

__all__ = ["Leftover", "Readable", "leftovers", "leftovers_in_file"]

_PIECE: Final = 65_536
"""Bytes that are read, and characters of one line that are looked at, together."""

_OVERLAP: Final = 4_096
"""Characters of one piece of a line that are looked at again with the next."""

_POSSIBLE: Final = "possible secret: a long random text"
_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Readable(Protocol):
    """An open file of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return up to that many bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Leftover:
    """Where a secret is, and what kind it is of; never the secret."""

    line: int
    """1..n."""
    kind: str
    is_sure: bool = True
    """Whether a name, a place or a form tells it; otherwise it only looks random."""
    fingerprint: str = ""
    """16 hex digits of the line and the kind: the same wherever the line stands."""


def leftovers(
    pieces: Iterable[tuple[int, str]],
    *,
    further_names: Iterable[str] = (),
    kept_names: Iterable[str] = (),
    patterns: Iterable[str] = (),
) -> Iterator[Leftover]:
    """Yield what is left over, each kind once a line.

    Args:
        pieces: lines, or pieces of them, with their line's number, in order.
        further_names: names of the user's own whose values are secret; ``*`` is any text.
        kept_names: names whose values are not.
        patterns: the user's own patterns of secrets.
    """
    own = tuple(map(compile_pattern, patterns))
    found = Patterns(Names(further_names, kept_names), own)
    current, said, list_name = 0, set[str](), ""
    for number, text in pieces:
        if number != current:
            current, said = number, set[str]()
        for kind in found.kinds(text):
            if kind not in said:
                said.add(kind)
                yield Leftover(number, kind, fingerprint=_fingerprint(kind, text))
        if not said and any(True for _ in random_runs(text, list_name)):
            said.add(_POSSIBLE)
            yield Leftover(
                number, _POSSIBLE, is_sure=False, fingerprint=_fingerprint(_POSSIBLE, text)
            )
        list_name = name_of_list(text, list_name)


def _fingerprint(kind: str, text: str) -> str:
    line = " ".join(text.split())
    return hashlib.sha256(f"{kind}\0{line}".encode("utf-8", "replace")).hexdigest()[:16]


def leftovers_in_file(
    file: Readable,
    *,
    further_names: Iterable[str] = (),
    kept_names: Iterable[str] = (),
    patterns: Iterable[str] = (),
) -> Iterator[Leftover]:
    """Yield what is left over in a file of text: UTF-8, or UTF-16 with a byte order mark.

    Memory is bounded, however long the file and its lines are.

    Raises:
        DamagedDataError: the file is not text, so that nothing can be said of it.
    """
    return leftovers(
        _pieces(file), further_names=further_names, kept_names=kept_names, patterns=patterns
    )


def _pieces(file: Readable) -> Iterator[tuple[int, str]]:
    raw = file.read(_PIECE)
    encoding = "utf-16" if raw.startswith(_MARKS) else "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    number, rest = 1, ""
    while raw:
        if encoding == "utf-8" and b"\0" in raw:
            message = "this is not text: nothing can be said of what it holds"
            raise DamagedDataError(message)
        *whole, rest = (rest + decoder.decode(raw)).split("\n")
        for line in whole:
            yield number, line
            number += 1
        if len(rest) > _PIECE:
            yield number, rest
            rest = rest[-_OVERLAP:]
        raw = file.read(_PIECE)
    yield number, rest + decoder.decode(b"", final=True)
