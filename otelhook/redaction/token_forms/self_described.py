"""Tokens of issuers that nobody listed: most say in their prefix what they are."""

from __future__ import annotations

from otelhook.redaction.token_forms.form import UNLIKE_WORDS, Form, row

__all__ = ["SELF_DESCRIBED"]

SELF_DESCRIBED: tuple[Form, ...] = (
    row(
        "token",
        "_live_ _test_ _prod_ _sandbox_ _secret_ _token_ _api_ _key_ _pat_ _sk_ _oauth_ _access_"
        " _refresh_ -api- -key- -token- -secret-",
        "(?=[A-Za-z]{0,40}[0-9][A-Za-z]{0,40}[0-9])[A-Za-z0-9]{20,}(?:[_-][A-Za-z0-9]{8,64}){0,4}",
        "{an40}",
        before=("(?!pk|pub|publishable)[A-Za-z][A-Za-z0-9]{1,15}", "acme"),
        bits=UNLIKE_WORDS,
    ),
)
