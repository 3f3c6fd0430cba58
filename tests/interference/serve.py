"""What a server process runs: one application of many behaviours, in one of the four ways.

``application`` is what gunicorn and uWSGI load. As a program, ``python -m tests.interference.serve
SERVER``, it is one of the servers that have no command of their own, and prints its port.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["application", "main"]

if sys.argv[1:2] == ["eventlet"]:
    import warnings

    warnings.simplefilter("ignore")
    import eventlet  # type: ignore[import-not-found, import-untyped, unused-ignore]

    eventlet.monkey_patch()

from tests.interference.app_answering import ANSWERING
from tests.interference.app_failing import FAILING
from tests.interference.app_large import LARGE
from tests.interference.app_reading import READING
from tests.interference.calls import Call
from tests.interference.side_file import SideFile, shown

FOLDER = Path(os.environ["INTERFERENCE_FOLDER"])
WAY = os.environ["INTERFERENCE_WAY"]
BEHAVIOURS: dict[str, Callable[[Call], Any]] = {**READING, **ANSWERING, **FAILING, **LARGE}

_PER_RUN = {"REMOTE_PORT", "SERVER_PORT", "uwsgi.core"}
_INPUT = ("read", "readline", "readlines", "__iter__", "read1", "readinto", "close", "fileno")
_OWN = ("otelhook.", "opentelemetry-")
"""Keys that a middleware may add (PEP 3333: named after who defines them)."""

_side = SideFile(FOLDER)


def _behave(environ: dict[str, Any], start_response: Any) -> Any:
    """Do what the request's header X-Does names, and tell of it."""
    call = Call(environ, start_response, _side)
    call.say("called", environ=_facts(environ))
    try:
        result = BEHAVIOURS[environ.get("HTTP_X_DOES", "list")](call)
    except BaseException as error:
        call.say("raised", error=shown(error))
        raise
    call.say("returned", type=type(result).__name__)
    return result


def _facts(environ: dict[str, Any]) -> dict[str, Any]:
    """Describe an environ: its texts, and of each object what it can do."""
    facts = {
        key: shown(value)
        for key, value in environ.items()
        if key not in _PER_RUN and key not in os.environ and not key.startswith(_OWN)
    }
    stream = environ["wsgi.input"]
    facts["wsgi.input"] = [name for name in _INPUT if hasattr(stream, name)]
    return dict(sorted(facts.items()))


def observed(app: Any) -> Any:
    """Tell what the server is handed: the outermost layer, which changes nothing."""

    def outermost(environ: dict[str, Any], start_response: Any) -> Any:
        case = str(environ.get("HTTP_X_CASE", "unnamed"))
        wrapper = environ.get("wsgi.file_wrapper")
        try:
            result = app(environ, start_response)
        except BaseException as error:
            _side.say(case, "server: raised", error=shown(error))
            raise
        _side.say(
            case,
            "server: got",
            length=_length(result),
            list=isinstance(result, list | tuple),
            bytes=isinstance(result, bytes | str),
            none=result is None,
            file=_is_file(result, wrapper),
        )
        return result

    return outermost


def _length(result: Any) -> int | None:
    try:
        return len(result)
    except TypeError:
        return None


def _is_file(result: Any, wrapper: Any) -> bool:
    if isinstance(wrapper, type):
        return isinstance(result, wrapper)
    return callable(wrapper) and hasattr(result, "fileno")


def _make() -> Any:
    if WAY == "bare":
        return observed(_behave)
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    import otelhook
    from tests.interference.span_file import SpanFile

    processor = SimpleSpanProcessor(SpanFile(FOLDER / "spans"))
    if WAY == "ours":
        otelhook.instrument("app", span_processors=[processor], data_dir=str(FOLDER))
        return observed(otelhook.Middleware(_behave, service="app"))
    from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

    provider = TracerProvider()
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    app: Any = _behave
    if WAY == "over":
        otelhook.instrument("app", data_dir=str(FOLDER))
        app = otelhook.Middleware(app)
    return observed(OpenTelemetryMiddleware(app))


application = _make()


def _run_until_told(run: Callable[[], Any], stop: Callable[[], Any]) -> None:
    """Run a server's loop; SIGTERM stops it from another thread, since a loop waits for itself."""

    def stopped(*_: object) -> None:
        threading.Thread(target=stop).start()

    signal.signal(signal.SIGTERM, stopped)
    run()


def _say_port(port: int) -> None:
    print(json.dumps({"port": port}), flush=True)


def _wsgiref() -> None:
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    WSGIRequestHandler.disable_nagle_algorithm = True
    server = make_server("127.0.0.1", 0, application)
    _say_port(server.server_port)
    _run_until_told(lambda: server.serve_forever(0.05), server.shutdown)


def _werkzeug() -> None:
    from werkzeug.serving import WSGIRequestHandler, make_server

    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    WSGIRequestHandler.disable_nagle_algorithm = True
    server = make_server("127.0.0.1", 0, application, threaded=True)
    _say_port(server.server_port)
    _run_until_told(lambda: server.serve_forever(0.05), server.shutdown)


def _waitress() -> None:
    from waitress import wasyncore
    from waitress.server import create_server

    # By default it holds up to 16 MiB that a client has not taken yet, more or less by chance.
    how: dict[str, Any] = {"threads": 1, "outbuf_high_watermark": 1 << 18}
    server: Any = create_server(application, host="127.0.0.1", port=0, **how)

    def stop() -> None:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))

    _say_port(int(server.effective_port))
    _run_until_told(server.run, stop)


def _eventlet() -> None:
    from eventlet import wsgi

    listener = eventlet.listen(("127.0.0.1", 0))
    _say_port(listener.getsockname()[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # With debug, tracebacks are answered: their frames are not what is compared.
    # Chunks smaller than the minimum would wait for the next one.
    wsgi.server(listener, application, debug=False, minimum_chunk_size=1)


PROGRAMS = {
    "wsgiref": _wsgiref,
    "werkzeug": _werkzeug,
    "waitress": _waitress,
    "eventlet": _eventlet,
}


def main(arguments: Sequence[str]) -> None:
    """Run the server that the arguments name."""
    PROGRAMS[arguments[0]]()


if __name__ == "__main__":
    main(sys.argv[1:])
