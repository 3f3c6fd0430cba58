"""A distributed trace as a document that people read.

Recording, in a service:

    import otelhook

    app = otelhook.Middleware(app, service="image")

Reading, in a script or a notebook:

    trace = otelhook.read_trace("trace.json")
    document = otelhook.compose(trace.spans)
    print(otelhook.render_document(document, "mermaid"))

Importing this package loads nothing else; each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name; importing it would load `typing`
if TYPE_CHECKING:
    from otelhook.capture.asgi.middleware import ASGIMiddleware
    from otelhook.capture.setup.instrumentation import Instrumentation, instrument
    from otelhook.capture.wsgi.middleware import Middleware
    from otelhook.capture.wsgi.paste import filter_app_factory, filter_factory
    from otelhook.render.registry import render as render_document
    from otelhook.sequence.compose import compose
    from otelhook.sources import open_source, read_trace

__all__ = [
    "ASGIMiddleware",
    "Instrumentation",
    "Middleware",
    "compose",
    "filter_app_factory",
    "filter_factory",
    "instrument",
    "open_source",
    "read_trace",
    "render_document",
]

_HOMES = {
    "ASGIMiddleware": "otelhook.capture.asgi.middleware",
    "Instrumentation": "otelhook.capture.setup.instrumentation",
    "Middleware": "otelhook.capture.wsgi.middleware",
    "compose": "otelhook.sequence.compose",
    "filter_app_factory": "otelhook.capture.wsgi.paste",
    "filter_factory": "otelhook.capture.wsgi.paste",
    "instrument": "otelhook.capture.setup.instrumentation",
    "open_source": "otelhook.sources",
    "read_trace": "otelhook.sources",
    "render_document": "otelhook.render.registry",
}
_CALLED_THERE = {"render_document": "render"}
"""``otelhook.render`` is the folder of the formats: the function cannot be called so too."""


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), _CALLED_THERE.get(name, name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
