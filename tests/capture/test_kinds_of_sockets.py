"""Calls over Unix sockets, and websockets that an application makes of a WSGI request's socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.kinds import WRAPPED, Kind, hold, server

UNIX = """
from socketserver import ThreadingMixIn, UnixStreamServer

class Unix(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        return self.socket.accept()[0], ("local", 0)

place = os.path.join(os.getcwd(), "the.sock")
if os.path.exists(place):
    os.unlink(place)
threading.Thread(target=Unix(place, Handler).serve_forever, args=(0.02,), daemon=True).start()
more[:] = ["network.transport", "server.port"]

@atexit.register
def named():
    for span in (one for one in spans if one.kind.name == "CLIENT"):
        assert span.attributes["server.address"] == place, dict(span.attributes)
"""
SOCKETS = """
import base64, hashlib, time
from werkzeug.serving import make_server

def talk(at, *sent, vanish=False):
    # A client as simple as can be: the handshake, frames of text, and the close.
    with socket.create_connection(("127.0.0.1", at), 20) as connection:
        connection.sendall(
            b"GET /ws HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
            b"Sec-WebSocket-Version: 13\\r\\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n\\r\\n")
        file = connection.makefile("rb")
        print(file.readline())
        while file.readline().strip():
            pass
        for text in sent:
            data = text.encode()
            connection.sendall(bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data)
            print(file.read(2 + len(data)))
        if vanish:
            return
        connection.sendall(b"\\x88\\x82\\0\\0\\0\\0\\x03\\xe8")
        # The close that answers, and what the view returned: servers differ in which is first.
        print(b"\\x88\\x02\\x03\\xe8" in file.read())

def serving(application):
    made = make_server("127.0.0.1", 0, application, threaded=True)
    import logging
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    return made.server_port

def ended():
    until = time.monotonic() + 20
    while WITH_US and not spans and time.monotonic() < until:
        threading.Event().wait(0.01)
"""
ACCEPTED = """
def accepted(taken):
    # The handshake's other half, by hand.
    guid = b"AAAAAAAAAAAAAAAAAAAAAA==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    key = base64.b64encode(hashlib.sha1(guid).digest())
    taken.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\n"
                  b"Connection: Upgrade\\r\\nSec-WebSocket-Accept: " + key + b"\\r\\n\\r\\n")
    while (head := taken.recv(2))[:1] == b"\\x81":
        data = taken.recv(4 + (head[1] & 127))[4:]
        taken.sendall(bytes([0x81, len(data)]) + data)
    if head:
        taken.recv(6)
        taken.sendall(b"\\x88\\x02\\x03\\xe8")
"""


def over_unix(program: str, url: str, needs: str = "requests") -> Kind:
    row = ["CLIENT", "program", "UNSET", 200, url, "unix", None]
    return Kind(UNIX + program, [row], needs)


KINDS: dict[str, Kind] = {
    "http.client with a socket of its own, as docker's client": over_unix(
        """
class Local(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(place)

connection = Local("localhost")
connection.request("GET", "/a")
print(connection.getresponse().read())
""",
        "http://localhost/a",
    ),
    "urllib3 with a pool of such connections": over_unix(
        """
import urllib3

class Local(urllib3.connection.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(place)

class Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = Local

print(Pool("localhost").request("GET", "/b").data)
""",
        "http://localhost/b",
    ),
    "requests with an adapter for a socket": over_unix(
        """
import requests, urllib3
from requests.adapters import HTTPAdapter
from urllib.parse import quote, unquote, urlsplit

class Local(urllib3.connection.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(place)

class Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = Local

class Adapter(HTTPAdapter):
    def get_connection_with_tls_context(self, request, *args, **kwargs):
        return Pool("localhost")
    get_connection = get_connection_with_tls_context  # before requests 2.32
    def request_url(self, request, proxies):
        return request.path_url

session = requests.Session()
session.mount("http+unix://", Adapter())
print(session.get(f"http+unix://{quote(place, safe='')}/c").text)
if WITH_US:
    (span,) = spans
    assert span.attributes["url.full"].endswith("the.sock/c"), span.attributes
    span._attributes = {**span.attributes, "url.full": "shown"}
""",
        "shown",
    ),
    "httpx over a socket, by both of its clients": Kind(
        UNIX
        + """
import asyncio, httpx
with httpx.Client(transport=httpx.HTTPTransport(uds=place)) as c:
    print(c.get("http://docker/d").text)

async def asked():
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=place)) as c:
        return (await c.get("http://docker/d")).text

print(asyncio.run(asked()))
""",
        [["CLIENT", "program", "UNSET", 200, "http://docker/d", "unix", None]] * 2,
        "httpx",
    ),
    "aiohttp by a connector for sockets": over_unix(
        """
import asyncio, aiohttp

async def asked():
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(place)) as session:
        async with session.get("http://localhost/e") as response:
            return await response.text()

