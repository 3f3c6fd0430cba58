"""The folder of one `otelhook run`, in which its processes leave word of themselves."""

from __future__ import annotations

import os
from pathlib import Path

from otelhook.settings import RUN_FOLDER

__all__ = ["note_instance", "read_instances"]

_FILE = "instances"
_MOST = 1_000
_ID_LENGTH = 36


def note_instance(instance: str) -> None:
    """Note that this process records under an instance id, if a run led to it; nothing is raised.

    Requests from outside bring traces of their own: by its instance a span shows that it is
    the run's all the same.
    """
    folder = os.environ.get(RUN_FOLDER)
    if not folder:
        return
    try:
        with Path(folder, _FILE).open("a", encoding="utf-8") as file:
            file.write(f"{instance}\n")
    except OSError:
        return


def read_instances(folder: Path) -> tuple[str, ...]:
    """Return the instance ids that the processes of a run have noted, each once."""
    try:
        with (folder / _FILE).open(encoding="utf-8") as file:
            words = file.read(_MOST * (_ID_LENGTH + 1)).split()
    except OSError:
        return ()
    return tuple(word for word in dict.fromkeys(words) if len(word) == _ID_LENGTH)
