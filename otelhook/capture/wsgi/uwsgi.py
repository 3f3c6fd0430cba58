"""Finds the application that uWSGI serves.

uWSGI is C: it runs the application's module and looks the callable up in that module's dictionary
before any Python of ours could be asked. The one moment between the two is the return of the
module's code, which a profile function sees. It is there from the interpreter's start until the
application is found, and only under uWSGI.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from types import FrameType
from typing import Any

__all__ = ["watch_uwsgi"]

_BY_FILE = "uwsgi_file_"
"""How uWSGI names the module that it makes of a file (``--wsgi-file``)."""

_MODULE_OPTIONS = ("module", "wsgi")
_DEFAULT = "application"


def watch_uwsgi(wrap: Callable[[Any], Any]) -> None:
    """Wrap the application that uWSGI loads from now on; elsewhere do nothing."""
    if _is_uwsgi() and sys.getprofile() is None:
        sys.setprofile(functools.partial(_returned, wrap))


def _is_uwsgi() -> bool:
    """Say whether uWSGI runs this interpreter: as a program of its own, or as ``pyuwsgi``."""
    programs = (sys.executable, *sys.orig_argv[:1], *getattr(sys, "argv", [])[:1])
    return "uwsgi" in sys.modules or any("uwsgi" in PurePath(name or "").name for name in programs)


def _returned(wrap: Callable[[Any], Any], frame: FrameType, event: str, _: object) -> None:
    if event != "return" or frame.f_code.co_name != "<module>":
        return
    server = sys.modules.get("uwsgi")
    if server is None:
        return
    options: Mapping[str, Any] = getattr(server, "opt", {})
    module = str(frame.f_globals.get("__name__", ""))
    for name in dict.fromkeys(_callables(module, options)):
        app = frame.f_globals.get(name.removesuffix("()"))
        if app is not None:
            sys.setprofile(None)
            made = name.endswith("()")
            frame.f_globals[name.removesuffix("()")] = _factory(app, wrap) if made else wrap(app)
            return


def _callables(module: str, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that uWSGI looks up in a module; none if it is not the application's."""
    general = next(_texts(options, ("callable",)), _DEFAULT)
    if module.startswith(_BY_FILE):
        yield general
    for text in _texts(options, _MODULE_OPTIONS):
        wanted, _, name = text.partition(":")
        if wanted == module:
            yield name or general


def _texts(options: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Yield an option's values: bytes, and a list of them if it was given more than once."""
    for name in names:
        value: Any = options.get(name)
        values: Any = value if hasattr(value, "append") else [value]
        for one in values:
            if isinstance(one, bytes):
                yield one.decode("utf-8", "replace")
            elif isinstance(one, str):
                yield one


def _factory(make: Callable[[], Any], wrap: Callable[[Any], Any]) -> Callable[[], Any]:
    @functools.wraps(make)
    def make_wrapped() -> Any:
        return wrap(make())

    return make_wrapped
