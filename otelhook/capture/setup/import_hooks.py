"""Does something when a module is imported, without importing it."""

from __future__ import annotations

import importlib.util
import logging
import sys
from _thread import get_ident
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["when_imported"]

_logger = logging.getLogger(__name__)


def when_imported(name: str, act: Callable[[ModuleType], None]) -> None:
    """Call ``act`` with the module: now if it is imported, else as soon as it is.

    An exception of ``act`` is logged; the import succeeds.
    """
    module = sys.modules.get(name)
    if module is not None:
        act(module)
    else:
        sys.meta_path.insert(0, _Finder(name, act))


class _Finder(MetaPathFinder):
    """Finds one module as the others find it, with a loader that acts afterwards.

    It stays until the module is imported: a program that only asks whether there is such a module
    finds it, and imports it later.
    """

    def __init__(self, name: str, act: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._act = act
        self._asking = 0
        """The thread that asks the others, of whom we are one."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - of the interface
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Return the module's spec with our loader around its own."""
        if fullname != self._name or self._asking == get_ident():
            return None
        self._asking = get_ident()
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._asking = 0
        if spec is not None and spec.loader is not None:
            spec.loader = _ActingLoader(spec.loader, self._loaded)
        return spec

    def _loaded(self, module: ModuleType) -> None:
        with suppress(ValueError):  # imported by two threads at once
            sys.meta_path.remove(self)
        self._act(module)


class _ActingLoader(Loader):
    """Loads as the module's own loader does, and acts after that."""

    def __init__(self, loader: Loader, act: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._act = act

    def __getattr__(self, name: str) -> Any:
        """Return what the module's own loader has: ``python -m`` asks it for the code."""
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as its own loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then act; from then on only its own loader is seen."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        try:
            self._act(module)
        except Exception:
            _logger.warning("otelhook cannot capture calls of %s", module.__name__, exc_info=True)
