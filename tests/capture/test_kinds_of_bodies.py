"""Bodies that are read in unusual ways, or are text under a media type that does not say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otelhook.redaction import MARKER
from tests.capture.kinds import WRAPPED, Kind, client, hold, server

CHUNKED = """
more.append("http.response.body.content")

def answered(self):
    self.send_response(200)
    self.send_header("Transfer-Encoding", "chunked")
    self.end_headers()
    for piece in (b"abcdefgh", b"ijklmnop", b"qrstuvwx"):
        self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(piece), piece))
    self.wfile.write(b"0\\r\\n\\r\\n")

Handler.do_GET = answered
"""

RECEIVED = """
more.append("http.request.body.content")

class Input(io.BytesIO):
    pass

def given(application, data, **environ):
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/p",
               "wsgi.input": io.BufferedReader(Input(data)),
               "CONTENT_LENGTH": str(len(data)), "CONTENT_TYPE": "text/plain", **environ}
    return b"".join(application(environ, lambda *_: None))
"""

SENT = """
import requests
more[:] = ["http.request.body.content"]
"""


def sent(media: str, content: str, shown: str, call: str = "") -> Kind:
    """Return a program that posts a body of a media type, and what is recorded of it."""
    program = SENT + (
        call or f"requests.post(address + '/x', data=BODY, headers={{'Content-Type': {media!r}}})"
    ).replace("BODY", content)
    return Kind(program, [client("/x", 200, "program", shown)])


SECRET = '{"name":"ada","password":"hunter2-SECRET"}'
HIDDEN = SECRET.replace("hunter2-SECRET", MARKER)

KINDS: dict[str, Kind] = {
    "http.client reads chunks into an array of numbers": Kind(
        CHUNKED
        + """
from array import array
connection = http.client.HTTPConnection("127.0.0.1", port)
connection.request("GET", "/a")
response, found = connection.getresponse(), b""
words = array("H", [0] * 4)
while count := response.readinto(words):
    found += words.tobytes()[:count]
print(found)
more[:] = []
if WITH_US:
    (late,) = [s for s in spans if s.kind.name == "INTERNAL"]
    assert late.attributes["http.response.body.content"] == "abcdefghijklmnopqrstuvwx"
""",
        [client("/a")],
    ),
    "urllib's answer is read by a buffered reader into a view": Kind(
        CHUNKED
        + """
response = urllib.request.urlopen(address + "/b")
reader = io.BufferedReader(response, 4)
into = memoryview(bytearray(24)).cast("I")
count = reader.readinto(into)
print(count, bytes(into.cast("B")[:count]))
reader.close()
more[:] = []
if WITH_US:
    (late,) = [s for s in spans if s.kind.name == "INTERNAL"]
    assert late.attributes["http.response.body.content"] == "abcdefghijklmnopqrstuvwx"
""",
        [client("/b")],
    ),
    "urllib3 streams into a mapped file": Kind(
        CHUNKED
        + """
import mmap, urllib3
response = urllib3.PoolManager().request("GET", address + "/c", preload_content=False)
place = mmap.mmap(-1, 4096)
count = 0
while got := response.readinto(memoryview(place)[count:count + 5]):
    count += got
print(place[:count])
response.release_conn()
more[:] = []
if WITH_US:
    (late,) = [s for s in spans if s.kind.name == "INTERNAL"]
    assert late.attributes["http.response.body.content"] == "abcdefghijklmnopqrstuvwx"
""",
        [client("/c")],
    ),
    "an application reads its input into numbers": Kind(
        WRAPPED
        + RECEIVED
        + """
from array import array

def app(environ, start):
    numbers = array("I", [0] * 2)
    found = b""
    while count := environ["wsgi.input"].readinto(numbers):
        found += numbers.tobytes()[:count]
    start("200 OK", [])
    return [found]

print(given(wrapped(app), b"one line that is read by numbers"))
""",
        [server("/p", "inner", 200, "one line that is read by numbers")],
    ),
    "an application reads its input into a structure": Kind(
        WRAPPED
        + RECEIVED
        + """
