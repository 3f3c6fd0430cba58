"""What can go wrong, reported in one line.

Every error that otelhook raises on purpose is an `OtelhookError`; its text is one line that says
what is wrong and what to do. Each leaf is a builtin as well, so that a caller who does not know
otelhook can still catch it, and carries the exit code that the command ends with.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ConfigError",
    "DamagedDataError",
    "NotRecordedError",
    "OtelhookError",
    "StorageError",
    "UnreachableError",
]


class OtelhookError(Exception):
    """The base of all errors that otelhook raises on purpose."""

    exit_code: ClassVar[int] = 1


class ConfigError(OtelhookError, ValueError):
    """A setting, an argument or a rule that cannot be used."""

    exit_code: ClassVar[int] = 2


class NotRecordedError(OtelhookError, LookupError):
    """What was asked for is not in the source, or the id names more than one trace."""

    exit_code: ClassVar[int] = 3


class DamagedDataError(OtelhookError, ValueError):
    """Recorded data that cannot be read: damaged, truncated, or of a newer version."""

    exit_code: ClassVar[int] = 4


class StorageError(OtelhookError, OSError):
    """A file or folder that cannot be read or written: full disk, permissions, a busy lock."""

    exit_code: ClassVar[int] = 5


class UnreachableError(OtelhookError, ConnectionError):
    """A port that is taken, or a backend that does not answer."""

    exit_code: ClassVar[int] = 6
