"""The programs of a new user's day: what they need, what serves, and what calls."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROGRAMS", "Program"]


@dataclass(frozen=True)
class Program:
    """A server and a client, as their own documentation starts them.

    ``{bin}`` is the folder of the environment's programs, ``{here}`` that of our own files,
    ``{port}`` and ``{address}`` where the server listens.
    """

    name: str
    packages: tuple[str, ...]
    server: str
    service: str
    before: str = ""
    """A command that has to be run once before the server."""
    is_short: bool = True
    """Whether the short form of the suite has it."""


PROGRAMS: tuple[Program, ...] = (
    Program("http_server", (), "{bin}/python -m http.server {port} --bind 127.0.0.1", "files"),
    Program(
        "fastapi",
        ("fastapi", "uvicorn", "httpx", "aiohttp"),
        "{bin}/python {here}/fastapi_server.py 127.0.0.1:{port}",
        "shop",
    ),
    Program(
        "httpbin",
        ("httpbin", "requests", "httpx"),
        "{bin}/python -m httpbin.core --port {port} --host 127.0.0.1",
        "bin",
    ),
    Program(
        "drf",
        ("django", "djangorestframework", "requests"),
        "{bin}/python {here}/drf_server.py 127.0.0.1:{port}",
        "orders",
    ),
    Program(
        "openai",
        ("openai", "falcon", "uvicorn"),
        "{bin}/python {here}/openai_server.py 127.0.0.1:{port}",
        "models",
    ),
    Program(
        "wsgidav",
        ("wsgidav", "cheroot", "httpxyz"),
        "{bin}/wsgidav --host 127.0.0.1 --port {port} --root . --auth anonymous",
        "files",
    ),
    Program(
        "restx",
        ("flask-restx", "requests"),
        "{bin}/python {here}/restx_server.py 127.0.0.1:{port}",
        "orders",
        is_short=False,
    ),
    Program(
        "connexion",
        ("connexion[flask,uvicorn]", "httpx"),
        "{bin}/python {here}/connexion_server.py 127.0.0.1:{port}",
        "orders",
        is_short=False,
    ),
    Program(
        "sanic",
        ("sanic", "uvicorn", "requests-cache", "aiohttp-client-cache"),
        "{bin}/python {here}/sanic_server.py 127.0.0.1:{port}",
        "orders",
        is_short=False,
    ),
    Program(
        "blacksheep",
        ("blacksheep", "uvicorn", "httpx", "httpx-sse"),
        "{bin}/python {here}/blacksheep_server.py 127.0.0.1:{port}",
        "orders",
        is_short=False,
    ),
    Program(
        "dash",
        ("dash", "elasticsearch", "requests-toolbelt"),
        "{bin}/python {here}/dash_server.py 127.0.0.1:{port}",
        "page",
        is_short=False,
    ),
    Program(
        "radicale",
        ("radicale", "caldav"),
        "{bin}/python -m radicale --hosts 127.0.0.1:{port} --auth-type none"
        " --storage-filesystem-folder calendars",
        "calendar",
        is_short=False,
    ),
    Program(
        "moto",
        ("moto[server,s3,dynamodb,sts]", "boto3"),
        "{bin}/moto_server -H 127.0.0.1 -p {port}",
        "aws",
        is_short=False,
    ),
    Program(
        "mlflow",
        ("mlflow",),
        "{bin}/mlflow server --host 127.0.0.1 --port {port} --workers 1"
        " --backend-store-uri sqlite:///runs.sqlite",
        "tracking",
        is_short=False,
    ),
    Program(
        "devpi",
        ("devpi-server", "devpi-client"),
        "{bin}/devpi-server --serverdir data --host 127.0.0.1 --port {port} --offline-mode",
        "index",
        before="{bin}/devpi-init --serverdir data --no-root-pypi",
        is_short=False,
    ),
)
