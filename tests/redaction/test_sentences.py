"""What reads as a sentence is no passphrase."""

from __future__ import annotations

import pytest

from otelhook.redaction.rules.sentences import reads_as_prose


@pytest.mark.parametrize(
    "value",
    [
        "is too short",
        "must be at least 8 characters",
        "The password is wrong.",
        "The token has expired",
        "was given to the service by its owner",
    ],
)
def test_a_sentence_is_one(value: str) -> None:
    assert reads_as_prose(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "hunter2",
        "battery staple",
        "correct horse battery staple",
        "Correct horse battery staple.",
        "the h0rse battery",
        "is too short a1b2",
        " ".join(["the"] * 200),
    ],
)
def test_a_passphrase_is_none(value: str) -> None:
    assert not reads_as_prose(value)
