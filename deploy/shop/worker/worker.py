"""Writes notes for parcels with a model's help, and keeps receipts that come over RabbitMQ.

Nothing here knows of tracing: it is started under ``opentelemetry-instrument``.
"""

from __future__ import annotations

import json
import os
import threading

import pika
import uvicorn
from fastapi import FastAPI
from openai import OpenAI
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties
from pydantic import BaseModel
from sqlalchemy import create_engine, text

engine = create_engine(os.environ["DATABASE_URL"])
model = OpenAI(base_url=os.environ["MODEL_URL"], api_key="none", max_retries=0)
app = FastAPI()


class Order(BaseModel):
    """A booked order."""

    id: int
    article: str
    cents: int


@app.post("/notes", status_code=201)
def write_note(order: Order) -> dict[str, str]:
    """Have the model write a note, and keep it."""
    wish = f"One friendly sentence for a parcel with a {order.article}."
    answer = model.chat.completions.create(
        model="model-a", messages=[{"role": "user", "content": wish}]
    )
    note = answer.choices[0].message.content
    statement = text("INSERT INTO notes (order_id, note) VALUES (:order, :note)")
    with engine.begin() as connection:
        connection.execute(statement, {"order": order.id, "note": note})
    return {"note": note}


def keep_receipt(
    channel: BlockingChannel, method: Basic.Deliver, _properties: BasicProperties, body: bytes
) -> None:
    """Keep the receipt that a message brings."""
    statement = text("INSERT INTO receipts (order_id) VALUES (:order)")
    with engine.begin() as connection:
        connection.execute(statement, {"order": json.loads(body)["id"]})
    channel.basic_ack(method.delivery_tag)


def receive() -> None:
    """Take receipts as long as the process lives."""
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.queue_declare("receipts")
    channel.basic_consume("receipts", keep_receipt)
    channel.start_consuming()


if __name__ == "__main__":
    with engine.connect():  # the driver's questions about the server belong to no order
        pass
    threading.Thread(target=receive, daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
