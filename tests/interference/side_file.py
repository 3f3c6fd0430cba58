"""What an application or a program tells the harness, beside the conversation itself.

One JSON line an event, appended by one write, so that workers and threads can share the file. The
other direction is a folder: the harness makes a file there, and the application waits for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["SideFile", "Teller", "shown"]

_LONGEST = 300
"""Bytes that are shown as they are; of longer ones the size and a digest."""
_PATIENCE = 2.0
"""Seconds that an application waits for the harness."""

Teller = Callable[..., None]


class SideFile:
    """The file of one server's or program's events."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "told"
        self._told.mkdir(exist_ok=True)
        self.path = folder / "events"
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def say(self, case: str, event: str, **facts: Any) -> None:
        """Append an event of a case."""
        line = json.dumps({"case": case, "event": event, **facts}, default=shown)
        os.write(self._file, line.encode() + b"\n")

    def was_told(self, case: str, what: str) -> bool:
        """Wait until the harness has told a case something; False if it does not in time."""
        end = time.monotonic() + _PATIENCE
        while not (self._told / f"{case}-{what}").exists():
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def tell(self, case: str, what: str) -> None:
        """The harness's side of `was_told`."""
        (self._told / f"{case}-{what}").touch()


def shown(value: Any) -> Any:
    """Return a value in a form that is equal for equal values, in this process and in others."""
    if isinstance(value, bytearray | memoryview):
        value = bytes(value)
    if isinstance(value, bytes | str) and len(value) > _LONGEST:
        data = value.encode("utf-8", "replace") if isinstance(value, str) else value
        kind = type(value).__name__
        return f"{kind} of {len(value)}, {hashlib.sha256(data).hexdigest()[:16]}"
    if isinstance(value, bytes):
        return f"bytes {value.decode('latin-1')}"
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, list | tuple):
        return [shown(one) for one in value]
    plain = value is None or isinstance(value, str | int | float | bool)
    return value if plain else type(value).__name__
