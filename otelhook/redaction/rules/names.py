"""Which names have secret values.

A name is a header, a query or form field, a JSON key or a command's option. It is compared as
words: ``X-Auth-Token``, ``x_auth_token`` and ``xAuthToken`` are the same name. A name is secret by
its *last* words (``admin_password`` is, ``password_expires_at`` is not), so that what only speaks
about a secret survives. The words come from the default lists of other scrubbers (Logfire,
Elastic, Logbook), from the query keys that OpenTelemetry's HTTP conventions name, and from the
API references of OpenStack, OAuth (RFC 6749, 7636, 8628) and AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

__all__ = ["Names", "Sensitivity", "spell"]

_LONGEST_NAME = 48
"""Only this many last characters count: a bound on the work and on what the caches hold."""
_CACHED_NAMES = 4096


class Sensitivity(Enum):
    """How secret the value under a name is."""

    NONE = "none"
    """Nothing to hide."""
    MAYBE = "maybe"
    """Hidden if the value looks issued by a machine: ``auth``, ``session``, a query's ``key``."""
    TOKEN = "token"  # noqa: S105 - a word, no secret
    """Issued by a machine: hidden, and a pseudonym stands for it where that is safe."""
    HUMAN = "human"
    """A password or the like: hidden without a trace."""


_HUMAN = r"""
    \w*pass_?w(?:or)?ds? | \w*passphrase | passcode | pass | pwds? | pw | mysql_pwd
  | (?:admin|user|db|key|store|ssh|root|storage)_?pass
  | passwort | kennwort | senha | contrase(?:ñ|n)a | mot_de_passe | wachtwoord
  | 비밀번호 | 密码 | 密碼 | パスワード | пароль
  | \w*secret | \w*secret_?(?:access_?)?keys? | psk | pre_?shared_key
  | (?:\w*_)?private_?keys? | private_mac
  | pin | pin_?code | cvv2? | cvc2? | ssn | social_security(?:_number)? | otp | totp
  | (?:mfa|otp|totp|verification)_code
  | (?:credit_?|debit_?)?card_?(?:number|num|no) | credit_?card
"""
_ISSUED = r"""
    \w*tokens? | \w*secrets | jwt | jwe | bearer
  | (?:x_)?api_?keys? | access_?keys? | access_?key_?id | auth_?keys?
  | (?:encryption|signing|master|shared|storage|account|service|license|subscription|functions
      |session|consumer|app|application|deploy|webhook|temp_url|customer|sync)_?key(?:_2)?
  | (?:session|sess|user_session)_?id | \w*sessid | jsessionid | aspsessionid\w*
  | cookies? | csrf | xsrf | authorization | keys_base64
  | saml_?(?:response|request) | client_assertion
  | (?:code|oauth)_?verifier | (?:device|user|auth|authorization)_code
"""
_MAYBE = r"""
    (?:\w+_)?auth | (?:\w+_)?session | credentials? | assertion
  | (?:primary|secondary|tls|ssl|client|server|host)_key(?:_data)?
"""
_QUERY = "sig | signature | ticket | temp_url_sig | key_pair_id | policy_signature"
_QUERY_MAYBE = "key | code | sid"
_HEADER = r"(?:\w+_)?signature(?:_\d+)?"
_SUFFIX = r"""(?: _(?:hash|digest|value|confirmation|confirm|again|repeat|plain|text|b64|base64
    |encoded|encrypted|raw|data|pem|old|new|current|string|binary) )? (?:_?\d+)?"""


def _compile(words: str, suffix: str = _SUFFIX) -> re.Pattern[str]:
    return re.compile(rf"(?:\w*_)??(?:{words}){suffix}", re.VERBOSE)


