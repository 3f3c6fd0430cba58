"""requests against a service of Django REST framework."""

import sys

import requests

address = sys.argv[1]
assert requests.post(f"{address}/orders/", json={"item": "disk", "count": 2}, timeout=10).ok
refused = requests.post(f"{address}/orders/", json={"item": "disk", "count": 0}, timeout=10)
assert refused.status_code == 400
assert requests.get(f"{address}/orders/", timeout=10).json() == [{"id": 1}]
assert requests.get(f"{address}/orders/7/", timeout=10).json() == {"id": 7}
