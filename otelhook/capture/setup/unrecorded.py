"""Libraries that speak HTTP and are not recorded, so that nobody takes their silence for none.

Those that stand on http.client, urllib3 or httpcore are recorded by what they stand on, and are
not in this table.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

__all__ = ["UNRECORDED", "leave_word", "read_words", "say_in_log", "unrecorded_among"]

_logger = logging.getLogger(__name__)

_NONE = "no instrumentation of it is known; record the other side"

UNRECORDED = {
    "pycurl": _NONE,
    "curl_cffi": _NONE,
    "geventhttpclient": _NONE,
    "niquests": _NONE,
    "twisted.web.client": _NONE,
    "twisted.web.server": _NONE,
    "websockets.asyncio.client": _NONE,
    "websockets.sync.client": _NONE,
    "websocket._core": _NONE,
    "asks": _NONE,
    "aiosonic": _NONE,
    "pyreqwest": _NONE,
    "primp": _NONE,
    "rnet": _NONE,
    "wreq": _NONE,
    "impit": _NONE,
    "tls_client": _NONE,
    "zapros": _NONE,
    "urllib3_future": _NONE,
    "sanic.server": "serve it by an ASGI server under otelhook run",
    "bjoern": "wrap the application in otelhook.Middleware",
    "meinheld.server": "wrap the application in otelhook.Middleware",
    "mod_wsgi": "wrap the application in otelhook.Middleware",
    "robyn": _NONE,
    "aioquic.h3": _NONE,
}
"""By module, what can be done."""

_LOADED_BY = {"twisted.web.server": "daphne.server"}
"""What loads it for itself: there nothing of the program's is lost."""

_FILE = "unrecorded"
_LONGEST = 65_536


def unrecorded_among(modules: Collection[str]) -> dict[str, str]:
    """Return those of some modules that are not recorded, by library, with what can be done."""
    return {
        name.partition(".")[0]: advice
        for name, advice in UNRECORDED.items()
        if name in modules and _LOADED_BY.get(name) not in modules
    }


def leave_word(folder: str) -> None:
    """Note in the folder of a run what this process has loaded of them; nothing is raised."""
    found = unrecorded_among(sys.modules)
    if not found:
        return
    try:
        with Path(folder, _FILE).open("a", encoding="utf-8") as file:
            file.write("".join(f"{name}\n" for name in found))
    except OSError:
        return


def read_words(folder: Path) -> tuple[str, ...]:
    """Return the libraries that the processes of a run have noted, each once."""
    try:
        with (folder / _FILE).open(encoding="utf-8") as file:
            words = file.read(_LONGEST).split()
    except OSError:
        return ()
    known = {name.partition(".")[0] for name in UNRECORDED}
    return tuple(name for name in dict.fromkeys(words) if name in known)


_said: set[str] = set()


def say_in_log(modules: Iterable[str]) -> None:
    """Say of each library in a service's log, once, that it is loaded and not recorded."""
    for name, advice in unrecorded_among(frozenset(modules)).items():
        if name not in _said:
            _said.add(name)
            _logger.warning("otelhook does not record what %s sends or answers: %s", name, advice)
