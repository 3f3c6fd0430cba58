"""A service that connexion 3 makes of an OpenAPI description, on uvicorn."""

import sys
from pathlib import Path

import connexion

DESCRIBED = """
openapi: "3.0.0"
info: {title: orders, version: "1"}
paths:
  /orders/{number}:
    get:
      operationId: connexion_server.order
      parameters: [{name: number, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: found}}
"""


def order(number):
    return {"id": number}


if __name__ == "__main__":
    sys.modules["connexion_server"] = sys.modules[__name__]
    Path("orders.yaml").write_text(DESCRIBED, encoding="utf-8")
    app = connexion.AsyncApp(__name__, specification_dir=str(Path.cwd()))
    app.add_api("orders.yaml")
    app.run(host="127.0.0.1", port=int(sys.argv[1].rpartition(":")[2]))
