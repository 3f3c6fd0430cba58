"""A shop on FastAPI that asks a stock, which is the same program, with httpx."""

import sys

import httpx
import uvicorn
from fastapi import FastAPI

app = FastAPI()
address = sys.argv[1]


@app.post("/orders", status_code=201)
async def create(order: dict[str, str]) -> dict[str, object]:
    async with httpx.AsyncClient() as client:
        found = await client.get(f"http://{address}/stock/{order['item']}")
    return {"id": 1, "stock": found.json()}


@app.get("/stock/{item}")
async def stock(item: str) -> dict[str, object]:
    return {"item": item, "count": 42}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(address.rpartition(":")[2]), log_level="error")
