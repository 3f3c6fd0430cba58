"""A suite of two tests, of which one fails, as anybody has it."""

import os

import requests

ADDRESS = os.environ["DAY_ADDRESS"]


def test_what_is_there() -> None:
    assert requests.get(f"{ADDRESS}/hello.txt", timeout=10).text == "hello\n"


def test_what_is_not() -> None:
    assert requests.get(f"{ADDRESS}/nowhere", timeout=10).status_code == 200