_ANYWHERE = ((_compile(_HUMAN), Sensitivity.HUMAN), (_compile(_ISSUED), Sensitivity.TOKEN))
_UNSURE = re.compile(_MAYBE, re.VERBOSE)
_IN_QUERY = (
    (_compile(_QUERY, ""), Sensitivity.TOKEN),
    (re.compile(r"(?:\w*_)?(?:aws|x_amz|x_goog)_\w*(?:key_id|credential)"), Sensitivity.TOKEN),
    (re.compile(_QUERY_MAYBE, re.VERBOSE), Sensitivity.MAYBE),
)
_IN_HEADER = re.compile(_HEADER)
_HARMLESS_HEADERS = frozenset({"accept_signature"})
_ABOUT = re.compile(
    r"""
    (?:is|has|needs?|requires?|uses?|enabled?|disabled?|allow|show|no|max|min|num|total|count
      |prompt|completion|input|output)_.*
  | (?:\w*_)?(?:next|page|pagination|continuation|sync|skip|delta|sequence|resume|scroll
      |idempotency|client_request|stop|pad|eos|bos|unk|sep|cls|mask|special)_?tokens?
  | http_tokens?
    """,
    re.VERBOSE,
)
"""A name that asks about a secret, counts tokens, marks the next page, or is of text's tokens:
``has_password``, ``total_tokens``, ``next_page_token``, ``eos_token``.
"""
_EC2_MARKS = frozenset({"ClientToken", "clientToken"})
"""EC2's mark of one attempt; Vault's ``client_token`` is a secret."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP = re.compile(r"[\W_]+")


def spell(name: str) -> str:
    """Return the words of a name, lower case, joined by ``_``: ``X-Auth-Token`` is
    ``x_auth_token``.
    """
    return _GAP.sub("_", _HUMP.sub("_", name)).strip("_").lower()


class Names:
    """Tells how secret the value under a name is. Immutable; safe to share between threads.

    Args:
        further: names of the user's own, hidden like passwords; ``*`` stands for any text.
        kept: names whose values are never secret, whatever else is said of them here.
    """

    __slots__ = (
        "_anywhere",
        "_clues",
        "_further",
        "_in_header",
        "_in_query",
        "_kept",
        "has_further",
    )

    def __init__(self, further: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
        further = tuple(further)
        self._further = _any_of(further)
        self._clues = tuple({_clue(name) for name in further})
        self.has_further = bool(further)
        """Whether there are names of the user's own."""
        self._kept = _any_of(kept)
        cached = lru_cache(maxsize=_CACHED_NAMES)
        self._anywhere = cached(self._sensitivity)
        self._in_query = cached(self._sensitivity_in_query)
        self._in_header = cached(self._sensitivity_in_header)

    def sensitivity(self, name: str) -> Sensitivity:
        """Return how secret the value is, wherever the name stands."""
        return self._anywhere(name[-_LONGEST_NAME:])

    def sensitivity_in_query(self, name: str) -> Sensitivity:
        """Return how secret the value is in a query or form, where short names mean more."""
        return self._in_query(name[-_LONGEST_NAME:])

    def sensitivity_in_header(self, name: str) -> Sensitivity:
        """Return how secret the value of a header is, where signatures are credentials."""
        return self._in_header(name[-_LONGEST_NAME:])

    def may_stand_in(self, text: str) -> bool:
        """Say quickly whether one of the user's own names may stand in a text; False is certain."""
        lower = text.lower()
        return any(clue in lower for clue in self._clues)

    def _sensitivity(self, name: str) -> Sensitivity:
        words = spell(name)
        if self._kept is not None and self._kept.fullmatch(words):
            return Sensitivity.NONE
        if self._further is not None and self._further.fullmatch(words):
            return Sensitivity.HUMAN
        if name in _EC2_MARKS or _ABOUT.fullmatch(words):
            return Sensitivity.NONE
        for pattern, sensitivity in _ANYWHERE:
            if pattern.fullmatch(words):
                return sensitivity
        return Sensitivity.MAYBE if _UNSURE.fullmatch(words) else Sensitivity.NONE

    def _sensitivity_in_query(self, name: str) -> Sensitivity:
        found = self._sensitivity(name)
        words = spell(name)
        if found is not Sensitivity.NONE or self._is_kept(words):
            return found
        for pattern, sensitivity in _IN_QUERY:
            if pattern.fullmatch(words):
                return sensitivity
        return Sensitivity.NONE

    def _sensitivity_in_header(self, name: str) -> Sensitivity:
        found = self._sensitivity(name)
        words = spell(name)
        if found is not Sensitivity.NONE or self._is_kept(words) or words in _HARMLESS_HEADERS:
            return found
        return Sensitivity.TOKEN if _IN_HEADER.fullmatch(words) else Sensitivity.NONE

    def _is_kept(self, words: str) -> bool:
        return self._kept is not None and self._kept.fullmatch(words) is not None


def _clue(name: str) -> str:
    """Return a piece of a name that stands in every text that has the name, in lower case."""
    if not name.isascii():
        return ""  # JSON may have it as \\u and digits
    return max((word for part in name.split("*") for word in spell(part).split("_")), key=len)


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    patterns = [r"\w*".join(re.escape(spell(part)) for part in name.split("*")) for name in names]
    return re.compile("|".join(patterns)) if patterns else None
