"""Orders by requests with requests-cache, and by aiohttp with its cache."""

import asyncio
import sys

import requests_cache
from aiohttp_client_cache import CacheBackend, CachedSession

address = sys.argv[1]
session = requests_cache.CachedSession(backend="memory")
print(session.post(f"{address}/orders", json={"item": "disk"}).json())
print([session.get(f"{address}/orders/7").from_cache for _ in range(2)])
print(session.delete(f"{address}/orders/7").status_code)


async def main() -> None:
    async with CachedSession(cache=CacheBackend()) as cached:
        for _ in range(2):
            async with cached.get(f"{address}/stream") as response:
                print(await response.text())


asyncio.run(main())
