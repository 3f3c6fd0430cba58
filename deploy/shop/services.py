"""The shop's services and HotROD: how each is started, with no more than its language's stock
instrumentation, and when it is up.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from deploy.harness.errors import HarnessError
from deploy.harness.loopback import listens, speaks
from deploy.harness.places import ROOT
from deploy.harness.processes import (
    Program,
    plain_environment,
    start_missing,
    stop,
    wait_until_up,
)
from deploy.shop.install import programs
from deploy.shop.places import HERE, Shop
from deploy.shop.servers import fill_tables, java, server

__all__ = ["SERVERS", "SERVICES", "down", "start_all", "stop_broker"]

SERVERS = ("epmd", "postgresql", "redis", "kafka", "rabbitmq")
SERVICES = ("model", "worker", "catalog", "shipping", "orders", "front")
"""In the order that they are called in, the called first; Kafka's consumer before its producer."""

_WATCHERS = ("collect", "jaeger")
_UP_SECONDS = 120.0
_STOP_SECONDS = 30.0


def start_all(shop: Shop, *, jaeger: Path | None, hotrod: bool) -> None:
    """Start everything, and wait until it is up.

    Args:
        shop: which one.
        jaeger: its program. The services send there, and Jaeger passes on to otelhook what it
            receives; without one they send to otelhook.
        hotrod: whether to start HotROD as well.

    Raises:
        HarnessError: one does not come up.
    """
    watchers = _WATCHERS if jaeger else _WATCHERS[:1]
    _start(shop, (*watchers, *SERVERS[:-1]), jaeger)
    _start(shop, SERVERS[-1:], jaeger)
    fill_tables(shop)
    _start(shop, SERVICES[:4], jaeger)
    _start(shop, (*SERVICES[4:], "hotrod") if hotrod else SERVICES[4:], jaeger)


def stop_broker(shop: Shop) -> None:
    """Stop Kafka, in the middle of everything.

    Raises:
        HarnessError: it had to be killed.
    """
    stop(["kafka"], shop.folders.run, _STOP_SECONDS)


def down(shop: Shop) -> None:
    """Stop what runs: callers before the called, and who is told of it last.

    Raises:
        HarnessError: one had to be killed.
    """
    stages = (("hotrod", "front"), SERVICES[:-1], ("rabbitmq",), SERVERS[:-1], _WATCHERS[::-1])
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


def _start(shop: Shop, names: Sequence[str], jaeger: Path | None) -> None:
    folders = shop.folders
    made = partial(_program, shop, jaeger=jaeger)
    for name in start_missing(names, made, folders.run, folders.logs):
        wait_until_up(name, partial(_is_up, shop, name), folders.run, folders.logs, _UP_SECONDS)


def _is_up(shop: Shop, name: str) -> bool:
    if name == "shipping":  # a consumer: it listens to Kafka only
        return "shipping listens" in (shop.folders.logs / "shipping.out").read_text("utf-8")
    if name == "hotrod":
        return all(listens(shop.ports[one]) for one in shop.ports if one.startswith("hotrod-"))
    if name == "jaeger":
        return speaks(f"{shop.url('jaeger-health')}/status")
    return listens(shop.ports[name])


def _program(shop: Shop, name: str, *, jaeger: Path | None) -> Program:
    if name in SERVERS:
        return server(shop, name)
    if name in _WATCHERS:
        return _watcher(shop, name, jaeger)
    receiver = shop.url("jaeger-otlp" if jaeger else "collect")
    environ = plain_environment() | {
        "OTEL_SERVICE_NAME": name,
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "200",  # milliseconds
        **({"PORT": str(shop.ports[name])} if name in shop.ports else {}),
    }
    command, more = _SERVICES[name](shop)
    return Program(command, shop.folders.root, environ | more)