import ctypes

class Head(ctypes.Structure):
    _fields_ = [("words", ctypes.c_uint16 * 6)]

def app(environ, start):
    head = Head()
    count = environ["wsgi.input"].readinto1(head)
    start("200 OK", [])
    return [bytes(head)[:count], environ["wsgi.input"].read()]

print(given(wrapped(app), b"twelve bytes and the rest"))
""",
        [server("/p", "inner", 200, "twelve bytes and the rest")],
    ),
    "an answer is written as numbers": Kind(
        WRAPPED
        + """
from array import array
more.append("http.response.body.content")

def app(environ, start):
    write = start("200 OK", [("Content-Type", "text/plain")])
    write(memoryview(array("H", b"abcdefgh")))
    return [memoryview(b"ijkl")]

def asked(application):
    found = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/w", "wsgi.input": io.BytesIO()}
    made = application(environ, lambda *_: lambda chunk: found.append(bytes(chunk)))
    found += [bytes(chunk) for chunk in made]
    getattr(made, "close", lambda: None)()
    return b"".join(found)

print(asked(wrapped(app)))
""",
        [server("/w", "inner", 200, "abcdefghijkl")],
    ),
    "JSON as a browser reports violations": sent("application/csp-report", repr(SECRET), HIDDEN),
    "JSON of S3's default type": sent("binary/octet-stream", repr(SECRET), HIDDEN),
    "JSON of a vendor without a suffix": sent(
        "application/vnd.docker.distribution.manifest.v1.prettyjws", repr(SECRET), HIDDEN
    ),
    "JSON with a charset of two bytes": sent(
        "application/json; charset=utf-16", f"{SECRET!r}.encode('utf-16')", HIDDEN
    ),
    "JSON of two bytes that does not say so": sent(
        "application/json", f"{SECRET!r}.encode('utf-16-le')", HIDDEN
    ),
    "JSON behind a mark of its order": sent(
        "application/x-amz-json-1.1", f"b'\\xef\\xbb\\xbf' + {SECRET!r}.encode()", HIDDEN
    ),
    "JSON behind what keeps scripts from it": sent(
        "application/x-google-protojson", repr(")]}',\n" + SECRET), ")]}',\n" + HIDDEN
    ),
    "records that begin with a separator": sent(
        "application/geo+json-seq",
        repr(f"\x1e{SECRET}\n\x1e{SECRET}\n"),
        f"\x1e{HIDDEN}\n\x1e{HIDDEN}\n",
    ),
    "lines of JSON for a bulk": sent(
        "application/vnd.elasticsearch+x-ndjson;compatible-with=8",
        repr('{"index":{}}\n' + SECRET + "\n"),
        '{"index":{}}\n' + HIDDEN + "\n",
    ),
    "JSON as an answer of httpx, compressed": Kind(
        """
import gzip, httpx
more[:] = ["http.response.body.content"]
BODY = gzip.compress(b'{"name":"ada","password":"hunter2-SECRET"}')

def answered(self):
    self.send_response(200)
    self.send_header("Content-Type", "application/vnd.acme.order")
    self.send_header("Content-Encoding", "gzip")
    self.send_header("Content-Length", str(len(BODY)))
    self.end_headers()
    self.wfile.write(BODY)

Handler.do_GET = answered
print(httpx.get(address + "/x").text)
""",
        [client("/x", 200, "program", HIDDEN)],
        "httpx",
    ),
    "text in a vendor's type is text": sent(
        "application/x-acme-log", repr("one line\nand ümläute\n"), "one line\nand ümläute\n"
    ),
}


def test_what_is_hidden_is_json() -> None:
    assert json.loads(HIDDEN)["name"] == "ada"


@pytest.mark.parametrize("name", KINDS)
def test_a_body_is_recorded_as_what_it_is_however_it_is_read(tmp_path: Path, name: str) -> None:
    hold(tmp_path, KINDS[name])
