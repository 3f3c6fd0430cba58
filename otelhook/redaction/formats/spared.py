"""What stands after a secret's name in free text and is no secret: code, a sentence, a count."""

from __future__ import annotations

import re

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.policy import ANY_MARKER, looks_chosen
from otelhook.redaction.rules.sentences import says_absent

__all__ = ["is_spared"]

_CODE = lazy(
    r"""(?:await|new|null|None|nil|self|this|function|async|lambda|require|return|undefined|raise
        |throw|continue|break|yield)
      | !(?:secret|Ref|Sub|GetAtt|ImportValue|env_var|env|reference|vault_ref)(?:[ ].*)?
      | !vault[ ]+[|>].* | \[\]\w{1,16}\{?
      | (?:[A-Za-z_][\w.:]{0,64}\(){1,3}[bN]? | [A-Za-z_.]{3,40}\([^"'`\\]{1,400}
      | [A-Z][A-Za-z]{2,32}\[[\w,. |\[\]"']{1,64}(?:\ ?=.{0,400})?
      | (?:var|local|data|module|each|self|this|config|settings|secrets|params|args|opts|options
          |ctx|request|req|props|state|process\.env)\.[\w.]+[\[(]?
      | (?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*[\[(].* | ENV\[.*
      | (?:get|fetch|read|load|decrypt|create|make|generate|find|build|os|env|lookup)\w*\(.*""",
    re.VERBOSE | re.DOTALL,
)
"""What stands where a program gets its secret from elsewhere."""
_MAPPING = lazy(r"[\[{][\"']?[\w.-]{1,64}[\"']?:\Z|[\[{][\"']?[\w.-]{1,64}[\"']?:\s")
"""``{type:``: a mapping of YAML in one line, whose values are looked at for themselves."""
_SCOPE = lazy(
    r"[a-z]{2,16}(?::[a-z]{2,16}){1,3}|(?:read|write|reset|create|delete|list|manage|update|admin"
    r"|view|rotate|revoke|change|get|set|use|all)"
)
"""``token:software:totp``, ``password:reset``: a kind, or what somebody may do."""
_FLAG = lazy(r"-[A-Za-z]|--[a-z]{2,}(?:-[a-z]+)*")
_NAMED = lazy(r"\[[a-z]{2,24}(?:[-_][a-z]{2,24}){0,4}")
"""``secrets: [db, cache]``: the names of some."""
_FROM_VARIABLE = lazy(
    r"\$[A-Za-z_]\w{0,63}\)|\$(?:[A-Z_][A-Z0-9_]{1,63}|\{[A-Z_][A-Z0-9_]{1,63}\})\s"
)
"""``PGPASSWORD=$DB_PASSWORD psql``: a variable, and the command that is called with it."""
_TYPE = lazy(r"\[?[A-Z]\w{1,40}[!\]]{0,3}(?=[\s,)]|\Z)")
"""``$token: String!``: a variable of GraphQL and its type."""
_COUNT = lazy(r"\d{1,4}\b")
_CHECKED = lazy(
    r"(?i:test|spec|check|suite)[\w.:/-]*(?:[ ]\(.*)?|\S+[ ]\([\d.]+[ ]?m?s\b.*"
    r"|[\w-]+(?:[./]+[A-Za-z][\w-]*)+(?:[ ].*)?"
)
"""What passed: ``PASS: test_login (0.02s)``, ``PASS: gcc.dg/loop.c``."""
_COUNTED = 4
"""Digits that the number of a field has fewer than."""
_GOES_ON = frozenset(
    {
        *("to", "is", "or", "and", "for", "in", "on", "with", "the", "a", "an", "as", "option"),
        *("options", "flag", "argument", "arguments", "requires", "required", "must", "may", "can"),
        *("cannot", "should", "will", "from", "at", "of", "not", "was", "were", "has", "instead"),
        *("when", "if", "are", "be", "parameter", "which", "that", "this", "by", "value", "only"),
        *("takes", "expects", "needs", "accepts", "sets", "specifies", "without", "before", "but"),
    }
)
"""Words after an option in a sentence about it."""


def is_spared(text: str, value: str, match: re.Match[str]) -> bool:
    """Return whether no secret is here: an object or list starts, whose leaves are looked at one
    by one, a marker stands behind a mark of YAML, code gets the secret, or a sentence goes on.
    """
    if not value.strip("[{(|>&*!~") or _CODE.fullmatch(value) or _MAPPING.match(value):
        return True
    if value.startswith("-----BEGIN") and "-----END" not in value:
        return True  # its first line: all of it is known by its form
    if (
        _is_prompt(text, match)
        or (text[match.start("name") - 1 : match.start("name")] == "$" and _TYPE.match(value))
        or (match["name"][-1] in "sS" and _NAMED.fullmatch(value))
        or _FROM_VARIABLE.match(value)
        or _is_scope(value, match)
        or _is_compared(value, match)
        or says_absent(text, match.start(), value)
        or (value[0] in "?+" and text.endswith("${", 0, match.start()))
    ):
        return True  # the latter is a shell's message where a variable is not set
    if _is_counted(match["name"].lower(), value) or _is_number_of_field(text, value, match):
        return True
    is_hidden = "‹" in value and not ANY_MARKER.sub("", value).strip("\"' ")[:1].isalnum()
    if is_hidden or not match["dash"] or not match.group().endswith(" "):
        return is_hidden
    goes_on = value.lower() in _GOES_ON or (value.isupper() and value.isalpha())
    return goes_on or _FLAG.fullmatch(value) is not None


def _is_scope(value: str, match: re.Match[str]) -> bool:
    """Return whether name and value are one kind, or say what somebody may do."""
    return match.group().endswith(":") and _SCOPE.fullmatch(value) is not None


def _is_prompt(text: str, match: re.Match[str]) -> bool:
    """Return whether the quote after a name closes what was opened before it: ``"Password: "``."""
    at, end = match.start("name"), match.end()
    quote = text[end : end + 1]
    return quote in ("'", '"') and text[at - 1 : at] == quote not in match.group()


def _is_compared(value: str, match: re.Match[str]) -> bool:
    """Return whether this is what a program compares a secret with: ``token == expected``."""
    return match.group().rstrip().endswith("==") and not looks_chosen(value)


def _is_number_of_field(text: str, value: str, match: re.Match[str]) -> bool:
    """Return whether this is a field of Protocol Buffers: ``string password = 2;``."""
    end = match.end() + len(value)
    return len(value) < _COUNTED and value.isdigit() and text[end : end + 1] == ";"


def _is_counted(name: str, value: str) -> bool:
    """Return whether tokens of text are counted here, or tests that pass; or it is a verb."""
    if name == "pass":
        counted = _COUNT.match(value) or _CHECKED.fullmatch(value)
        return counted is not None or value.lower() in _GOES_ON
    return name.endswith("tokens") and value.rstrip(",.").isdigit()
