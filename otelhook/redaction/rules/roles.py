"""What a key says of its neighbours: that it names one, that it holds one's value, or describes it.

The words are those of environment lists, parameters and tags (AWS, Azure, GitLab, Consul, HAR),
typed values (DynamoDB, Firestore, ARM templates, Terraform), property files in XML (Hadoop, Java,
.NET), XML-RPC and property lists. One table serves JSON and XML alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.company import COMPANIONS, FLAGS, TOLD_BY, WITHIN
from otelhook.redaction.rules.names import spell

__all__ = [
    "CELLS",
    "CHILD",
    "COLLECTIONS",
    "COLUMNS",
    "COMMAND",
    "DESCRIBES",
    "HEADERS",
    "HOLDERS",
    "LABEL",
    "OF_SECRET",
    "ROWS",
    "TOKENS",
    "TOLD",
    "VALUE",
    "last_segment",
    "role",
]

LABEL: Final = 1
"""Its value is the name of what stands beside it: ``{"name": "DB_PASSWORD", …}``."""
VALUE: Final = 2
"""It holds what such a name is of: ``{…, "value": …}``."""
CHILD: Final = 4
"""Under a secret's name it holds the secret itself: ``{"password": {"S": …}}``."""
DESCRIBES: Final = 8
"""It tells something about a secret: ``{"secret": {"created_at": …}}``."""
TOLD: Final = 16
"""Neighbours of its own kind make it a secret: ``payload``, ``d`` beside ``kty``."""

HEADERS: Final = 32
"""A list of names and values in turn."""
COMMAND: Final = 64
"""A list of a command's words."""
COLUMNS: Final = 128
"""A list of the names of columns."""
ROWS: Final = 256
"""A list of rows, whose columns were named."""
OF_SECRET: Final = 512
"""It tells one secret from others, and a value beside it is that one: ``{"tokenName": …}``."""

_THINGS: Final = (
    *("parameter", "param", "config", "configuration", "env", "environment", "variable", "var"),
    *("option", "setting", "attribute", "property", "prop", "field", "header", "tag", "metadata"),
    *("item", "entry", "input", "output", "cookie"),
)


def _joined(before: Iterable[str], after: Collection[str]) -> Iterator[str]:
    """Yield each two words as one and with a sign between them."""
    return (f"{one}{sign}{other}" for one in before for sign in ("", "_") for other in after)


