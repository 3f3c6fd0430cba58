"""TOML is read in one place, so that whatever is wrong with a file is reported in one line."""

from __future__ import annotations

import sys

from otelhook.errors import ConfigError

__all__ = ["parse_toml"]


def parse_toml(text: str, where: str) -> dict[str, object]:
    """Return what a file of TOML holds.

    Args:
        text: of the file.
        where: how the message begins: ``the notes file is``, or a file's name and a colon.

    Raises:
        ConfigError: it is not TOML, or is nested so deeply that the parser gives it up.
    """
    # Imported here: most commands find no file of it.
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - see above
    else:
        import tomli as tomllib  # noqa: PLC0415 - see above
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{where} not valid TOML: {error}"
    except RecursionError:  # of the parser: brackets in brackets
        message = f"{where} not valid TOML: it is nested too deeply"
    raise ConfigError(message)
