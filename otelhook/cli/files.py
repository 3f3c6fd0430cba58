"""Writing what was rendered: whole, or the old file stays."""

from __future__ import annotations

import os
from pathlib import Path

from otelhook.errors import StorageError

__all__ = ["as_bytes", "make_folder", "write_file"]


def as_bytes(content: str | bytes) -> bytes:
    """Return what a renderer made, as a file holds it."""
    return content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; one that exists is fine.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder}: the folder cannot be made: {error.strerror or error}"
        raise StorageError(message) from error


def write_file(path: Path, content: bytes) -> None:
    """Write a file beside the old one and put it in its place; a link's target is replaced.

    Devices and pipes are written to as they are.

    Raises:
        StorageError: it cannot be written; an old file is as it was.
    """
    try:
        _write(Path(os.path.realpath(path)), content)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}"
        raise StorageError(message) from error


def _write(path: Path, content: bytes) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    import secrets

    half = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with half.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            half.chmod(path.stat().st_mode & 0o7777)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
