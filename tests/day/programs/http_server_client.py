"""urllib against python -m http.server."""

import sys
import urllib.error
import urllib.request

address = sys.argv[1]
assert urllib.request.urlopen(f"{address}/hello.txt", timeout=10).read() == b"hello\n"
try:
    urllib.request.urlopen(f"{address}/nowhere", timeout=10)
except urllib.error.HTTPError as error:
    assert error.code == 404
