"""The Document as JSON, and back.

The form is the classes of `otelhook.sequence.document` field by field: an enumeration is its
value, a tuple an array, bytes are ``{"base64": "..."}``. ``document.schema.json`` beside this
module describes it. A reader ignores fields it does not know and takes the default of those that
are missing and have one, so that files of the same version pass between releases. Files of an
older version are read too, and written for readers that know no newer one
(`otelhook.render.json_versions`).
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import types
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from otelhook.errors import DamagedDataError
from otelhook.render.json_versions import FIRST_VERSION, as_first, from_first
from otelhook.render.shared.json_text import json_text, spelled
from otelhook.render.shared.pieces import joined
from otelhook.sequence.document import SCHEMA_VERSION, Document

__all__ = ["SCHEMA", "from_json", "render_json", "render_json_v1", "to_plain"]

SCHEMA = "otelhook/document"


def to_plain(document: Document) -> dict[str, Any]:
    """Return the document as what ``json`` can write."""
    return {"schema": SCHEMA, "version": SCHEMA_VERSION, **cast("dict[str, Any]", _plain(document))}


def _plain(value: object) -> object:
    kind: type = type(value)
    if dataclasses.is_dataclass(kind):
        return {name: _plain(getattr(value, name)) for name in _names(kind)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def render_json(document: Document) -> str:
    """Return the document as JSON text that ends in a newline."""
    return joined(_pieces(document))


def render_json_v1(document: Document) -> str:
    """Return the document in version 1, as far as that has words for it."""
    return json_text(as_first(to_plain(document))) + "\n"


def _pieces(document: Document) -> Iterator[str]:
    """Yield what `to_plain` makes as text, an item of a list at a time.

    The whole as objects, and then as a piece of text for each mark, would take eight times the
    bytes of the text.
    """
    yield json_text({"schema": SCHEMA, "version": SCHEMA_VERSION}).removesuffix("\n}")
    for name in _names(Document):
        yield f',\n  "{name}": '
        value: object = getattr(document, name)
        items = _items(value)
        if items:
            yield from _listed(items)
        else:
            yield _indented(value, 2)
    yield "\n}\n"


def _items(value: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()


def _listed(items: tuple[object, ...]) -> Iterator[str]:
    mark = "["
    for item in items:
        yield f"{mark}\n    {_indented(item, 4)}"
        mark = ","
    yield "\n  ]"


def _indented(value: object, blanks: int) -> str:
    """Return a value as text whose lines but for the first begin further in."""
    return spelled(_written(value, "\n" + " " * blanks))


_SCALARS: Final[Mapping[type, Callable[[Any], str]]] = MappingProxyType(
    {
        str: encode_basestring,
        int: str,
        type(None): lambda _: "null",
        bool: lambda value: "true" if value else "false",
    }
)
"""How nearly all values of a document are written."""


def _written(value: object, line: str) -> str:
    """Return what ``json.dumps`` makes of a value's plain form, with neither that nor its pieces.

    Args:
        value: of a document.
        line: what a line that ends the value begins with.
    """
    kind: type = type(value)
    scalar = _SCALARS.get(kind)
    if scalar is not None:
        return scalar(value)
    if kind is tuple:
        further = line + "  "
        items = [_written(item, further) for item in cast("tuple[object, ...]", value)]
        return f"[{further}{(',' + further).join(items)}{line}]" if items else "[]"
    keys = _keys(kind)
    if keys:
        further = line + "  "
        items = [key + _written(getattr(value, name), further) for name, key in keys]
        return f"{{{further}{(',' + further).join(items)}{line}}}"
    if isinstance(value, Enum):
        return _written(value.value, line)
    return json.dumps(_plain(value), indent=2, ensure_ascii=False).replace("\n", line)


@cache
def _keys(kind: type) -> tuple[tuple[str, str], ...]:
    """Return a dataclass's names, and how its text has them; nothing of another type."""
    if not dataclasses.is_dataclass(kind):
        return ()
    return tuple((name, f'"{name}": ') for name in _names(kind))


def from_json(text: str | bytes) -> Document:
    """Read a document that `render_json` wrote.

    Raises:
        DamagedDataError: it is not such a document, or of a newer version.
    """
    try:
        plain: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"this is not JSON, or it is cut off: {error}"
        raise DamagedDataError(message) from error
    if not isinstance(plain, dict):
        message = "this is not an otelhook document: expected a JSON object"
        raise DamagedDataError(message)
    top = cast("dict[str, object]", plain)
    if top.get("schema") != SCHEMA:
        message = f'this is not an otelhook document: expected "schema": "{SCHEMA}"'
        raise DamagedDataError(message)
    version = top.get("version")
    if version == FIRST_VERSION:
        top = from_first(top)
    elif version != SCHEMA_VERSION:
        message = (
            f"this document has version {version!r} and otelhook here reads {FIRST_VERSION} "
            f"to {SCHEMA_VERSION}: update otelhook, or render the trace anew"
        )
        raise DamagedDataError(message)
    return cast("Document", _read(Document, top, "document"))


def _read(kind: Any, value: object, where: str) -> object:  # noqa: ANN401 - any annotation
    """Read a value of the annotated kind; ``where`` names its place in errors."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_one_of(get_args(kind), value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(where, "a list")
        kinds = get_args(kind)
        items = cast("list[object]", value)
        if kinds[-1] is not Ellipsis and len(items) != len(kinds):
            raise _wrong(where, f"a list of {len(kinds)}")
        return tuple(_read(kinds[0], element, f"{where}[{i}]") for i, element in enumerate(items))
    supertype = getattr(kind, "__supertype__", kind)
    if dataclasses.is_dataclass(supertype):
        return _read_fields(cast("type", supertype), value, where)
    if issubclass(supertype, Enum):
        return _read_enum(supertype, value, where)
    if supertype is bytes:
        return _read_bytes(value, where)
    exact = type(value) is supertype  # so that true is no number
    if not exact:
        raise _wrong(where, {str: "text", int: "a whole number", bool: "true or false"}[supertype])
    return value


def _read_one_of(kinds: tuple[Any, ...], value: object, where: str) -> object:
    if value is None and type(None) in kinds:
        return None
    rest = [kind for kind in kinds if kind is not type(None)]
    if bytes in rest and isinstance(value, dict):
        return _read_bytes(cast("dict[str, object]", value), where)
    rest = [kind for kind in rest if kind is not bytes]
    return _read(rest[0], value, where)


def _read_fields(kind: type, value: object, where: str) -> object:
    if not isinstance(value, dict):
        raise _wrong(where, "an object")
    given = cast("Mapping[str, object]", value)
    hints = get_type_hints(kind)
    found: dict[str, object] = {}
    for field in dataclasses.fields(kind):
        if field.name in given:
            found[field.name] = _read(hints[field.name], given[field.name], f"{where}.{field.name}")
        elif field.default is dataclasses.MISSING:
            place = f"{where}.{field.name}"
            raise _wrong(place, "there, and is missing")
    return kind(**found)


def _read_enum(kind: type[Enum], value: object, where: str) -> Enum:
    try:
        return kind(value)
    except ValueError:
        raise _wrong(where, f"one of {', '.join(str(item.value) for item in kind)}") from None


def _read_bytes(value: object, where: str) -> bytes:
    text = cast("Mapping[str, object]", value).get("base64") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise _wrong(where, 'text or {"base64": ...}')
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _wrong(where, "valid base64") from None


def _wrong(where: str, expected: str) -> DamagedDataError:
    return DamagedDataError(f"this document is damaged: {where} should be {expected}")
