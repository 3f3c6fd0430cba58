"""Sphinx: a line ``.. otelhook:: latest`` becomes the trace when the documentation is built.

In ``conf.py``::

    extensions = ["sphinxcontrib.mermaid", "otelhook.documentation.sphinx_extension"]
    otelhook_options = "--notes notes.toml"
    otelhook_commands = True      # for `.. otelhook:: run -- python example.py`

The line stands at the beginning of its line. The trace's headings are underlined with ``"``, ``'``
and ``,``, which a page should leave to it. Of Sphinx only what ``setup`` is given is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from otelhook.documentation.in_place import Building, in_place
from otelhook.errors import ConfigError, OtelhookError

__all__ = ["setup"]

_LINE: Final = re.compile(r"\.\. otelhook::(?: +(\S.*?))? *")
_UNDERLINE: Final = re.compile(r"(?m)^([=~-])\1+$")
_MARKS: Final = {"=": '"', "-": "'", "~": ","}


class _Sphinx(Protocol):
    """What of Sphinx's application is used."""

    confdir: Any
    config: Any

    def add_config_value(self, name: str, default: object, rebuild: str) -> None: ...

    def connect(self, event: str, callback: Callable[..., None]) -> int: ...


def setup(app: _Sphinx) -> dict[str, bool | str]:
    """Declare the settings, and read each page before Sphinx does."""
    app.add_config_value("otelhook_options", "", "env")
    app.add_config_value("otelhook_commands", default=False, rebuild="env")
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _read(app: _Sphinx, name: str, source: list[str]) -> None:
    """Put the traces of a page in their places."""
    config = app.config
    building = Building(Path(app.confdir), "rst", config.otelhook_options, config.otelhook_commands)

    def made(match: re.Match[str], _: str) -> str:
        try:
            return _beneath(building.rendered(match[1] or ""))
        except (OtelhookError, ValueError) as error:
            message = f"{name}: {match[0].strip()}: {error}"
            raise ConfigError(message) from None

    source[0] = in_place(source[0], _LINE, made)


def _beneath(text: str) -> str:
    """Return a page as a part of another: underlines that the page around it does not have.

    What was captured stands in indented blocks, or behind backslashes.
    """
    return _UNDERLINE.sub(lambda match: _MARKS[match[1]] * len(match[0]), text)
