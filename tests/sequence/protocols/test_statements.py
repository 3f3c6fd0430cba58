"""What a statement is called: its verb, and the first thing that it is applied to."""

from __future__ import annotations

import pytest

from otelhook.sequence.protocols.statements import is_sql, summary_of
from tests.work import FAR_FROM_SQUARE, processor_seconds


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT * FROM orders WHERE id = 1", "SELECT orders"),
        ('select a\n  from "shop"."Order Lines" l', "SELECT shop.Order Lines"),
        ("SELECT * FROM `db`.`t`", "SELECT db.t"),
        ("SELECT * FROM (SELECT a FROM b) c", "SELECT b"),
        ("SELECT 1", "SELECT "),
        ("/* c */ -- d\n (SELECT a FROM b)", "SELECT b"),
        ("SELECT 'x FROM y' FROM z", "SELECT z"),
        ("SELECT 'it''s FROM y' FROM z", "SELECT z"),
        ("SELECT a /* FROM x */ FROM y -- FROM z", "SELECT y"),
        ("SELECT EXTRACT(YEAR FROM created) FROM orders", "SELECT orders"),
        ("SELECT trim(both 'x' FROM a), substring(b FROM 2) FROM c", "SELECT c"),
        ("INSERT INTO [dbo].[T] VALUES (1)", "INSERT dbo.T"),
        ("INSERT INTO t SELECT * FROM u", "INSERT t"),
        ("UPDATE ONLY t SET a = 1", "UPDATE t"),
        ("delete from a.b.c where d", "DELETE a.b.c"),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT 1", "INSERT t"),
        ("WITH x AS (SELECT a FROM b) SELECT * FROM x", "SELECT x"),
        ("MERGE INTO t USING s ON a", "MERGE t"),
        ("CREATE TABLE IF NOT EXISTS t (a int)", "CREATE t"),
        ("DROP TABLE IF EXISTS t", "DROP t"),
        ("TRUNCATE TABLE t", "TRUNCATE t"),
        ("CALL pay(1)", "CALL pay"),
        ("BEGIN", "BEGIN "),
        ("BEGIN BATCH INSERT INTO ks.t (a) VALUES (?); APPLY BATCH", "INSERT ks.t"),
        ("begin unlogged batch\n  UPDATE t SET a = 1; apply batch", "UPDATE t"),
        ("BEGIN COUNTER BATCH USING TIMESTAMP 12 DELETE FROM t; APPLY BATCH", "DELETE t"),
        ("BEGIN TRANSACTION; INSERT INTO t VALUES (1)", "BEGIN "),
        ("GET cart:1", "GET "),
        ("", " "),
        ("((((", " "),
        ("12 monkeys", " "),
    ],
)
def test_a_statement_is_named_by_verb_and_table(statement: str, expected: str) -> None:
    assert " ".join(summary_of(statement)) == expected


@pytest.mark.parametrize("statement", ["GET a", "HGETALL cart", '{"find": "a"}', "db.a.find()", ""])
def test_commands_of_other_languages_are_no_sql(statement: str) -> None:
    assert not is_sql(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "/*" * 30_000,
        "SELECT" + " FROM" * 20_000,
        "SELECT '" + "''" * 30_000,
        "(" * 60_000,
        "SELECT extract(" * 5_000 + " FROM a",
        "WITH " + ") " * 30_000,
    ],
)
def test_a_hostile_statement_costs_no_more_than_a_long_one(statement: str) -> None:
    assert processor_seconds(lambda: summary_of(statement)) < FAR_FROM_SQUARE
