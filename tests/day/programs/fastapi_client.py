"""httpx and aiohttp against a shop on FastAPI."""

import asyncio
import sys

import aiohttp
import httpx

address = sys.argv[1]
assert httpx.post(f"{address}/orders", json={"item": "disk", "password": "hush"}).status_code == 201


async def main() -> None:
    order = {"item": "tape"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{address}/orders", json=order) as response,
    ):
        assert (await response.json())["stock"]["item"] == "tape"


asyncio.run(main())
