"""Takes a file out of gzip or zstd, as its first bytes say."""

from __future__ import annotations

import gzip
import io
import zlib
from io import BytesIO
from typing import Any, BinaryIO, Final, cast

from otelhook.codings import zstd_library
from otelhook.errors import ConfigError, DamagedDataError

__all__ = ["plain_file", "unpacked"]

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_MAX_BYTES: Final = 1024**3
"""A record is read whole; one that decompresses to more is refused before it fills memory."""

_BUFFER: Final = 1024**2


def plain_file(file: io.BufferedReader[Any], named: str) -> io.BufferedReader[Any]:
    """Return what reads the file out of its compression; the file itself if it has none.

    Args:
        file: at its beginning.
        named: the file, for messages.

    Raises:
        DamagedDataError: at reading, it is damaged.
        ConfigError: it is zstd, and no library for it is installed.
    """
    found = _compression(file.peek(len(_ZSTD)), named)
    if found is None:
        return file
    kind, library, damage = found
    return io.BufferedReader(_Unpacking(library.open(file), kind, damage, named), _BUFFER)


def unpacked(content: bytes, named: str, limit: int = _MAX_BYTES) -> bytes:
    """Return the content of a record out of its compression; as it is if it has none.

    Args:
        content: of a record.
        named: the file, for messages.
        limit: bytes at most.

    Raises:
        DamagedDataError: it is damaged, or decompresses to more than the limit.
        ConfigError: it is zstd, and no library for it is installed.
    """
    found = _compression(content, named)
    if found is None:
        return content
    kind, library, damage = found
    plain = _Unpacking(library.open(BytesIO(content)), kind, damage, named).read(limit + 1)
    if len(plain) > limit:
        message = f"{named}: decompresses to more than {limit} bytes; split it"
        raise DamagedDataError(message)
    return plain


class _Unpacking(io.RawIOBase):
    """Reads out of a compression; what is damaged is one error, whichever the library raises."""

    def __init__(self, file: BinaryIO, kind: str, damage: type[Exception], named: str) -> None:
        super().__init__()
        self._file = file
        self._kind = kind
        self._damage = damage
        self._named = named

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._file.read(size)
        except Exception as error:
            if not isinstance(error, (OSError, EOFError, self._damage)):
                raise
            message = f"{self._named}: damaged {self._kind}: {error}"
            raise DamagedDataError(message) from None


def _compression(content: bytes, named: str) -> tuple[str, Any, type[Exception]] | None:
    """Return the compression's name, its library, and what that raises for damage beside errors
    of files.
    """
    if content.startswith(_GZIP):
        return "gzip", cast("Any", gzip), zlib.error
    if content.startswith(_ZSTD):
        library = _zstd(named)
        return "zstd", library, library.ZstdError
    return None


def _zstd(named: str) -> Any:
    library = zstd_library()
    if library is not None:
        return library
    message = f"{named}: compressed with zstd: pip install backports.zstd, or decompress it first"
    raise ConfigError(message)
