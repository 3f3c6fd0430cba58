"""httpxyz, also by the name of httpx that it takes, against wsgidav, which cheroot serves."""

import sys
from importlib import import_module

import httpxyz

httpx = import_module("httpx")  # which is httpxyz by then
address = sys.argv[1]
assert httpx is httpxyz
assert httpxyz.put(f"{address}/note.txt", content=b"hello").status_code == 201
assert httpx.get(f"{address}/note.txt").text == "hello"
assert httpx.Client().request("PROPFIND", f"{address}/note.txt").status_code == 207