_LABEL: Final = frozenset(
    {
        *("name", "key", "type", "attr", "field", "id", "header", "parameter", "param", "label"),
        *("path", "variable", "attribute", "property", "option", "setting", "macro", "column"),
        *_joined(_THINGS, ("name", "key", "id", "label", "path")),
    }
)
_VALUE: Final = frozenset(
    {
        *("value", "values", "val", "content", "contents", "default", "default_value", "string"),
        *("data", "payload", "from", "to", "before", "after", "old", "new"),
        *_joined(_THINGS, ("value", "val", "content")),
        *_joined(
            ("string", "text", "plain", "secure", "s", "secret", "new", "old", "previous"),
            ("value",),
        ),
        *_joined(("current", "original"), ("value",)),
    }
)
_CHILD: Final = frozenset(
    {
        *("value", "values", "val", "secret", "data", "content", "contents", "signature", "text"),
        *("plain", "raw", "string", "s", "b", "ss", "bytes", "current", "previous", "old", "new"),
        *("primary", "secondary", "default", "base64", "b64", "hex", "encoded", "v", "payload"),
        *("payloads", "blob", "body", "literal", "latest", "active", "pending", "cdata", "t"),
        *("versions", *_joined(("plain", "clear"), ("text",)), *_joined(("key",), ("material",))),
    }
)
_OF_CHILD: Final = "_value"
_LONGEST_OF_CHILD: Final = 16
_DESCRIBES: Final = frozenset(
    {
        *("name", "names", "id", "ids", "uuid", "ref", "refs", "type", "types", "algorithm"),
        *("mode", "status", "state", "version", "versions", "at", "date", "time", "expiration"),
        *("url", "uri", "href", "path", "key", "keys", "arn", "description", "title", "label"),
        *("labels", "tags", "count", "total", "length", "visibility", "from", "namespace"),
        *("kind", "links", "user", "username", "email", "creator", "owner", "replication"),
        *("policy", "scope", "scopes", "provider", "enabled", "optional", "plugin", "default"),
        *("aliases", "region", "host", "port", "protocol", "method", "methods", "permissions"),
        *("format", "pattern", "hint", "placeholder", "checksum", "etag", "tag", "revision"),
        *("rev", "prefix", "crn", "message", "error", "reason", "category", "group", "domain"),
        *("project", "tenant", "service", "engine", "rule", "rules", "example", "file"),
        *("fingerprint", "comment", "note", "notes", "class", "source", "target", "mount"),
        *("regex", "charset", "accessor", "issuer", "subject", "audience", "login"),
    }
)
"""Last words of a key."""
_TOLD: Final = frozenset(
    {
        *(*COMPANIONS, *TOLD_BY, *FLAGS, *(within.key for within in WITHIN)),
        *("kind", "api_version", "method", "key_name"),
    }
)
_HEADERS: Final = frozenset({"headers", "raw_headers", "header", "http_headers"})
_COMMANDS: Final = frozenset({"command", "args", "cmd", "entrypoint", "argv", "arguments", "exec"})
_COLUMNS: Final = frozenset(
    {
        *("columns", "column_names", "fields", "header", "headers", "cols", "meta", "row_type"),
        *("column_metadata", "column_info", "schema", "vars"),
    }
)
_ROWS: Final = frozenset({"rows", "data", "values", "records", "results", "items", "row", "cells"})
_OF_SECRET: Final = lazy(
    r"(?:\w+_)?(?:token|secret|password|credential|(?:api|access)_?key)_?(?:id|name)"
)
TOKENS: Final = frozenset({"token", "session", "auth_token"})
"""Objects whose ``id`` is the secret."""
COLLECTIONS: Final = frozenset(
    {
        *("secrets", "passwords", "passphrases", "cookies", "secure_json_data", "secure_settings"),
        *(
            "sensitive_data",
            "secret_data",
            "set_user",
            "secret_env",
            "secret_parameters",
            "secret_variables",
        ),
    }
)
"""Objects whose values are secrets, under whatever names."""
HOLDERS: Final = frozenset(
    {"key", "result", "value", "text", "content", "plaintext", "data", "string"}
)
"""Keys that hold a secret itself where something around them is of a secret's type."""
CELLS: Final = frozenset({"f", "row", "cells", "data"})
"""Lists that are a table's row."""
_IN_VAULT: Final = lazy(r"/secrets?/[\w.-]{1,128}(?:/(?:versions/)?[\w.-]{1,64})?/?\Z")
_SEGMENT: Final = lazy(r"[/.:]")


@lru_cache(maxsize=4096)
def role(key: str) -> int:
    """Return what a key says, as a sum of the constants above; 0 for most."""
    words = spell(key)
    return (
        (LABEL if words in _LABEL else 0)
        | (VALUE if words in _VALUE else 0)
        | (CHILD if words in _CHILD or _is_value_of(words) else 0)
        | (DESCRIBES if _ends_with_one_of(_DESCRIBES, words) else 0)
        | (TOLD if words in _TOLD else 0)
        | (HEADERS if words in _HEADERS else 0)
        | (COMMAND if words in _COMMANDS else 0)
        | (COLUMNS if words in _COLUMNS else 0)
        | (ROWS if words in _ROWS else 0)
        | (OF_SECRET if words.endswith(("id", "name")) and _OF_SECRET.fullmatch(words) else 0)
    )


def _is_value_of(words: str) -> bool:
    """Return whether this is the value of something that a word or two name: ``api_key_value``."""
    before = words[: -len(_OF_CHILD)]
    return words.endswith(_OF_CHILD) and len(before) <= _LONGEST_OF_CHILD and _is_word(before)


def _ends_with_one_of(known: Collection[str], words: str) -> bool:
    """Return whether a key is one of these words, or ends with one after others."""
    before, sign, last = words.rpartition("_")
    return last in known and (not sign or _is_word(before))


def _is_word(text: str) -> bool:
    return text.replace("_", "").isalnum()


def last_segment(name: str) -> str:
    """Return the name at the end of a path: of ``/prod/db/password`` or ``spec.password``.

    What is in a vault's folder of secrets is one, whatever its name and version:
    ``projects/p/secrets/api/versions/2``.
    """
    if _IN_VAULT.search(name):
        return "secret"
    segments = _SEGMENT.split(name.rstrip("/.:}")) if len(name) > 1 else [name]
    if segments[-1] == "key" and "." in name:
        return "_".join(segments[-2:])  # fs.s3a.secret.key
    return segments[-1]
