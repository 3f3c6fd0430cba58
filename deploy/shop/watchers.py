"""Who is told what the services do: `otelhook collect`, and Jaeger where it is built."""

from __future__ import annotations

import sys

from deploy.harness import peers
from deploy.harness.places import ROOT
from deploy.harness.processes import Program, plain_environment, running
from deploy.shop.places import HERE, Shop

__all__ = ["WATCHERS", "told", "watcher"]

WATCHERS = ("jaeger", "collect")
"""Jaeger passes on to otelhook what it receives, so it ends before it."""

_JAEGER_PORTS = {
    "HEALTH_PORT": "jaeger-health",
    "QUERY_PORT": "jaeger",
    "QUERY_GRPC_PORT": "jaeger-grpc",
    "OTLP_HTTP_PORT": "jaeger-otlp",
}
"""As jaeger.yaml names them, and as we do."""


def watcher(shop: Shop, name: str) -> Program:
    """Return a watcher's program."""
    plain = plain_environment()
    if name == "collect":
        words = ("collect", "--http", shop.host("collect"), "--grpc", "off")
        data = ("--data-dir", str(shop.folders.recorded))
        return Program((sys.executable, "-m", "otelhook", *words, *data), ROOT, plain)
    environ = plain | {key: str(shop.ports[port]) for key, port in _JAEGER_PORTS.items()}
    environ["OTELHOOK"] = shop.url("collect")
    command = (str(peers.built("jaeger")), f"--config={HERE / 'jaeger.yaml'}")
    return Program(command, shop.folders.root, environ)


def told(shop: Shop) -> str:
    """Return where spans are sent: to Jaeger if it runs, else to otelhook."""
    return shop.url("jaeger-otlp" if running("jaeger", shop.folders.run) else "collect")
