"""Takes a file out of gzip or zstd, as its first bytes say, within a bound."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO
from typing import Any, Final, cast

from otelhook.codings import zstd_library
from otelhook.errors import ConfigError, DamagedDataError

__all__ = ["unpacked"]

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_MAX_BYTES: Final = 1024**3
"""A file is read whole; one that unpacks to more than this is refused before it fills memory."""


def unpacked(content: bytes, named: str, limit: int = _MAX_BYTES) -> bytes:
    """Return the content out of its compression; as it is if it has none.

    Args:
        content: of a file, or of one record of it.
        named: the file, for messages.
        limit: bytes at most.

    Raises:
        DamagedDataError: it is damaged, or unpacks to more than the limit.
        ConfigError: it is zstd, and no library for it is installed.
    """
    if content.startswith(_GZIP):
        kind, library = "gzip", cast("Any", gzip)
        damage: type[Exception] = zlib.error
    elif content.startswith(_ZSTD):
        kind, library = "zstd", _zstd(named)
        damage = library.ZstdError
    else:
        return content
    try:
        with library.open(BytesIO(content)) as file:
            plain: bytes = file.read(limit + 1)
    except Exception as error:
        if not isinstance(error, (OSError, EOFError, damage)):
            raise
        message = f"{named}: damaged {kind}: {error}"
        raise DamagedDataError(message) from None
    if len(plain) > limit:
        message = f"{named}: unpacks to more than {limit} bytes; split it"
        raise DamagedDataError(message)
    return plain


def _zstd(named: str) -> Any:  # noqa: ANN401 - one of two modules with the same interface
    library = zstd_library()
    if library is not None:
        return library
    message = f"{named}: it is compressed with zstd: pip install 'otelhook[zstd]', or unpack it"
    raise ConfigError(message)
