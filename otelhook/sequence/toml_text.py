"""A text as TOML spells it."""

from __future__ import annotations

import json
import re
from typing import Final

__all__ = ["toml_comment", "toml_string"]

_NOT_TOML: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def toml_string(text: str) -> str:
    """Return a basic string of TOML 1.0: that of JSON, with what TOML forbids replaced."""
    return json.dumps(_NOT_TOML.sub("\ufffd", text), ensure_ascii=False)


def toml_comment(text: str) -> str:
    """Return a text that can stand behind ``#``: one line, with blanks for what ends it."""
    return _NOT_TOML.sub(" ", text)
