"""Content codings are undone within a bound, whatever comes."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

import brotli  # type: ignore[import-untyped]
import brotlicffi  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from otelhook import codings
from otelhook.codings import decoded, zstd_library

zstd: Any = zstd_library()

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
LIMIT = 10_000
LIBRARIES = {
    "brotli": ("br", "_brotli", brotli),
    "brotlicffi": ("br", "_brotli", brotlicffi),
    "backports.zstd": ("zstd", "_zstd", zstd),
    "zstandard": ("zstd", "_zstd", None),
}


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Use one of the libraries; returns the coding it is for."""
    coding, name, module = LIBRARIES[request.param]
    monkeypatch.setattr(codings, name, lambda: module)
    return coding


def _text(size: int) -> bytes:
    return "".join(random.Random(7).choices("abcdefgh \n", k=size)).encode()


def test_each_library_undoes_its_coding_to_the_end(library: str) -> None:
    data = _text(LIMIT - 1)
    assert decoded(PACK[library](data), library, LIMIT) == (data, True)
    assert decoded(PACK[library](b""), library, LIMIT) == (b"", True)


def test_each_library_gives_the_beginning_of_what_is_longer(library: str) -> None:
    data = _text(20 * LIMIT)
    found = decoded(PACK[library](data), library, LIMIT)
    assert found is not None
    assert not found[1]
    assert LIMIT <= len(found[0]) < 15 * LIMIT
    assert data.startswith(found[0])


def test_a_bomb_is_not_let_off(library: str) -> None:
    bomb = PACK[library](bytes(100_000_000))
    found = decoded(bomb, library, LIMIT)
    assert found is not None
    assert not found[1]
    assert len(found[0]) <= LIMIT + 131_072
    assert not any(found[0])


def test_a_bomb_in_a_bomb_is_not_let_off_either() -> None:
    inner = PACK["br"](bytes(100_000_000))
    found = decoded(PACK["gzip"](inner + bytes(10_000_000)), "br, gzip", LIMIT)
    assert found is not None
    assert len(found[0]) <= LIMIT + 131_072


def test_a_copy_that_was_cut_gives_what_it_holds(library: str) -> None:
    data = _text(LIMIT)
    packed = PACK[library](data)
    found = decoded(packed[: len(packed) // 2], library, LIMIT)
    assert found is not None
    assert data.startswith(found[0])
    assert len(found[0]) < LIMIT


@pytest.mark.parametrize("junk", [b"not packed so at all", b"\xff" * 50])
def test_what_is_not_packed_so_is_not_shown(library: str, junk: bytes) -> None:
    found = decoded(junk, library, LIMIT)
    assert found is None or found == (b"", False)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_members_and_frames_follow_each_other(coding: str) -> None:
    packed = PACK[coding](b"one ") + PACK[coding](b"two")
    assert decoded(packed, coding, LIMIT) == (b"one two", True)
    assert decoded(packed, coding, 3) == (b"one", False)


def test_codings_are_undone_in_the_order_they_were_applied_in() -> None:
    packed = PACK["zstd"](PACK["gzip"](b"text"))
    assert decoded(packed, "gzip, ZSTD", LIMIT) == (b"text", True)
    assert decoded(packed, "zstd, gzip", LIMIT) is None
    assert decoded(b"text", "identity, aws-chunked", LIMIT) == (b"text", True)


def test_nobody_means_more_than_three_codings() -> None:
    packed = b"text"
    for _ in range(4):
        packed = PACK["gzip"](packed)
    assert decoded(packed, "gzip,gzip,gzip,gzip", LIMIT) is None


def test_without_a_library_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_brotli", "_zstd", "_zstandard"):
        monkeypatch.setattr(codings, name, lambda: None)
    assert decoded(PACK["br"](b"text"), "br", LIMIT) is None
    assert decoded(PACK["zstd"](b"text"), "zstd", LIMIT) is None


def test_a_library_that_knows_no_limit_is_not_let_loose(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        class Decompressor:
            def process(self, data: bytes) -> bytes:
                return import_module("brotli").decompress(data)  # type: ignore[no-any-return]

        error = brotli.error

    monkeypatch.setattr(codings, "_brotli", lambda: Old)
    assert decoded(PACK["br"](b"text"), "br", LIMIT) is None


def test_a_frame_that_wants_a_large_window_is_refused(library: str) -> None:
    if library == "zstd":
        wide = zstandard.ZstdCompressor(
            compression_params=zstandard.ZstdCompressionParameters(window_log=27)
        ).compressobj()
        packed = wide.compress(bytes(1000)) + wide.flush()
        assert decoded(packed, "zstd", LIMIT) is None


@given(st.binary(max_size=3000), st.lists(st.sampled_from(sorted(PACK)), max_size=3))
def test_what_was_packed_comes_out(data: bytes, applied: list[str]) -> None:
    packed = data
    for coding in applied:
        packed = PACK[coding](packed)
    assert decoded(packed, ", ".join(applied), LIMIT) == (data, True)


@given(st.binary(max_size=300), st.sampled_from([*sorted(PACK), "x-gzip", "unknown"]))
def test_whatever_comes_nothing_is_raised(data: bytes, coding: str) -> None:
    found = decoded(data, coding, LIMIT)
    assert found is None or len(found[0]) <= LIMIT + 131_072
