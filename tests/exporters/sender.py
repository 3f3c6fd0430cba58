"""A program that records spans with bodies of 64 KiB and ends: ``python sender.py SPANS FLUSH``.

It prints what became of them, its peak memory and how long its end took, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import otelhook

_BODY = 64 * 1024


def main(spans: int, flush: float) -> None:
    handle = otelhook.instrument("sender")
    tracer = handle.tracer_provider.get_tracer("sender")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(spans):
        body = f"{number:08}".ljust(_BODY, "x")
        attributes: dict[str, str | int] = {
            "http.request.method": "PUT",
            "url.path": f"/v2/images/{number}/file",
            "http.request.body.size": _BODY,
            "http.request.body.content": body,
        }
        tracer.start_span("PUT", attributes=attributes).end()
    if flush:
        handle.force_flush(flush)
    began = time.monotonic()
    handle.shutdown()
    took = time.monotonic() - began
    counts = handle.counts
    sys.stdout.write(
        json.dumps(
            {
                "ended": counts.ended,
                "delivered": counts.delivered,
                "stripped": counts.stripped,
                "dropped": {reason.value: n for reason, n in counts.dropped_by.items()},
                "waiting": counts.waiting,
                "added_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
                "end_seconds": took,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
