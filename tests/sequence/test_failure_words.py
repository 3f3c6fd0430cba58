from __future__ import annotations

import pytest

from otelhook.sequence.failure_words import without_name


@pytest.mark.parametrize(
    ("head", "text", "left"),
    [
        # Java
        (
            "PSQLException",
            "org.postgresql.util.PSQLException: ERROR: new row for relation",
            "ERROR: new row for relation",
        ),
        ("PSQLException", "PSQLException: org.postgresql.util.PSQLException: no", "no"),
        ("Inner", "com.acme.Outer$Inner: no cart", "no cart"),
        # Python
        ("IntegrityError", "sqlalchemy.exc.IntegrityError: (1062) twice", "(1062) twice"),
        ("KeyError", "KeyError('cart')", "cart"),
        ("requests.exceptions.ReadTimeout", "ReadTimeout: read timed out", "read timed out"),
        # .NET
        (
            "PostgresException",
            "Npgsql.PostgresException (0x80004005): 23505: twice",
            "23505: twice",
        ),
        ("IOException", "Unhandled exception. System.IO.IOException: no", "no"),
        ("NOT_FOUND (5)", 'Status(StatusCode="NotFound", Detail="no cart")', "no cart"),
        # Go
        ("NOT_FOUND (5)", "rpc error: code = NotFound desc = no cart", "no cart"),
        ("OpError", "*net.OpError: dial tcp: refused", "dial tcp: refused"),
        # JavaScript
        ("TypeError", "TypeError [ERR_INVALID_URL]: Invalid URL", "Invalid URL"),
        ("TypeError", "Uncaught TypeError: x is undefined", "x is undefined"),
        ("AxiosError", "AxiosError: Request failed", "Request failed"),
        # Ruby, PHP
        ("RecordNotFound", "ActiveRecord::RecordNotFound: no order 7", "no order 7"),
        ("QueryException", "Illuminate\\Database\\QueryException: SQLSTATE: no", "SQLSTATE: no"),
        # gRPC's libraries, and heads in words
        ("INTERNAL (13)", "13 INTERNAL: no cart", "no cart"),
        ("timeout", "timeout: after 3 s", "after 3 s"),
    ],
)
def test_a_name_that_the_head_has_is_not_said_again(head: str, text: str, left: str) -> None:
    assert without_name(text, head) == left


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("PSQLException", "ERROR: new row for relation"),
        ("RuntimeException", "java.lang.IllegalStateException: no cart"),
        ("INTERNAL (13)", "rpc error: code = NotFound desc = no cart"),
        ("KeyError", "ValueError('cart')"),
        ("connection refused", "dial tcp 10.0.0.1: no route"),
        ("Error", "error while reading: no cart"),
        ("", "KeyError: cart"),
        ("KeyError", ""),
    ],
)
def test_what_the_head_does_not_say_stays(head: str, text: str) -> None:
    assert without_name(text, head) == text


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("PSQLException", "org.postgresql.util.PSQLException"),
        ("KeyError", "KeyError"),
        ("timeout", "timeout"),
    ],
)
def test_of_a_name_alone_nothing_is_left(head: str, text: str) -> None:
    assert without_name(text, head) == ""


def test_a_text_of_names_only_ends() -> None:
    assert without_name("A: " * 9 + "b", "A") == "A: " * 5 + "b"
    assert without_name("A" * 300 + ": b", "A" * 300) == "A" * 300 + ": b"