print(asyncio.run(asked()))
""",
        "http://localhost/e",
        "aiohttp",
    ),
    "bottle's handler says a word after the websocket": Kind(
        WRAPPED
        + SOCKETS
        + """
import bottle, simple_websocket
site = bottle.Bottle()

@site.get("/ws")
def ws():
    one = simple_websocket.Server(bottle.request.environ)
    try:
        while True:
            one.send(one.receive())
    except simple_websocket.ConnectionClosed:
        return "bye"

talk(serving(wrapped(site)), "a", "bcd")
ended()
""",
        [server("/ws", "inner", 101)],
        "simple_websocket",
    ),
    "an application speaks the protocol itself": Kind(
        WRAPPED
        + SOCKETS
        + ACCEPTED
        + """
def site(environ, start):
    accepted(environ["werkzeug.socket"])
    start("204 No Content", [])
    return []

talk(serving(wrapped(site)), "a")
ended()
""",
        [server("/ws", "inner", 101)],
        "werkzeug",
    ),
    "flask's view is left as its client vanishes": Kind(
        WRAPPED
        + SOCKETS
        + """
import flask, simple_websocket
site = flask.Flask("site")

@site.route("/ws", websocket=True)
def ws():
    one = simple_websocket.Server(flask.request.environ)
    while True:
        one.send(one.receive())

site.logger.disabled = True
site.wsgi_app = wrapped(site.wsgi_app)
talk(serving(site), "a", vanish=True)
ended()
""",
        [server("/ws", "inner", 101)],
        "simple_websocket",
    ),
    "a refusal of the handshake is what it is": Kind(
        WRAPPED
        + SOCKETS
        + """
def site(environ, start):
    start("426 Upgrade Required", [("Content-Length", "2")])
    return [b"no"]

at = serving(wrapped(site))
with socket.create_connection(("127.0.0.1", at), 20) as connection:
    connection.sendall(b"GET /ws HTTP/1.1\\r\\nUpgrade: websocket\\r\\n"
                       b"Sec-WebSocket-Key: A\\r\\n\\r\\n")
    print(connection.makefile("rb").readline())
ended()
""",
        [server("/ws", "inner", 426)],
        "werkzeug",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_goes_over_a_socket_is_called_what_it_is(tmp_path: Path, name: str) -> None:
    hold(tmp_path, KINDS[name])


def test_eventlets_websockets_end_normally(tmp_path: Path) -> None:
    program = (
        """
import warnings
warnings.simplefilter("ignore")  # it says at import that it is deprecated
import eventlet
eventlet.monkey_patch()
"""
        + WRAPPED
        + SOCKETS.replace("from werkzeug.serving import make_server", "")
        + """
from eventlet import websocket, wsgi

@websocket.WebSocketWSGI
def echo(ws):
    while (message := ws.wait()) is not None:
        ws.send(message)

listening = eventlet.listen(("127.0.0.1", 0))
eventlet.spawn(wsgi.server, listening, wrapped(echo), log=io.StringIO())
talk(listening.getsockname()[1], "a")
ended()
sys.stdout.flush()
told()
os._exit(0)
"""
    )
    hold(tmp_path, Kind(program, [server("/ws", "inner", 101)], "eventlet"))
