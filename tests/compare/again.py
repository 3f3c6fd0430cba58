"""Another run of what a file recorded: with other ids, times, ports and pseudonyms."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path

__all__ = ["again"]

_IDS = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{32}"
    r"|(?<!-)(?=[0-9]*[a-f])[0-9a-f]{16}(?!-))(?![0-9A-Za-z])"
)
_TIMES = re.compile(r"(?<![\w.-])1[4-9]\d{8}(?:\d{3}){0,3}(?![\w.])")
_PORTS = re.compile(r"(?<=127\.0\.0\.1:)\d{5}")
_DAYS = 3 * 86_400
_HEX = "0123456789abcdef"


def again(file: Path, folder: Path, seed: int = 1) -> Path:
    """Write a file with the same trace as another run would have it; return where it is."""
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
    chance = random.Random(seed)
    known: dict[str, str] = {}

    def other(found: re.Match[str]) -> str:
        old = found.group()
        if old not in known:
            known[old] = "".join(chance.choice(_HEX) if one in _HEX else one for one in old)
        return known[old]

    def later(found: re.Match[str]) -> str:
        old = found.group()
        return str(int(old) + _DAYS * 10 ** (len(old) - 10))

    def elsewhere(found: re.Match[str]) -> str:
        return str(10_000 + (int(found.group()) * 7 + 13) % 50_000)

    for form, change in ((_IDS, other), (_TIMES, later), (_PORTS, elsewhere)):
        text = form.sub(change, text)
    made = folder / file.name.removesuffix(".gz")
    made.write_text(text, encoding="utf-8")
    return made
