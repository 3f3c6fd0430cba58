"""The shop's services and HotROD, each with no more than its language's stock instrumentation."""

from __future__ import annotations

from deploy.harness import peers
from deploy.harness.java import java
from deploy.harness.processes import Program, plain_environment
from deploy.shop.install import programs
from deploy.shop.places import HERE, Shop
from deploy.shop.watchers import told

__all__ = ["SERVICES", "hotrod", "service"]

SERVICES = ("model", "worker", "catalog", "shipping", "orders", "front")
"""In the order that they are called in, the called first; Kafka's consumer before its producer."""

_Made = tuple[tuple[str, ...], dict[str, str]]
"""A command, and the variables that are its own."""


def service(shop: Shop, name: str) -> Program:
    """Return a service's program."""
    command, own = _MADE[name](shop)
    if name in shop.ports:
        own["PORT"] = str(shop.ports[name])
    return Program(command, shop.folders.root, _standard(shop) | {"OTEL_SERVICE_NAME": name} | own)


def hotrod(shop: Shop) -> Program:
    """Return HotROD's program: it names its six services itself."""
    words: list[str] = []
    for part in ("customer", "driver", "frontend", "route"):
        words += [f"--{part}-service-hostname", "127.0.0.1"]
        words += [f"--{part}-service-port", str(shop.ports[f"hotrod-{part}"])]
    command = (str(peers.built("hotrod")), "all", *words)
    return Program(command, shop.folders.root, _standard(shop))


def _standard(shop: Shop) -> dict[str, str]:
    """Return an environment with the variables of OpenTelemetry's that every language reads."""
    return plain_environment() | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": told(shop),
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "200",  # milliseconds
    }


def _front(shop: Shop) -> _Made:
    folder = programs("front")
    stock = "node_modules/@opentelemetry/auto-instrumentations-node/build/src/register"
    environ = {
        "CATALOG_GRPC": shop.host("catalog-grpc"),
        "ORDERS_URL": shop.url("orders"),
        "AMQP_URL": f"amqp://guest:guest@{shop.host('rabbitmq')}",
        "OTEL_NODE_RESOURCE_DETECTORS": "env",  # others tell this machine's folders
    }
    return ("node", "--require", str(folder / stock), str(folder / "front.js")), environ


def _catalog(shop: Shop) -> _Made:
    environ = {
        "REDIS": shop.host("redis"),
        "GRPC_LISTEN": shop.host("catalog-grpc"),
        "HTTP_LISTEN": shop.host("catalog"),
    }
    return (str(programs("catalog") / "catalog"),), environ


def _orders(shop: Shop) -> _Made:
    environ = {
        "DATABASE_URL": f"jdbc:postgresql://{shop.host('postgresql')}/shop",
        "KAFKA": shop.host("kafka"),
        "CATALOG_URL": shop.url("catalog"),
    }
    return _java_service("Orders", environ)


def _shipping(shop: Shop) -> _Made:
    environ = {"KAFKA": shop.host("kafka"), "WORKER_URL": shop.url("worker")}
    return _java_service("Shipping", environ)


def _java_service(main: str, environ: dict[str, str]) -> _Made:
    folder = programs("orders")
    agent = next((folder / "lib").glob("opentelemetry-javaagent-*.jar"))
    classes = f"{folder / 'classes'}:{folder / 'lib' / '*'}"
    told_of_machine = ("process.command_args", "process.executable.path", "os.description")
    environ["OTEL_RESOURCE_DISABLED_KEYS"] = ",".join((*told_of_machine, "os.version"))
    return java(128, f"-javaagent:{agent}", "-cp", classes, main), environ


def _worker(shop: Shop) -> _Made:
    folder = programs("worker") / "bin"
    environ = {
        "DATABASE_URL": f"postgresql+psycopg2://shop@{shop.host('postgresql')}/shop",
        "AMQP_URL": f"amqp://guest:guest@{shop.host('rabbitmq')}",
        "MODEL_URL": f"{shop.url('model')}/v1",
        # Prompts and completions in the span, as the instrumentation's documentation says.
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    }
    script = str(HERE / "worker" / "worker.py")
    return (str(folder / "opentelemetry-instrument"), str(folder / "python"), script), environ


def _model(_shop: Shop) -> _Made:
    return (str(programs("worker") / "bin" / "python"), str(HERE / "worker" / "model.py")), {}


_MADE = {
    "model": _model,
    "worker": _worker,
    "catalog": _catalog,
    "shipping": _shipping,
    "orders": _orders,
    "front": _front,
}
