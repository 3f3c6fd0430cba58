"""requests against Flask-RESTX: its description first, then what that describes."""

import sys

import requests

address = sys.argv[1]
described = requests.get(f"{address}/swagger.json", timeout=10).json()
assert "/orders/{number}" in described["paths"]
assert requests.get(f"{address}/orders/7", timeout=10).json() == {"id": 7}
assert requests.delete(f"{address}/orders/7", timeout=10).status_code == 204
