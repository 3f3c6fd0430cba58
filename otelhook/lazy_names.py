"""Names of a package that are loaded when they are first used.

A package's ``__init__`` says what it has; whoever imports one of its modules would load all of them
with it. Here is what loads only what is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module

__all__ = ["on_first_use"]


def on_first_use(package: str, modules: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package.

    Args:
        package: its name.
        modules: names that the package re-exports, by the module within it that has them.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def find(name: str) -> object:
        home = homes.get(name)
        if home is None:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        found: object = getattr(import_module(f"{package}.{home}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return find
