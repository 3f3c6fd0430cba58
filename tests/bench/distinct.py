"""Requests none of which is like another: what is remembered of the last one helps with none.

Equal bodies and the same headers again and again are the kindest of loads: what was found of a
text, or of a set of names, is found again. Here each request has a body, an answer, ids and one
header's name of its own.
"""

from __future__ import annotations

import io
import json
import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

__all__ = ["application", "caller"]

_SEED = 20_261_130
_WORDS = (
    *("image", "server", "network", "volume", "flavor", "subnet", "router", "snapshot"),
    *("keypair", "quota", "zone", "host"),
)


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _body(chance: random.Random) -> bytes:
    """Return about 1.5 KB of JSON such as a cloud's API sends: ids, names, numbers, links."""
    items = [
        {
            "id": _uuid(chance),
            "name": f"{chance.choice(_WORDS)}-{chance.randrange(10**6)}",
            "created_at": f"2026-11-30T{chance.randrange(24):02d}:{chance.randrange(60):02d}:00Z",
            "size": chance.getrandbits(40),
            "checksum": f"{chance.getrandbits(128):032x}",
            "links": [{"rel": "self", "href": f"http://10.0.0.5:9292/v2/images/{_uuid(chance)}"}],
            "tags": chance.sample(_WORDS, 3),
            "min_ram": chance.choice([None, 512, 1024]),
            "protected": chance.random() < 0.5,
        }
        for _ in range(4)
    ]
    return json.dumps({"images": items, "next": f"/v2/images?marker={_uuid(chance)}"}).encode()


_ANSWERS = random.Random(_SEED)


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer with a body and ids of the answer's own."""
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    body = _body(_ANSWERS)
    lines: Sequence[tuple[str, str]] = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Request-Id", f"req-{_uuid(_ANSWERS)}"),
        ("ETag", f'"{_ANSWERS.getrandbits(128):032x}"'),
        ("Set-Cookie", f"session={_ANSWERS.getrandbits(192):048x}; Path=/; HttpOnly"),
    ]
    start_response("200 OK", lines)
    return [body]


def caller(app: Callable[..., Any]) -> Callable[[], object]:
    """Make a request as a server does, with a path, a query, headers and a body of its own."""
    numbers, chance = count(), random.Random(_SEED + 1)

    def start_response(_status: str, _headers: object, _exc_info: object = None) -> object:
        return lambda _data: None

    def call() -> None:
        number, body = next(numbers), _body(chance)
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/v2/images/{_uuid(chance)}/members",
            "QUERY_STRING": f"limit={chance.randrange(1000)}&marker={_uuid(chance)}",
            "SERVER_NAME": "10.0.0.5",
            "SERVER_PORT": "9292",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": f"10.0.{chance.randrange(256)}.{chance.randrange(256)}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "10.0.0.5:9292",
            "HTTP_USER_AGENT": f"python-requests/2.34 run/{chance.randrange(10**6)}",
            "HTTP_ACCEPT": "*/*",
            "HTTP_ACCEPT_ENCODING": "gzip, deflate",
            "HTTP_CONNECTION": "keep-alive",
            "HTTP_X_AUTH_TOKEN": f"gAAAAAB{chance.getrandbits(300):x}",
            "HTTP_X_OPENSTACK_REQUEST_ID": f"req-{_uuid(chance)}",
            f"HTTP_X_RUN_{number}": _uuid(chance),
            "HTTP_TRACEPARENT": f"00-{chance.getrandbits(128):032x}-00f067aa0ba902b7-01",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        result = app(environ, start_response)
        for _ in result:
            pass
        close = getattr(result, "close", None)
        if close is not None:
            close()

    return call
