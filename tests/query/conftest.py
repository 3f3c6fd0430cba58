"""The query API over a real socket, on a store of its own."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from otelhook.collector.query.reading import Reading
from otelhook.collector.query.routes import query_routes
from otelhook.model import Span
from otelhook.store import Store
from tests.waiting import wait_until

NOW = 1_700_000_100_000_000_000
DEADLINE = 20.0


@contextmanager
def serving(routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Serve routes on a free port of loopback and yield the address."""
    app = Starlette(routes=routes)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        wait_until(lambda: server.started or not thread.is_alive(), "the server has started")
        assert thread.is_alive()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(DEADLINE)


class Api:
    """One served API, and what it is asked."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, path: str) -> tuple[int, Any]:
        """Return status and JSON of an answer."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=DEADLINE) as answer:
                return int(answer.status), json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Serve a store with some spans; ``only`` leaves routes out by the beginning of a path."""
    stack = ExitStack()

    def serve(spans: Sequence[Span] = (), *, without: str = "\0", **limits: Any) -> Api:
        def open_store() -> Store:
            return Store.open(tmp_path, clock=lambda: NOW)

        with open_store() as store:
            store.write(spans)
        routes = query_routes(Reading(open_store, lambda: NOW, **limits))
        kept = [route for route in routes if not route.path.startswith(without)]  # type: ignore[attr-defined]
        return Api(stack.enter_context(serving(kept)))

    with stack:
        yield serve
