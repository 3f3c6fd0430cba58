"""Pseudonyms are made with HMAC-SHA256 as everybody else's."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from otelhook.redaction.rules.keyed_hash import hmac_sha256


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_it_is_what_the_standard_library_says(key: bytes, text: bytes) -> None:
    assert hmac_sha256(key, text) == hmac.digest(key, text, "sha256")


def test_it_is_the_second_example_of_rfc_4231() -> None:
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
