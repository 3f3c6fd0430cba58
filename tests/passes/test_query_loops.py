"""Queries over and over are one loop, and its title says how they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from otelhook.model import AttributeValue, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.render import FORMATS, render
from otelhook.sequence import compose
from tests.work import lines_run

TABLE: dict[str, AttributeValue] = {
    "db.system": "postgresql",
    "server.address": "db",
    "db.name": "shop",
}
MS = 1_000_000


def calls(*said: Mapping[str, AttributeValue], service: str = "shop") -> list[Span]:
    """Record one request, and within it these calls one after the other."""
    root = SpanId("f" * 16)

    def span(number: int, kind: SpanKind, attributes: Any, name: str) -> Span:
        last = len(said) + 1 if kind is SpanKind.SERVER else number
        return Span(
            TraceId("1" * 32),
            root if kind is SpanKind.SERVER else SpanId(f"{number:016x}"),
            None if kind is SpanKind.SERVER else root,
            name,
            kind,
            number * 2 * MS,
            last * 2 * MS + MS,
            attributes,
            Resource({"service.name": service, "host.name": "h"}),
        )

    served = {"http.request.method": "GET", "url.path": "/", "http.response.status_code": 200}
    spans = [span(0, SpanKind.SERVER, served, "GET")]
    spans += [span(n, SpanKind.CLIENT, attributes, "x") for n, attributes in enumerate(said, 1)]
    return spans


def titles(*said: Mapping[str, AttributeValue]) -> list[str]:
    return [group.title for group in compose(calls(*said)).groups]


def queries(statements: Sequence[str]) -> list[str]:
    return titles(*(TABLE | {"db.query.text": text} for text in statements))


@pytest.mark.parametrize(
    ("statements", "title"),
    [
        ([f"SELECT * FROM items WHERE id = {n}" for n in range(1, 13)], "12 times, id 1 to 12"),
        ([f"select a from b where b.id={n}" for n in (3, 1, 2)], "3 times, id 1 to 3"),
        ([f'SELECT 1 FROM a WHERE "id" = {n}' for n in (7, 9)], "2 times, 2 values of id"),
        ([f"SELECT 1 FROM a WHERE id IN ({n})" for n in (7, 9)], "2 times, 2 values of id"),
        ([f"SELECT 1 FROM a WHERE n LIKE 'x{n}%'" for n in "abc"], "3 times, 3 values of n"),
        ([f"SELECT 1 FROM a WHERE n = 'it''s {n}'" for n in "ab"], "2 times, 2 values of n"),
        ([f"SELECT 1 FROM a LIMIT 5 OFFSET {n}" for n in (0, 5)], "2 times, 2 values of OFFSET"),
        ([f"INSERT INTO a VALUES ({n}, 'x')" for n in (1, 2)], "2 times, 2 values"),
        (
            [f"UPDATE a SET b = '{n % 2}' WHERE id = {n}" for n in range(4)],
            "4 times, 2 values of b, id 0 to 3",
        ),
        (
            [f"DELETE FROM a WHERE b={n} AND c={n + 5} AND d={n * 3}" for n in (0, 1)],
            "2 times, b 0 to 1, c 5 to 6, and 1 more",
        ),
        ([f"GET cart:{n}" for n in range(4)], "4 times, cart 0 to 3"),
        (
            [f"GET f47ac10b-58cc-4372-a567-0e02b2c3d{n}" for n in (100, 200)],
            "2 times, 2 values",
        ),
        ([f'{{"find":"a","filter":{{"_id":{n}}}}}' for n in (1, 2, 3)], "3 times, _id 1 to 3"),
        (["SELECT 1 FROM a WHERE id = 1"] * 3, "3 times"),
        (
            [f"SELECT 1 FROM a /*traceparent='00-{n:032x}-{n:016x}-01'*/" for n in (1, 2)],
            "2 times",
        ),
        ([f"k = {n}" for n in (7, 9)], "2 times, 2 values of k"),
        ([f'{{"find": "items", "limit": {n}}}' for n in (7, 9)], "2 times, 2 values of limit"),
        (
            [f'{{"find": "items", "filter": {{"kind": "{one}"}}}}' for one in ("red", "blue")],
            "2 times, 2 values of kind",
        ),
    ],
)
def test_queries_that_differ_in_their_values_are_a_loop(
    statements: Sequence[str], title: str
) -> None:
    assert queries(statements) == [title]


@pytest.mark.parametrize(
    "statements",
    [
        ["SELECT a FROM b WHERE id = 1", "SELECT a FROM c WHERE id = 1"],
        ["SELECT a FROM b WHERE id = 1", "SELECT a FROM b WHERE no = 1"],
        ["SELECT a FROM b WHERE id IN (1)", "SELECT a FROM b WHERE id IN (1, 2)"],
        ["SELECT a FROM shard1", "SELECT a FROM shard2"],
        ['{"find":"a","filter":{"_id":1}}', '{"find":"b","filter":{"_id":1}}'],
        ["SELECT a FROM b WHERE id = 1", "DELETE FROM b WHERE id = 1"],
        [f"SELECT a FROM b WHERE id = 1{' ' * 5000}AND c = {n}" for n in (1, 2)],
    ],
)
def test_queries_that_ask_something_else_are_none(statements: Sequence[str]) -> None:
    assert queries(statements) == []


@pytest.mark.parametrize(
    ("statement", "key", "value", "title"),
    [
        ("SELECT * FROM a WHERE id = $1", "db.query.parameter.0", "{}", "3 times, id 1 to 3"),
        ("SELECT * FROM a WHERE id = ?", "db.query.parameter.0", "{}", "3 times, id 1 to 3"),
        ("SELECT * FROM a WHERE id = :id", "db.query.parameter.id", "{}", "3 times, id 1 to 3"),
        ("SELECT * FROM a WHERE id = %s", "db.statement.parameters", "({},)", "3 values of id"),
        ("SELECT * FROM a", "db.sql.parameters", "[{}]", "3 times, 3 values"),
    ],
)
def test_queries_that_differ_in_their_parameters_are_a_loop(
    statement: str, key: str, value: str, title: str
) -> None:
    said = [TABLE | {"db.query.text": statement, key: value.format(n)} for n in (1, 2, 3)]
    assert [found.endswith(title) for found in titles(*said)] == [True]


def test_how_many_rows_each_returned_is_said() -> None:
    said = [
        TABLE | {"db.query.text": f"SELECT * FROM a WHERE id = {n}", "db.response.returned_rows": n}
        for n in (0, 1, 7)
    ]
    assert titles(*said) == ["3 times, 3 values of id, 0 to 7 rows"]


def test_a_query_that_failed_ends_the_loop() -> None:
    said: list[dict[str, AttributeValue]] = [
        TABLE | {"db.query.text": f"SELECT * FROM a WHERE id = {n}"} for n in range(5)
    ]
    said[4] |= {"error.type": "UniqueViolation"}
    assert titles(*said) == ["4 times, id 0 to 3"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"rpc.system": "grpc", "rpc.method": "A"}, {"rpc.system": "grpc", "rpc.method": "B"}),
        (
            {"rpc.system": "grpc", "rpc.method": "A", "rpc.grpc.status_code": 0},
            {"rpc.system": "grpc", "rpc.method": "A", "rpc.grpc.status_code": 5},
        ),
        (TABLE | {"db.operation": "GET"}, TABLE | {"db.operation": "SET"}),
        (
            {"gen_ai.operation.name": "chat", "gen_ai.request.model": "a", "gen_ai.system": "x"},
            {"gen_ai.operation.name": "chat", "gen_ai.request.model": "b", "gen_ai.system": "x"},
        ),
        (
            {"rpc.system": "grpc", "rpc.method": "A", "error": "no such sofa"},
            {"rpc.system": "grpc", "rpc.method": "A", "error": "none left"},
        ),
    ],
)
def test_calls_of_other_operations_or_with_other_outcomes_are_no_loop(
    one: Mapping[str, AttributeValue], other: Mapping[str, AttributeValue]
) -> None:
    assert titles(one, other) == []
    assert titles(one, one) == ["2 times"]
    assert titles(other, other) == ["2 times"]


def test_a_value_that_is_hidden_stays_hidden_in_the_title() -> None:
    statements = [f"SELECT 1 FROM u WHERE password = 'Hunter{n}-x9Q7'" for n in (1, 2, 3)]
    assert queries(statements) == ["3 times"]


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"png", "har", "curl", "json-v1"}))
def test_every_diagram_says_how_they_differ(name: str) -> None:
    said = [TABLE | {"db.query.text": f"SELECT * FROM a WHERE id = {n}"} for n in range(1, 13)]
    rendered = render(compose(calls(*said)), name)
    text = rendered if isinstance(rendered, str) else rendered.decode()
    assert "12 times, id 1 to 12" in text.replace("<U+002C>", ",")  # PlantUML's spelling


def test_the_full_log_of_a_page_says_in_what_its_repetitions_differ() -> None:
    said = [TABLE | {"db.query.text": f"SELECT * FROM a WHERE id = {n}"} for n in range(1, 13)]
    page = render(compose(calls(*said)), "markdown")
    assert "12 times in all, and only `id 1 to 12`, dates, ids of requests" in str(page)


def test_one_service_s_5_000_queries_are_one_loop_in_every_format() -> None:
    said = [TABLE | {"db.query.text": f"SELECT * FROM a WHERE id = {n}"} for n in range(5_000)]
    document = compose(calls(*said))
    assert document.span_count == document.counts.drawn == 5_001
    for name in ("text", "mermaid", "svg", "plantuml"):
        rendered = str(render(document, name))
        assert "5000 times" in rendered
        assert len(rendered) < 50_000, name


def test_thousands_of_queries_cost_in_proportion() -> None:
    def work(count: int) -> int:
        said = [TABLE | {"db.query.text": f"SELECT * FROM a WHERE id = {n}"} for n in range(count)]
        spans = calls(*said)
        return lines_run(lambda: compose(spans))

    work(100)  # what is compiled and cached once is not counted
    assert work(2_000) < 4.5 * work(500)
