"""The off switch: capture ends and begins again in running services, without a restart.

It is a file in the data folder. Whoever may write there throws the switch (``otelhook capture
off``), and every process of every user that has this data folder obeys: workers forked before and
after as well, since each looks for itself.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from otelhook.errors import StorageError
from otelhook.ownership import check_file, check_folder

__all__ = ["SWITCH_FILE", "Switch"]

_logger = logging.getLogger(__name__)

SWITCH_FILE = "capture-off"
"""While a file of this name is in the data folder, nothing is captured."""

LOOKS_EVERY = 1.0
"""Seconds between two looks at the file."""


class Switch:
    """Says whether capture is switched off; looks at the file once a second at most.

    Args:
        data_dir: the data folder.
        clock: seconds that never run backwards.
    """

    __slots__ = ("_clock", "_next", "_off", "_path", "_said")

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        # Absolute: services change their working folder, daemons to the root.
        self._path = os.path.abspath(data_dir / SWITCH_FILE)  # noqa: PTH100 - once, as a str
        self._clock = clock
        self._next = clock()
        self._off = False
        self._said = ""

    @property
    def off(self) -> bool:
        """Whether nothing is to be captured. A folder that cannot be read switches nothing off."""
        now = self._clock()
        if now >= self._next:
            self._next = now + LOOKS_EVERY
            self._off = os.path.exists(self._path) and self._is_obeyed()  # noqa: PTH110 - in a request's path
        return self._off

    def _is_obeyed(self) -> bool:
        """Return whether somebody threw the switch who may; say once that another user did."""
        path = Path(self._path)
        try:
            check_folder(path.parent)
            check_file(path)
        except StorageError as error:
            if str(error) != self._said:
                self._said = str(error)
                _logger.warning("the switch is not obeyed: %s", error)
            return False
        return True
