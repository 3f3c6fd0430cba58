"""Whose files these are: what another user of the machine owns, or could have put there.

Who records runs with its own rights and reads with them. A folder that others may write to lets
them read, exchange and lead elsewhere what is recorded, and a file of theirs is whatever they like.
The superuser is trusted, and so is whoever may write to a folder by its group: somebody has set it
up that way.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from otelhook.errors import StorageError

__all__ = ["check_file", "check_folder"]

_ROOT: Final = 0
_ADVICE: Final = "name another data folder, or change its owner and mode"


def check_folder(folder: Path) -> None:
    """Refuse a folder that somebody else owns or may write to; one that is missing is ours to make.

    Raises:
        StorageError: it is such a folder.
    """
    _refuse(folder, _fault_of_folder(folder))


def check_file(path: Path) -> None:
    """Refuse a file that somebody else owns or could have put there; it may be missing.

    Raises:
        StorageError: it is such a file.
    """
    _refuse(path, _fault_of_file(path))


def _refuse(path: Path, fault: str) -> None:
    if fault:
        message = f"{path}: {fault}; {_ADVICE}"
        raise StorageError(message)


def _fault_of_folder(folder: Path) -> str:
    try:
        link, found = folder.lstat(), folder.stat()
    except OSError:
        return ""
    if not _is_mine(link) or not _is_mine(found):
        return f"owned by user {link.st_uid if not _is_mine(link) else found.st_uid}, not by you"
    if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
        return "a folder that every user may write to"
    return ""


def _fault_of_file(path: Path) -> str:
    try:
        found, folder = path.lstat(), path.parent.stat()
    except OSError:
        return ""
    shared = folder.st_mode & stat.S_IWGRP and not folder.st_mode & stat.S_IWOTH
    if not _is_mine(found) and not shared:
        return f"owned by user {found.st_uid}, not by you"
    if stat.S_ISLNK(found.st_mode):
        return "" if _is_mine(found) else "a link of another user"
    if found.st_mode & stat.S_IWOTH:
        return "a file that every user may write to"
    return ""


def _is_mine(found: os.stat_result) -> bool:
    # Windows has no such numbers, and a user's folder there is the user's.
    return not hasattr(os, "geteuid") or found.st_uid in {os.geteuid(), _ROOT}
