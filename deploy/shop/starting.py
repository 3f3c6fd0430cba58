"""Starts the shop, stops it, and stops Kafka in the middle of everything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from deploy.harness.errors import HarnessError
from deploy.harness.loopback import listens, speaks
from deploy.harness.processes import Program, start_missing, stop, wait_until_up
from deploy.shop.places import Shop
from deploy.shop.servers import SERVERS, fill_tables, server
from deploy.shop.services import SERVICES, hotrod, service
from deploy.shop.watchers import WATCHERS, watcher

__all__ = ["down", "start_all", "start_broker", "stop_broker"]

_UP_SECONDS = 120.0
_STOP_SECONDS = 30.0


def start_all(shop: Shop, peers: Collection[str]) -> None:
    """Start everything, and wait until it is up.

    Args:
        shop: which one.
        peers: ``jaeger`` and ``hotrod``, those of them that are to run as well.

    Raises:
        HarnessError: one does not come up.
    """
    mapper, *others = SERVERS
    _start(shop, ["collect", *({"jaeger"} & set(peers)), mapper])
    _start(shop, others)
    fill_tables(shop)
    called, callers = SERVICES[:4], SERVICES[4:]
    _start(shop, called)
    _start(shop, [*callers, *({"hotrod"} & set(peers))])


def stop_broker(shop: Shop) -> None:
    """Stop Kafka.

    Raises:
        HarnessError: it had to be killed.
    """
    stop(["kafka"], shop.folders.run, _STOP_SECONDS)


def start_broker(shop: Shop) -> None:
    """Start Kafka again.

    Raises:
        HarnessError: it does not come up.
    """
    _start(shop, ["kafka"])


def down(shop: Shop) -> None:
    """Stop what runs: callers before the called, and who is told of it last.

    Raises:
        HarnessError: one had to be killed.
    """
    mapper, *others = SERVERS
    stages = (("hotrod", SERVICES[-1]), SERVICES[:-1], others, (mapper,), WATCHERS)
    stubborn = [said for names in stages if (said := _stopped(shop, names))]
    if stubborn:
        raise HarnessError("\n".join(stubborn))


def _stopped(shop: Shop, names: Sequence[str]) -> str:
    """Stop what runs under these names; return what went wrong: the others are to end as well."""
    try:
        stop(names, shop.folders.run, _STOP_SECONDS)
    except HarnessError as error:
        return str(error)
    return ""


def _start(shop: Shop, names: Sequence[str]) -> None:
    """Start what does not run of these, all at once, and wait until it is up."""
    run, logs = shop.folders.run, shop.folders.logs
    for name in start_missing(names, partial(_program, shop), run, logs):
        wait_until_up(name, partial(_is_up, shop, name), run, logs, _UP_SECONDS)


def _program(shop: Shop, name: str) -> Program:
    if name in SERVERS:
        return server(shop, name)
    if name in WATCHERS:
        return watcher(shop, name)
    return hotrod(shop) if name == "hotrod" else service(shop, name)


def _is_up(shop: Shop, name: str) -> bool:
    if name == "shipping":  # a consumer: it listens to Kafka only
        return "shipping listens" in (shop.folders.logs / "shipping.out").read_text("utf-8")
    if name == "hotrod":
        return all(listens(port) for one, port in shop.ports.items() if one.startswith("hotrod-"))
    if name == "jaeger":
        return speaks(f"{shop.url('jaeger-health')}/status")
    return listens(shop.ports[name])
