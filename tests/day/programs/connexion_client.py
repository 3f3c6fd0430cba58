"""httpx against connexion."""

import sys

import httpx

address = sys.argv[1]
assert httpx.get(f"{address}/openapi.json").json()["info"]["title"] == "orders"
assert httpx.get(f"{address}/orders/7").json() == {"id": 7}
assert httpx.get(f"{address}/orders/x").status_code in (400, 404)
