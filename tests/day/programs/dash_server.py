"""A page of Dash's, which asks Elasticsearch's client for what it shows."""

import sys

from dash import Dash, Input, Output, dcc, html
from elasticsearch import Elasticsearch

address = sys.argv[1]
host, _, port = address.partition(":")
app = Dash("page")
app.layout = html.Div([dcc.Input(id="word"), html.Div(id="found")])


@app.server.route("/orders/_search", methods=["POST"])
def search():
    hits = {"total": {"value": 1}, "hits": [{"_source": {"item": "disk"}}]}
    return {"hits": hits}, 200, {"X-Elastic-Product": "Elasticsearch"}


@app.callback(Output("found", "children"), Input("word", "value"))
def found(word):
    with Elasticsearch(f"http://{address}", basic_auth=("ada", "hunter2")) as client:
        answer = client.search(index="orders", query={"match": {"item": word or ""}})
    return answer["hits"]["hits"][0]["_source"]["item"]


app.run(host=host, port=int(port), debug=False)
