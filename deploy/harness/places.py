"""Where things are kept: programs in a cache, one installation's files in a folder of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.errors import HarnessError

__all__ = ["ROOT", "Folders", "alone", "cache", "existing", "lack_of_room"]

ROOT = Path(__file__).parent.parent.parent
"""The repository."""


def cache(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return a harness's folder that survives.

    Args:
        name: of the harness, as in ``openstack``: the folder is ``$OTELHOOK_OPENSTACK``, else
            ``otelhook/openstack`` in the user's cache.
        environ: the environment.
    """
    own = environ.get(f"OTELHOOK_{name.upper()}")
    if own:
        return Path(own).resolve()
    caches = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(caches).resolve() / "otelhook" / name


def existing(folder: Path) -> Path:
    """Return a folder, or the innermost around it that is there already."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def lack_of_room(name: str, wanted: int) -> list[str]:
    """Return a line if a harness's cache has no room for so many bytes, else none."""
    folder = existing(cache(name))
    if shutil.disk_usage(folder).free >= wanted:
        return []
    return [f"less than {wanted // 10**9} GB free in {folder}; set OTELHOOK_{name.upper()}"]


@contextlib.contextmanager
def alone(name: str) -> Generator[None]:
    """Let no other run of a harness change its cache meanwhile.

    Raises:
        HarnessError: another one is at it.
    """
    folder = cache(name)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another make {name} is at work in {folder}"
            raise HarnessError(message) from None
        yield


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one installation, below its root. Paths are absolute: swift changes to /."""

    root: Path

    @property
    def etc(self) -> Path:
        """Configuration."""
        return self.root / "etc"

    @property
    def data(self) -> Path:
        """Databases, keys, queues: what the services keep."""
        return self.root / "data"

    @property
    def logs(self) -> Path:
        """What the services say."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Who is running."""
        return self.root / "run"

    @property
    def recorded(self) -> Path:
        """What otelhook records: spools and store, of services and commands alike."""
        return self.root / "otelhook"

    def make(self) -> None:
        """Make them; only the owner may look: there are secrets in the configuration."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)
        for folder in (self.etc, self.data, self.logs, self.run, self.recorded):
            folder.mkdir(exist_ok=True)
