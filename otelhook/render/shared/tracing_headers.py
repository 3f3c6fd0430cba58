"""Headers that are there because of the tracing only, and no part of a service's API."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["TRACING_HEADERS"]

TRACING_HEADERS: Final = re.compile(
    r"(?i)traceparent|tracestate|baggage|b3|x-b3-.*|uber-trace-id|uberctx-.*|x-amzn-trace-id"
    r"|x-cloud-trace-context|x-datadog-.*|sentry-trace|x-ot-span-context|x-requestshook-.*"
)
"""Names, whole: W3C, Zipkin, Jaeger, AWS, Google, Datadog, Sentry, Lightstep, and the ancestor."""
