"""``python -m deploy.shop``: a shop that nobody here instrumented, and what is drawn of it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from deploy.harness import peers
from deploy.harness.command_line import carry_out, passed, say
from deploy.harness.errors import HarnessError
from deploy.harness.places import ROOT
from deploy.harness.processes import running
from deploy.shop import install, needs, places, starting
from deploy.shop.checking import as_listed, same_again, same_out_of_jaeger, write_page
from deploy.shop.listed import Order, listed
from deploy.shop.places import NAME, Shop
from deploy.shop.placing import Placed, dispatch, place, spans_of, store, warm_up
from deploy.shop.recording import write_recorded
from deploy.shop.servers import configure
from deploy.shop.services import SERVICES

_PAGES = ROOT / "otelhook-shop"
_PEERS = ("jaeger", "hotrod")
_WITHOUT_BROKER = "broker-down"
"""The order that is placed while Kafka does not run: the last."""


def up(*, peers_too: bool = True) -> Shop:
    """Install, configure and start whatever is not there yet.

    Args:
        peers_too: whether Jaeger and HotROD are built if they are not there: that takes minutes.
    """
    if lacking := needs.missing():
        raise HarnessError("\n".join(lacking))
    shop = places.known()
    if shop is not None and all(running(name, shop.folders.run) for name in SERVICES):
        return shop
    down()
    install.ready()
    if peers_too:
        peers.build(_PEERS)
    say("installed")
    shop = places.new()
    configure(shop)
    starting.start_all(shop, _PEERS if peers_too else _without_building())
    say("started")
    return shop


def _without_building() -> Sequence[str]:
    """Return what of the peers runs where none is built for it: Jaeger, if it is there."""
    if why := peers.why_missing("jaeger"):
        say(f"without Jaeger: {why}")
        return ()
    return ("jaeger",)


def everything(*, peers_too: bool = True) -> int:
    """Do all of it."""
    try:
        return check(up(peers_too=peers_too), left_running=False)
    finally:
        down()
        say(f"{passed() / 60:.1f} minutes in all")


def check(shop: Shop, *, left_running: bool = True) -> int:
    """Place the orders; hold what is drawn against the lists and Jaeger; return the exit code."""
    wrong = 0
    for name, placed, again, order in _placed(shop):
        verdicts = _verdicts(shop, placed, again, order)
        page = write_page(shop, name, placed, _PAGES)
        for what, faults in verdicts.items():
            wrong += bool(faults)
            say(f"{name}: {what}: {'yes' if not faults else 'NO'}")
            print("".join(f"    {fault}\n" for fault in faults), end="")
        say(f"{name}: trace {placed.trace_id}, {page.relative_to(ROOT)}")
    if left_running:
        starting.start_broker(shop)
    return 1 if wrong else 0


def _verdicts(
    shop: Shop, placed: Placed, again: Placed | None, order: Order | None
) -> dict[str, Sequence[str]]:
    """Return what is wrong by what was asked; Jaeger is not asked where it does not run."""
    verdicts: dict[str, Sequence[str]] = {}
    if order is not None:
        verdicts["as listed"] = as_listed(shop, order, placed)
    if again is not None:
        verdicts["the same when it is placed again"] = same_again(shop, placed, again)
    if running("jaeger", shop.folders.run):
        verdicts["the same out of Jaeger"] = same_out_of_jaeger(shop, placed)
    return verdicts


def _placed(shop: Shop) -> Sequence[tuple[str, Placed, Placed | None, Order | None]]:
    """Place the orders, each twice, and have HotROD find a driver once: it fails at random.

    Kafka does not run afterwards.
    """
    orders = {order.name: order for order in listed()}
    without_broker = orders.pop(_WITHOUT_BROKER)
    warm_up(shop, orders["good"])
    say("warm")
    made: list[tuple[str, Placed, Placed | None, Order | None]] = [
        (order.name, place(shop, order), place(shop, order), order) for order in orders.values()
    ]
    if running("hotrod", shop.folders.run):
        made.append(("hotrod", dispatch(shop), None, None))
    starting.stop_broker(shop)
    last = without_broker
    made.append((last.name, place(shop, last), place(shop, last), last))
    say("ordered")
    return made


def record(shop: Shop) -> None:
    """Write the traces that otelhook's own tests are made on."""
    for name, placed, _, _ in _placed(shop):
        file: Path = write_recorded(name, spans_of(store(shop), placed.trace_id))
        say(f"wrote {file.relative_to(ROOT)}")
    starting.start_broker(shop)


def down() -> None:
    """Stop what runs. What was kept goes: the next installation begins anew."""
    if (shop := places.known()) is not None:
        try:
            starting.down(shop)
        finally:
            shutil.rmtree(shop.tables, ignore_errors=True)


_DOES: dict[str, tuple[str, Callable[[], object]]] = {
    "all": ("install, start, order, check, stop", everything),
    "ci": (
        "the same without HotROD, and with Jaeger only where it is built",
        partial(everything, peers_too=False),
    ),
    "up": ("install and start, and leave it running", up),
    "check": ("order and check, with what is running", lambda: check(up())),
    "record": ("write traces for otelhook's tests", lambda: record(up())),
    "down": ("stop what is running", down),
}


def main() -> int:
    """Do what the command line says."""
    return carry_out("python -m deploy.shop", __doc__, _DOES, NAME)


if __name__ == "__main__":
    sys.exit(main())
