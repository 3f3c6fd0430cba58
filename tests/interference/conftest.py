"""Holds the whole matrix once a session, two servers at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.interference.asgi_held import PAIRS, HeldSite, hold_site
from tests.interference.calls_held import HeldCall, hold_calls
from tests.interference.conversations import Held, hold
from tests.interference.servers import SERVERS, missing
from tests.interference.websockets_held import hold_sockets

AT_ONCE = 2
SLOWEST_FIRST = ("waitress", "werkzeug", "gunicorn-gevent")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-results",
        action="store_true",
        help="write tests/interference/RESULTS.md anew from what this run found",
    )


class Matrix:
    """Conversations by server, way and case; those of a server are waited for when asked for."""

    def __init__(self, pool: ThreadPoolExecutor, folder: Path) -> None:
        names = sorted(SERVERS, key=lambda name: name not in SLOWEST_FIRST)
        self._held: dict[str, Future[dict[str, dict[str, Held]]]] = {
            name: pool.submit(hold, name, folder / name) for name in names if not missing(name)
        }

    def of(self, server: str) -> dict[str, dict[str, Held]]:
        """Return a server's conversations, by way and case."""
        why = missing(server)
        if why is not None:
            pytest.skip(why)
        return self._held[server].result()


@pytest.fixture(scope="session")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield Matrix(pool, tmp_path_factory.mktemp("interference"))


class Sites:
    """Conversations of ASGI servers and frameworks, by way and name, likewise."""

    def __init__(self, pool: ThreadPoolExecutor, folder: Path) -> None:
        self._held: dict[str, Future[dict[str, dict[str, HeldSite]]]] = {
            pair: pool.submit(hold_site, pair, folder / pair) for pair in PAIRS
        }

    def of(self, pair: str) -> dict[str, dict[str, HeldSite]]:
        """Return what was held with a server and a framework, by way and conversation."""
        return self._held[pair].result()


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield Sites(pool, tmp_path_factory.mktemp("sites"))


class Websockets:
    """Websockets of ASGI servers and frameworks: of those that are asked for, as they are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, dict[str, dict[str, HeldSite]]] = {}

    def of(self, pair: str) -> dict[str, dict[str, HeldSite]]:
        """Return what was held with a server and a framework, by way and name."""
        if pair not in self._held:
            self._held[pair] = hold_sockets(pair, self._folder / pair)
        return self._held[pair]


@pytest.fixture(scope="session")
def websockets(tmp_path_factory: pytest.TempPathFactory) -> Websockets:
    return Websockets(tmp_path_factory.mktemp("websockets"))


@pytest.fixture(scope="session")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, HeldCall]]:
    """The client half, by way and case."""
    return hold_calls(tmp_path_factory.mktemp("calls"))
