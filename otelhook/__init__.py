"""A distributed trace as a document that people read.

    import otelhook

    otelhook.instrument(service="image")
    app = otelhook.Middleware(app)

Importing this package loads nothing else; each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otelhook.capture.asgi.middleware import ASGIMiddleware
    from otelhook.capture.setup.instrumentation import Instrumentation, instrument
    from otelhook.capture.wsgi.middleware import Middleware
    from otelhook.capture.wsgi.paste import filter_app_factory, filter_factory

__all__ = [
    "ASGIMiddleware",
    "Instrumentation",
    "Middleware",
    "filter_app_factory",
    "filter_factory",
    "instrument",
]

_HOMES = {
    "ASGIMiddleware": "otelhook.capture.asgi.middleware",
    "Instrumentation": "otelhook.capture.setup.instrumentation",
    "Middleware": "otelhook.capture.wsgi.middleware",
    "filter_app_factory": "otelhook.capture.wsgi.paste",
    "filter_factory": "otelhook.capture.wsgi.paste",
    "instrument": "otelhook.capture.setup.instrumentation",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
