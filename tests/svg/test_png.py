"""The picture as pixels."""

from __future__ import annotations

import struct
import sys

import pytest

from otelhook.errors import ConfigError
from otelhook.render import render
from otelhook.render.svg import png
from otelhook.render.svg.png import png_parts, render_png
from otelhook.sequence.document import Document

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(SIGNATURE)
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_without_resvg_one_line_says_how_to_get_it(
    image_create: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(ConfigError, match=r"pip install resvg_py$"):
        render_png(image_create)


class TestWithResvg:
    """What needs the optional package."""

    @pytest.fixture(autouse=True)
    def _needs_resvg(self) -> None:
        pytest.importorskip("resvg_py")

    def test_a_small_picture_is_sharp(self, image_create: Document) -> None:
        picture = render(image_create, "png")
        assert isinstance(picture, bytes)
        width, height = _size(picture)
        assert 1_600 < width < 1_900
        assert height > 1_600

    def test_a_long_document_is_cut_where_viewers_end(
        self, many_steps: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(png, "STEP_LIMIT", 30)
        assert _size(render_png(many_steps))[1] < 1_500

    def test_parts_are_pictures(self, image_create: Document) -> None:
        assert len([_size(part) for part in png_parts(image_create, 12)]) == 2
