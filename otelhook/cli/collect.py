"""``otelhook collect``: the embedded collector."""

from __future__ import annotations

import argparse
import os
import sys

from otelhook.cli.complaints import show_warnings
from otelhook.cli.composing import redactor_of
from otelhook.cli.options import add_data_dir, loaded
from otelhook.errors import ConfigError

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Receive traces over OTLP and from the spools of local processes, and keep them.

Success is answered once the spans are on the disk. Services send here with
OTEL_EXPORTER_OTLP_ENDPOINT; its page shows traces as they arrive, tools for
Jaeger read it as they read Jaeger, otelhook traces and render read what came.
Listening beyond this machine requires a token, in OTELHOOK_COLLECTOR_TOKEN.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook collect``."""
    parser.description = _DESCRIPTION
    parser.add_argument(
        "--http", metavar="HOST:PORT", help="OTLP over HTTP, and the page (default 127.0.0.1:4318)"
    )
    parser.add_argument(
        "--grpc", metavar="HOST:PORT", help="OTLP over gRPC (default 127.0.0.1:4317); off for none"
    )
    parser.add_argument(
        "--jaeger",
        action="store_true",
        default=None,
        help="take spans of jaeger-client as well: UDP 6831 and HTTP 14268 (collector_jaeger_udp "
        "and collector_jaeger_http name other addresses)",
    )
    parser.add_argument(
        "--notes",
        metavar="FILE",
        help="put the notes in FILE (TOML) on the page's steps, and save those to it that are "
        "written in the page",
    )
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    """Collect until a signal comes."""
    settings = loaded(
        arguments,
        collector_http=arguments.http,
        collector_grpc=arguments.grpc,
        collector_jaeger=arguments.jaeger,
        collector_notes=arguments.notes,
    ).settings
    try:
        from otelhook.collector.access import Access
        from otelhook.collector.pages.note_file import NoteFile
        from otelhook.collector.receivers.receiving import ReceiverLimits
        from otelhook.collector.server import (
            Address,
            LegacyAddresses,
            Listening,
            Plan,
            serve,
        )
    except ImportError as error:
        message = f"collect needs {error.name}: pip install prometheus_client starlette uvicorn"
        raise ConfigError(message) from None

    show_warnings()
    plan = Plan(
        data_dir=settings.data_dir,
        http=Address(*settings.collector_http),
        grpc=Address(*settings.collector_grpc) if settings.collector_grpc else None,
        access=Access(
            os.environ.get("OTELHOOK_COLLECTOR_TOKEN", ""),
            settings.collector_hosts,
            settings.collector_origins,
        ),
        limits=ReceiverLimits(settings.collector_request, settings.collector_memory),
        idle=settings.collector_idle,
        keep_seconds=settings.keep_seconds,
        keep_bytes=settings.keep_bytes,
        jaeger=LegacyAddresses(
            Address(*settings.collector_jaeger_udp), Address(*settings.collector_jaeger_http)
        )
        if settings.collector_jaeger
        else None,
        redactor=redactor_of(settings),
        notes=NoteFile(settings.collector_notes) if settings.collector_notes else None,
    )

    def started(listening: Listening) -> None:
        print(f"the page:       http://{listening.http}/")
        print(f"OTLP over HTTP: http://{listening.http}")
        if listening.grpc is not None:
            print(f"OTLP over gRPC: http://{listening.grpc}")
        if listening.jaeger is not None:
            print(f"jaeger-client:  UDP {listening.jaeger.udp}, http://{listening.jaeger.http}")
        print(f"the store:      {settings.data_dir}")
        sys.stdout.flush()

    serve(plan, started)
    return 0
