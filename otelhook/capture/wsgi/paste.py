"""The Paste Deploy filter.

[filter:otelhook]
use = egg:otelhook
service = image

``paste.filter_factory = otelhook:filter_factory`` says the same. The section's values are
settings, by name. Naming the filter is consent to record, bodies too unless ``capture = headers``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from otelhook.capture.wsgi.middleware import Middleware

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["filter_app_factory", "filter_factory"]


def filter_factory(
    global_conf: Mapping[str, str],
    **local_conf: str,
) -> Callable[[WSGIApplication], Middleware]:
    """Return a filter that wraps an application; its section's values are settings, by name.

    Raises:
        ConfigError: a value is unknown or of the wrong form.
    """

    def wrap(app: WSGIApplication) -> Middleware:
        return filter_app_factory(app, global_conf, **local_conf)

    return wrap


def filter_app_factory(
    app: WSGIApplication,
    global_conf: Mapping[str, str],  # noqa: ARG001 - of Paste Deploy's interface
    **local_conf: str,
) -> Middleware:
    """Wrap an application at once, as ``paste.filter_app_factory`` is called.

    Raises:
        ConfigError: a value is unknown or of the wrong form.
    """
    # Swift's loader puts the section's own name among its values, as __name__.
    given = {name: value for name, value in local_conf.items() if not name.startswith("__")}
    settings: dict[str, Any] = given
    return Middleware(app, **settings)
