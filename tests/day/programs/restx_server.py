"""A service of Flask-RESTX, with its OpenAPI description, on werkzeug's server."""

import sys

from flask import Flask
from flask_restx import Api, Resource

app = Flask(__name__)
api = Api(app, title="orders")


@api.route("/orders/<int:number>")
class Order(Resource):
    def get(self, number):
        return {"id": number}

    def delete(self, number):
        return "", 204


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1].rpartition(":")[2]))
