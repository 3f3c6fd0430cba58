"""What stands in place of a secret: a plain marker, or a pseudonym.

A human secret leaves the marker only: a pseudonym of something guessable could be confirmed with
a dictionary. A token that a machine issued, of at least 80 bits of estimated entropy, leaves
``‹token:16 hex digits›``: the first 64 bits of an HMAC-SHA256 under the configured key, or else
under the trace id, so that one token reads the same in every service of a trace and its way can
be followed. Keyed by the trace id, a pseudonym can be checked by whoever holds both the trace and
a candidate token, and nobody can search 80 bits; keyed by a secret key not even that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.compiled import use_compiled
from otelhook.redaction.rules.entropy import has_entropy
from otelhook.redaction.rules.keyed_hash import hmac_sha256
from otelhook.redaction.rules.markers import ANY_MARKER, MARKER, is_marker
from otelhook.redaction.rules.names import Names, Sensitivity
from otelhook.redaction.rules.other_meanings import LONGEST_MEANT, means_another
from otelhook.redaction.rules.own_patterns import compile_pattern
from otelhook.redaction.rules.password_words import PASSWORD_WORDS
from otelhook.redaction.rules.sentences import reads_as_prose

__all__ = [
    "ANY_MARKER",
    "MARKER",
    "PSEUDONYM_BITS",
    "Redacted",
    "Redactor",
    "Rules",
    "is_marker",
    "looks_chosen",
    "looks_issued",
]

PSEUDONYM_BITS = 80
"""A token of less estimated entropy gets the plain marker."""

_MAYBE_BITS = 40
_SHORTEST_CHOSEN = 6
_NOTHING = frozenset(
    {
        *(
            "",
            "true",
            "false",
            "null",
            "none",
            "yes",
            "no",
            "on",
            "off",
            "nil",
            "undefined",
            "*",
            "?",
            "%s",
            "{}",
            "[]",
            "...",
        ),
        *(
            "str",
            "string",
            "string!",
            "str,",
            "text",
            "int",
            "bool",
            "bytes",
            "any",
            "object",
            "password",
            "awscurrent",
            "awsprevious",
        ),
    }
)
_REFERENCE = lazy(
    r"""
    \$\{[\w.-]*(?::?[?+][^{}]{0,80})?\}?
  | \$\{(?:env|vault|ssm|secrets?|file|self|param|opt|cf|sm|sys|aws\w*|gcp\w*|azure\w*)[:.]
      [^{}]{1,120}\}
  | (?:secrets?|vault|env|ssm|op|keyring|keychain|aws\w*|gcp\w*|az\w*|sops|ref)(?:\+\w{1,16})?://\S{1,256}
 | \$[A-Z][A-Z0-9_]{2,}
  | \$(?:[a-z]\w?|[a-z]{2,24}(?:_[a-z]{2,24}){1,4}|(?i:\w{0,24}(?:passw|pwd|token|key)\w{0,24}))
  | YOUR[_-][A-Z_-]{2,40}
  | \$\((?![ ]{0,4}(?:echo|printf)\b)[^\r\n]{0,400}
  | `(?:cat|pass|vault|aws|op|gcloud|az|lpass|kubectl)[ ][^`]{0,400}`?
  | :[A-Za-z_]\w{0,64} | @\w{0,32}(?i:passw|pwd|secret|token|key)\w{0,32}
  | \$ANSIBLE_VAULT;.{0,4096}
  | \$?\{\{[^{}]{0,80}(?:\}\}?)?
  | %\(?[A-Za-z_]+\)?[%s] | <[A-Za-z][\w\ -]{0,40}> | \{[a-z_]+\} | [A-Z]+\(\w*\)?
  | [*•·]{3,} | \[?(?i:redacted|hidden|masked|filtered|removed)\]?
    """,
    re.VERBOSE | re.DOTALL,
)
"""``${DB_PASSWORD}``, ``$(vault read …)``, a statement's ``:password``, ``{{ .Values.password }}``,
``***``: where a secret will be or was."""
_VARIABLE = lazy(r"\$[A-Za-z_]{1,32}")
"""``$count``: no token is of letters alone, behind such a mark."""
_SETTINGS = frozenset(
    {
        *("read", "write", "get", "list", "required", "optional", "enabled", "disabled"),
        *("seconds", "minutes", "hours", "days", "bearer", "string"),
        *(
            "done",
            "fixed",
            "failed",
            "passed",
            "expired",
            "invalid",
            "missing",
            "revoked",
            "rotated",
        ),
        *("updated", "removed", "valid", "unknown", "granted", "denied", "renewed", "refreshed"),
        *(
            "created",
            "deleted",
            "accepted",
            "rejected",
            "changed",
            "present",
            "absent",
            "incorrect",
        ),
    }
)
"""Words that stand under a token's name and say what may be done with it, how long it lasts, or
what became of it."""
_LONGEST_WORD = max(map(len, _NOTHING | _SETTINGS))
_LABEL = lazy(
    r"(?:[A-Z][a-z]{1,12}\ )?(?:[A-Za-z][a-z]{1,12}\ |API\ )?"
    r"(?i:password|passphrase|api\ key|token|key"
    rf"|secret|pin|code|{'|'.join(PASSWORD_WORDS)})[?:*]?|API[ -][A-ZÀ-Þ][a-zß-ÿ]{{2,16}}"
)
"""``New password``, ``Passwort``: what a form's field is called."""
_SEGMENT = r"(?:[\w.-]{0,64}\.[A-Za-z]\w{0,4}|[A-Za-z_.-]{1,40}|\d{1,8})"
_PATH = lazy(rf"/?{_SEGMENT}(?:/{_SEGMENT}){{1,32}}/?", re.ASCII)

_BESIDE = lazy(r"\.{1,2}(?:/[\w.-]{1,64}){1,32}/?", re.ASCII)
"""``./password.txt``: a path from here."""

T = TypeVar("T")


_KEY_VARIABLE = "OTELHOOK_REDACTION_KEY"


@dataclass(slots=True)
class Redacted(Generic[T]):
    """A value without its secrets, and where they were.

    It is made many times in each request, and a frozen one takes three times as long to make.
    """

    value: T
    places: tuple[str, ...]
    """Names only, never values: ``auth.password``; empty if nothing was hidden."""


class Rules(Protocol):
    """What the settings say of redaction."""

    @property
    def redact(self) -> bool:
        """Whether anything is hidden at all."""
        ...

    @property
    def redact_names(self) -> tuple[str, ...]:
        """Further names whose values are secret."""
        ...

    @property
    def redact_keep(self) -> tuple[str, ...]:
        """Names whose values are never secret."""
        ...

    @property
    def redact_patterns(self) -> tuple[str, ...]:
        """Regular expressions of further secrets."""
        ...

    @property
    def compiled(self) -> bool:
        """Whether the compiled part is used where there is one."""
        ...


def looks_issued(value: str) -> bool:
    """Say whether a machine made this, as far as one can tell: no word, URL or path."""
    if not has_entropy(value, _MAYBE_BITS) or "://" in value:
        return False
    return "/" not in value or _PATH.fullmatch(value) is None


_WORDS = lazy(
    r"""(?:[a-z]+|[A-Z][a-z]*|\d{1,5})(?:[-_.,:/ ](?:[A-Za-z]+|\d{1,5}))*[-.:/,]?
      | \d[\d.,:/TZ+-]*                            # a number, a date, a version
      | [a-z]+(?:[A-Z][a-z]+)+ | (?:[A-Z][a-z]+){2,}  # an identifier
      | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                # a mail address
      | [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}
      | (?:arn|urn|https?|file):.* | [/~.$<{(\[%].*""",
    re.VERBOSE,
)


def looks_chosen(value: str) -> bool:
    """Return whether this is more of a password or a token than words, a number or an address."""
    if len(value) < _SHORTEST_CHOSEN or value[0] == "‹" or _WORDS.fullmatch(value[:256]):
        return False
    mixed = not value.islower() and not value.isupper()
    has_digit = any(sign.isdigit() for sign in value)
    signs = any(not sign.isalnum() and sign not in "-_./: " for sign in value)
    return (has_digit or signs or mixed) and any(sign.isalpha() for sign in value)


def _is_about(value: str) -> bool:
    """Return whether this is a file's path, a sentence about a secret, or a field's label."""
    if value[0] == ".":
        return _BESIDE.fullmatch(value) is not None
    if value[0] == "/":
        return _PATH.fullmatch(value) is not None
    if value[0].isupper() and (
        " " in value or value[3:4] == "-" or value.lower() in PASSWORD_WORDS
    ):
        return _LABEL.fullmatch(value) is not None or reads_as_prose(value)
    return " " in value and reads_as_prose(value)


@dataclass(slots=True, eq=False)
class Redactor:
    """The rules of redaction, and the key of its pseudonyms. Nothing changes it once it is made.

    Without a key every secret gets the plain marker. ``enabled`` off passes all text through:
    an explicit choice of the user's, never a default.
    """

    names: Names = field(default_factory=Names)
    key: bytes = b""
    enabled: bool = True
    fixed_key: bool = False
    patterns: tuple[re.Pattern[str], ...] = ()
    """The user's own patterns of secrets, in whatever text they stand."""

    @classmethod
    def make(
        cls,
        *,
        further_names: Iterable[str] = (),
        kept_names: Iterable[str] = (),
        patterns: Iterable[str] = (),
        key: str = "",
        enabled: bool = True,
    ) -> Redactor:
        """Make a redactor from settings; ``key`` is the user's own (any text), or empty."""
        names = Names(further_names, kept_names)
        own = tuple(map(compile_pattern, patterns))
        return cls(names, key.encode(), enabled, fixed_key=bool(key), patterns=own)

    @classmethod
    def configured(cls, environ: Mapping[str, str], rules: Rules) -> Redactor:
        """Make the redactor that every process with these settings has: the key of pseudonyms
        is a secret, and stands in the environment only (``OTELHOOK_REDACTION_KEY``). Whether the
        compiled part is used, which changes no answer, is one thing for the whole process.
        """
        use_compiled(on=rules.compiled)
        return cls.make(
            further_names=rules.redact_names,
            kept_names=rules.redact_keep,
            patterns=rules.redact_patterns,
            key=environ.get(_KEY_VARIABLE, ""),
            enabled=rules.redact,
        )

    def for_trace(self, trace_id: str) -> Redactor:
        """Return this redactor, keyed by the trace id (hex) unless it has a key of its own."""
        if self.fixed_key:
            return self
        return Redactor(self.names, trace_id.encode(), self.enabled, patterns=self.patterns)

    def hides(self, sensitivity: Sensitivity, value: str, name: str = "", around: str = "") -> bool:
        """Say whether this value under a name of this sensitivity is hidden.

        Args:
            sensitivity: of the name, at its place.
            value: what stands under it.
            name: as it is written, where it may mean something else.
            around: the text that both are in.
        """
        if not self._hides(sensitivity, value):
            return False
        if not name or len(value) > LONGEST_MEANT:
            return True
        return not means_another(name, value, around) or self.names.is_further(name)

    @staticmethod
    def _hides(sensitivity: Sensitivity, value: str) -> bool:
        plain = value.strip()
        is_nothing = len(plain) <= _LONGEST_WORD and plain.lower() in _NOTHING
        if sensitivity is Sensitivity.NONE or is_nothing:
            return False
        if is_marker(value) or _REFERENCE.fullmatch(value) or _is_about(value):
            return False
        if sensitivity is Sensitivity.HUMAN:
            return True
        if sensitivity is Sensitivity.TOKEN:
            is_setting = len(value) <= _LONGEST_WORD and value.lower() in _SETTINGS
            return not is_setting and not (value[0] == "$" and _VARIABLE.fullmatch(value))
        return looks_issued(value)

    def stand_in(self, sensitivity: Sensitivity, value: str) -> str:
        """Return what is shown in place of a secret value."""
        human = sensitivity is Sensitivity.HUMAN
        if not self.key or human or not has_entropy(value, PSEUDONYM_BITS):
            return MARKER
        secret = value.encode("utf-8", "surrogatepass")
        return f"‹token:{hmac_sha256(self.key, secret).hex()[:16]}›"