def _watcher(shop: Shop, name: str, jaeger: Path | None) -> Program:
    plain = plain_environment()
    if name == "collect":
        words = ("collect", "--http", shop.host("collect"), "--grpc", "off")
        data = ("--data-dir", str(shop.folders.recorded))
        return Program((sys.executable, "-m", "otelhook", *words, *data), ROOT, plain)
    ports = {
        "HEALTH_PORT": "jaeger-health",
        "QUERY_PORT": "jaeger",
        "QUERY_GRPC_PORT": "jaeger-grpc",
        "OTLP_HTTP_PORT": "jaeger-otlp",
    }
    environ = plain | {key: str(shop.ports[port]) for key, port in ports.items()}
    environ["OTELHOOK"] = shop.url("collect")
    return Program((str(jaeger), f"--config={HERE / 'jaeger.yaml'}"), shop.folders.root, environ)


_Made = tuple[tuple[str, ...], dict[str, str]]
"""A command, and the variables that are its own."""


def _front(shop: Shop) -> _Made:
    folder = programs("front")
    stock = str(
        folder / "node_modules/@opentelemetry/auto-instrumentations-node/build/src/register"
    )
    environ = {
        "CATALOG_GRPC": shop.host("catalog-grpc"),
        "ORDERS_URL": shop.url("orders"),
        "AMQP_URL": f"amqp://guest:guest@{shop.host('rabbitmq')}",
        "OTEL_NODE_RESOURCE_DETECTORS": "env",
    }
    return ("node", "--require", stock, str(folder / "front.js")), environ


def _catalog(shop: Shop) -> _Made:
    environ = {
        "REDIS": shop.host("redis"),
        "GRPC_LISTEN": shop.host("catalog-grpc"),
        "HTTP_LISTEN": shop.host("catalog"),
    }
    return (str(programs("catalog") / "catalog"),), environ


def _java_service(main: str, environ: dict[str, str]) -> _Made:
    folder = programs("orders")
    agent = next((folder / "lib").glob("opentelemetry-javaagent-*.jar"))
    classes = f"{folder / 'classes'}:{folder / 'lib' / '*'}"
    environ["OTEL_RESOURCE_DISABLED_KEYS"] = (
        "process.command_args,process.executable.path,os.description,os.version"
    )
    return java(128, f"-javaagent:{agent}", "-cp", classes, main), environ


def _orders(shop: Shop) -> _Made:
    environ = {
        "DATABASE_URL": f"jdbc:postgresql://{shop.host('postgresql')}/shop",
        "KAFKA": shop.host("kafka"),
        "CATALOG_URL": shop.url("catalog"),
    }
    return _java_service("Orders", environ)


def _shipping(shop: Shop) -> _Made:
    return _java_service(
        "Shipping", {"KAFKA": shop.host("kafka"), "WORKER_URL": shop.url("worker")}
    )


def _worker(shop: Shop) -> _Made:
    folder = programs("worker") / "bin"
    environ = {
        "DATABASE_URL": f"postgresql+psycopg2://shop@{shop.host('postgresql')}/shop",
        "AMQP_URL": f"amqp://guest:guest@{shop.host('rabbitmq')}",
        "MODEL_URL": f"{shop.url('model')}/v1",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    }
    script = str(HERE / "worker" / "worker.py")
    return (str(folder / "opentelemetry-instrument"), str(folder / "python"), script), environ


def _model(_shop: Shop) -> _Made:
    return (str(programs("worker") / "bin" / "python"), str(HERE / "worker" / "model.py")), {}


def _hotrod(shop: Shop) -> _Made:
    words: list[str] = []
    for part in ("customer", "driver", "frontend", "route"):
        words += [f"--{part}-service-hostname", "127.0.0.1"]
        words += [f"--{part}-service-port", str(shop.ports[f"hotrod-{part}"])]
    return (str(programs("hotrod") / "hotrod"), "all", *words), {}


_SERVICES = {
    "model": _model,
    "worker": _worker,
    "catalog": _catalog,
    "shipping": _shipping,
    "orders": _orders,
    "front": _front,
    "hotrod": _hotrod,
}
