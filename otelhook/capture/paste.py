"""The Paste Deploy filter.

[filter:otelhook]
paste.filter_factory = otelhook:filter_factory
service = image
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from otelhook.capture.middleware import Middleware

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["filter_factory"]


def filter_factory(
    global_conf: Mapping[str, str],  # noqa: ARG001 - of Paste Deploy's interface
    **local_conf: str,
) -> Callable[[WSGIApplication], Middleware]:
    """Return a filter that wraps an application; its section's values are settings, by name.

    Raises:
        ConfigError: a value is unknown or of the wrong form.
    """
    settings: dict[str, Any] = dict(local_conf)

    def wrap(app: WSGIApplication) -> Middleware:
        return Middleware(app, **settings)

    return wrap
