"""What other installed packages add to otelhook: entry points, by group and name.

A package declares ``[project.entry-points."otelhook.sources"]`` with ``name = "module:function"``
(``otelhook.renderers`` likewise). Nothing of it is imported before its name is used. A name that
otelhook has itself stays otelhook's.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from otelhook.errors import ConfigError, OtelhookError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["RENDERERS", "SOURCES", "PlugIn", "installed", "plug_in_named", "shadowed"]

SOURCES: Final = "otelhook.sources"
"""Group of functions from what stands behind the name's colon to a `TraceSource`."""

RENDERERS: Final = "otelhook.renderers"
"""Group of functions from a `Document` to text or bytes."""

_METADATA: Final = (".dist-info", ".egg-info")
_EGG: Final = "egg-info"
"""The folder of metadata within one that is a package, ``name.egg``."""


class PlugIn(NamedTuple):
    """One entry point that is installed."""

    name: str
    package: str
    """The package and its version, for messages."""
    entry: EntryPoint

    @property
    def title(self) -> str:
        """The plug-in in a few words."""
        return f"the plug-in {self.name!r} of {self.package}"

    def load(self) -> object:
        """Import what the entry point names.

        Raises:
            ConfigError: that fails, in whatever way; the text names the package.
        """
        try:
            return self.entry.load()
        except (Exception, SystemExit) as error:
            message = f"{self.title} cannot be loaded: {_said(error)}; update or uninstall it"
            raise ConfigError(message) from error

    def failed(self, error: BaseException) -> OtelhookError:
        """Return an error of its code as one of ours; one of ours stays as it is."""
        if isinstance(error, OtelhookError):
            return error
        return ConfigError(f"{self.title} failed: {_said(error)}")


def installed(group: str) -> Iterator[PlugIn]:
    """Yield the plug-ins of a group, by name; nothing is imported."""
    if not _may_be_declared(group):
        return
    from importlib.metadata import entry_points  # noqa: PLC0415 - 9 ms, seldom needed

    found: list[PlugIn] = []
    for entry in entry_points(group=group):
        package = entry.dist
        named = f"{package.name} {package.version}" if package is not None else "no package"
        found.append(PlugIn(entry.name, named, entry))
    yield from sorted(found, key=lambda plug_in: (plug_in.name, plug_in.package))


def plug_in_named(group: str, name: str) -> PlugIn | None:
    """Return the plug-in of a name, None if there is none.

    Raises:
        ConfigError: two packages have one of that name.
    """
    # A package that is found twice, installed and as a checkout, is one.
    found = {plug_in.package: plug_in for plug_in in installed(group) if plug_in.name == name}
    if len(found) > 1:
        message = f"{name!r} is a plug-in of {' and of '.join(found)}: uninstall one"
        raise ConfigError(message)
    return next(iter(found.values()), None)


def shadowed(group: str, built_in: Collection[str]) -> Iterator[str]:
    """Yield a sentence on each plug-in that cannot be used, because otelhook has its name."""
    for plug_in in installed(group):
        if plug_in.name in built_in:
            yield f"{plug_in.title} is not used: otelhook has a {plug_in.name} of its own"


def _may_be_declared(group: str) -> bool:
    """Return whether an installed package may have entry points of a group.

    The metadata's own reader takes 9 ms to load, a quarter of what a command of ours loads, and
    almost nobody has a plug-in: it is asked only if a package's declarations contain the group's
    name, or if packages are where this does not look, within an archive or behind an importer.
    """
    if any(hasattr(f, "find_distributions") and f is not PathFinder for f in sys.meta_path):
        return True
    return any(_declares(Path(entry), group.encode()) for entry in sys.path)


def _declares(folder: Path, group: bytes) -> bool:
    try:
        return any(group in file.read_bytes() for file in _declarations(folder))
    except FileNotFoundError:
        return False
    except OSError:  # an archive, or a folder that cannot be read
        return True


def _declarations(folder: Path) -> Iterator[Path]:
    """Yield the files of entry points that packages in a folder have."""
    for item in folder.iterdir():
        if item.suffix.lower() in _METADATA or item.name.lower() == _EGG:
            file = item / "entry_points.txt"
            if file.is_file():
                yield file


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
