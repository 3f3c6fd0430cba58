"""Which URLs nothing is recorded of: OpenTelemetry's own variables, read by its own helper.

``OTEL_PYTHON_WSGI_EXCLUDED_URLS`` and ``OTEL_PYTHON_ASGI_EXCLUDED_URLS`` for requests that are
answered and
``OTEL_PYTHON_REQUESTS_EXCLUDED_URLS`` for calls made, else ``OTEL_PYTHON_EXCLUDED_URLS`` for both:
regular expressions, separated by commas, that are searched for in the whole URL.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from wsgiref.util import request_uri

from opentelemetry.util.http import ExcludeList, parse_excluded_urls

__all__ = ["excluded_urls", "url_of"]

_logger = logging.getLogger(__name__)


def excluded_urls(what: str, environ: Mapping[str, str]) -> ExcludeList | None:
    """Return the list for ``WSGI``, ``ASGI`` or ``REQUESTS``; None if there is none.

    One that is no regular expression excludes nothing, and that is said.
    """
    for name in (f"OTEL_PYTHON_{what}_EXCLUDED_URLS", "OTEL_PYTHON_EXCLUDED_URLS"):
        if name in environ:
            try:
                return parse_excluded_urls(environ[name]) if environ[name] else None
            except re.error as error:
                _logger.warning("otelhook: %s excludes nothing: %s", name, error)
                return None
    return None


def url_of(environ: Mapping[str, Any]) -> str:
    """Return the whole URL of a WSGI request, as stock instrumentation makes it."""
    return request_uri(dict(environ))
