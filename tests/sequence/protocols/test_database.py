"""Databases and caches: which, what is asked, and what came back."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.sequence.vocabulary import Outcome, ParticipantKind, Protocol

SQL = {"db.system": "postgresql", "db.statement": "SELECT * FROM orders"}


@pytest.mark.parametrize(
    ("attributes", "callee"),
    [
        ({"db.system": "postgresql", "db.name": "shop"}, "postgresql shop"),
        (
            {"db.system.name": "mysql", "server.address": "DB", "server.port": 3306}
            | {"db.namespace": "shop"},
            "mysql db:3306/shop",
        ),
        ({"db.connection_string": "postgresql://me:pw@db:5432/shop"}, "postgresql db:5432/shop"),
        ({"db.connection_string": "jdbc:mysql://db/shop"}, "mysql db/shop"),
        ({"db.connection_string": "h2:mem:shop", "db.system": "h2"}, "h2"),
        ({"db.url": "http://[::1", "db.statement": "SELECT 1"}, "database"),
        ({"db.type": "sql", "peer.service": "orders-mysql"}, "sql orders-mysql"),
        ({"redis.args_length": 2}, "redis"),
        ({"component": "Acme", "db.statement": "SELECT 1"}, "database"),
        ({"db.type": "Acme", "db.statement": "SELECT 1"}, "acme"),
        ({"sql.query": "SELECT 1"}, "sql"),
        ({"db.system": "acme", "db.name": "x"}, "acme x"),
        ({"db.system": "redis", "db.redis.database_index": 3}, "redis 3"),
        ({"db.statement": "SELECT 1"}, "database"),
        ({"cassandra.keyspace": "auth", "server.address": "10.0.0.7"}, "cassandra auth"),
        ({"db.system": "cassandra", "db.name": "auth", "peer.service": "auth"}, "cassandra auth"),
        ({"db.system": "cassandra", "server.address": "10.0.0.7"}, "cassandra 10.0.0.7"),
    ],
)
def test_whom_is_asked_is_named_by_system_address_and_namespace(
    said: Any, attributes: Any, callee: str
) -> None:
    facts = said(attributes)
    assert (facts.protocol, facts.callee) == (Protocol.DATABASE, callee)


@pytest.mark.parametrize(
    ("attributes", "name", "label"),
    [
        (SQL, "x", "SELECT orders"),
        (SQL, "SELECT shop.orders", "SELECT orders"),
        (SQL | {"db.query.summary": "SELECT orders, items"}, "x", "SELECT orders, items"),
        (SQL | {"db.operation.name": "FETCH"}, "x", "FETCH orders"),
        (SQL | {"db.operation": "SQL"}, "x", "SELECT orders"),
        (
            {"db.system": "mongodb", "db.operation": "find", "db.mongodb.collection": "a"},
            "",
            "find a",
        ),
        ({"db.system": "redis", "db.statement": "HGET cart 1"}, "x", "HGET"),
        ({"db.system": "redis"}, "GET", "GET"),
        ({"db.system": "redis"}, "", "query"),
    ],
)
def test_what_is_asked_is_a_verb_and_what_it_is_applied_to(
    said: Any, attributes: Any, name: str, label: str
) -> None:
    assert said(attributes, name=name).label == label


@pytest.mark.parametrize(
    ("more", "outcome", "answer"),
    [
        ({}, Outcome.OK, ""),
        ({"db.response.returned_rows": 1}, Outcome.OK, "1 row"),
        ({"db.response.returned_rows": "12"}, Outcome.OK, "12 rows"),
        ({"db.response.returned_rows": -1}, Outcome.OK, ""),
        ({"error.type": "UniqueViolation", "db.response.status_code": "23505"}, Outcome.ERROR, "e"),
        ({"error.type": "UniqueViolation", "db.response.returned_rows": 3}, Outcome.ERROR, ""),
        ({"error.type": "ECONNREFUSED"}, Outcome.UNANSWERED, ""),
    ],
)
def test_rows_or_a_code_are_the_answer(said: Any, more: Any, outcome: Outcome, answer: str) -> None:
    facts = said(SQL | more)
    expected = "error 23505" if answer == "e" else answer
    assert (facts.outcome, facts.answer) == (outcome, expected)


def test_statement_and_parameters_are_the_request(said: Any) -> None:
    request = said(
        SQL
        | {"db.query.parameter.id": 7, "db.query.parameter.tags": ("é", "b")}
        | {"db.statement.parameters": {"x": 1}}
    ).request
    assert request.body is not None
    assert (request.body.content, request.body.content_type) == (
        "SELECT * FROM orders",
        "application/sql",
    )
    assert [(header.name, header.value) for header in request.headers] == [
        ("db.query.parameter.id", "7"),
        ("db.query.parameter.tags", '["é", "b"]'),
        ("db.statement.parameters.x", "1"),
    ]


@pytest.mark.parametrize(
    ("statement", "media"),
    [
        ("select 1", "application/sql"),
        ('{"find": "a"}', "application/json"),
        ("GET a", "text/plain"),
        ("[1]", "application/json"),
    ],
)
def test_what_a_statement_is_written_in_is_known(said: Any, statement: str, media: str) -> None:
    assert said({"db.statement": statement}).request.body.content_type == media


@pytest.mark.parametrize("name", ["connect", "pool.acquire", "HikariDataSource.getConnection"])
def test_what_only_sees_to_a_connection_is_a_detail(said: Any, name: str) -> None:
    assert said({"db.system": "postgresql"}, name=name).detail
    assert not said(SQL, name=name).detail


@pytest.mark.parametrize("name", ["redis", "memcached", "valkey", "Redis "])
def test_a_cache_is_a_cache(said: Any, name: str) -> None:
    assert said({"db.system": name}).callee_kind is ParticipantKind.CACHE
