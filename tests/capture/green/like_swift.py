"""A server that begins as OpenStack Swift's do (swift/common/wsgi.py, run_wsgi and run_server).

It loads the Paste pipeline to see whether that works, patches the standard library, leaves its
folder, forks workers that give SIGTERM back to the system, and loads the pipeline again in each.

It ends as its worker did, with 128 and the number of the signal that ended it.

Arguments: the pipeline's file, and when the library is patched: ``early`` (first of all),
``late`` (after the application was loaded), or ``used`` (and a span was recorded by then).
"""

from __future__ import annotations

import io
import os
import signal
import sys

import eventlet  # type: ignore[import-untyped]
from eventlet import hubs, patcher, wsgi


def patch() -> None:
    patcher.monkey_patch(all=False, socket=True, select=True, thread=True)


def main() -> int:
    pipeline, when = sys.argv[1:]
    if when == "early":
        patch()
    from paste.deploy import loadapp  # type: ignore[import-untyped]  # noqa: PLC0415

    loaded = loadapp(f"config:{pipeline}")
    if when == "used":
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/echo", "QUERY_STRING": "at start"}
        answer = loaded({**environ, "wsgi.input": io.BytesIO()}, lambda *_: None)
        list(answer)
        answer.close()
    if when != "early":
        patch()
    listening = eventlet.listen(("127.0.0.1", 0))
    os.chdir("/")
    worker = os.fork()
    if worker:
        signal.signal(signal.SIGTERM, lambda number, _: os.kill(worker, number))
        print(f"127.0.0.1:{listening.getsockname()[1]}", flush=True)
        ended = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        return ended if ended >= 0 else 128 - ended
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    hubs.use_hub(hubs.get_default_hub())
    application = loadapp(f"config:{pipeline}")
    wsgi.server(listening, application, log_output=False, custom_pool=eventlet.GreenPool(100))
    return 0


if __name__ == "__main__":
    sys.exit(main())
