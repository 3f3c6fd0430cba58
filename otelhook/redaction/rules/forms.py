"""Tokens known by their own form, whatever stands before them.

The forms are those that vendors publish for secret scanning, JWT and JWE (RFC 7519, 7516), Fernet,
PEM and PuTTY keys, Basic and Bearer credentials, and the userinfo of URLs. The pattern runs in
time linear in the text, which may come from an attacker.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from otelhook.redaction.rules.entropy import has_entropy
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import MARKER, Redactor, is_marker

__all__ = ["hide_forms"]

_FORMS = re.compile(
    r"""
    (?P<issued>(?<![A-Za-z0-9_-])(?:
        eyJ(?:hbGci|0eXAi|raWQi|lbmMi|jdHki|qa3Ui|4NX[QVU]|6aXAi|qd2si|jcml0|lcGsi|iNjQi)
          [\w-]*(?:\.[\w-]*){0,4}  # a JOSE header's first name: alg, typ, kid, enc ...
      | eyJ[\w-]{8,}(?:\.[\w-]{8,}(?:\.[\w-]*){0,3})
      | gAAAA[\w-]{20,}={0,2}
      | A(?:KI|SI|PK)A[A-Z0-9]{16}(?![A-Za-z0-9])
      | gh[posru]_\w{20,}(?:\.[\w-]+){0,3} | github_pat_\w{20,}
      | gl(?:pat|dt|rt|ptt|cbt|ft|soat|agent|imt)-[\w.-]{16,} | GR1348941[\w-]{16,}
      | xox[abeoprs]-[\w-]{10,} | xapp-[\w-]{20,}
      | [sr]k_(?:live|test)_\w{10,} | whsec_[\w+/=]{16,} | sk-[\w-]{20,}
      | AIza[\w-]{30,} | ya29\.[\w.-]{16,} | GOCSPX-[\w-]{16,}
      | SG\.[\w-]{16,}\.[\w-]{16,} | npm_[A-Za-z0-9]{30,} | pypi-[\w-]{40,} | rubygems_[0-9a-f]{40,}
      | dop_v1_[0-9a-f]{40,} | dckr_(?:pat|oat)_[\w-]{20,} | hv[sbr]\.[\w-]{20,}
      | dapi[0-9a-f]{32} | secret_[A-Za-z0-9]{40,} | hf_[A-Za-z]{30,}
      | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32} | glsa_\w{30,} | figd_[\w-]{30,}
      | AGE-SECRET-KEY-1[A-Z0-9]{30,} ))
  | (?P<bot>(?<![0-9])[0-9]{8,12}:AA[\w-]{32,})
  | (?P<hook>(?<=hooks\.slack\.com/services/)[\w/]+)
  | (?P<webhook>(?<=/api/webhooks/)[0-9]{5,20}/[\w-]{20,})
  | (?P<pem>-----BEGIN\ [A-Z ]{0,20}PRIVATE\ KEY-----.*?
        (?:-----END\ [A-Z ]{0,20}PRIVATE\ KEY-----|\Z))
  | (?P<putty>(?<=Private-Lines:\ )[0-9]{1,4}(?:\s{1,4}|\\[rn])+
        (?:[\w+/=]{16,}(?:\s{1,4}|\\[rn]|\Z))+)
  | (?<=://)(?P<user>[^\s/?\#"'<>\\@:]{0,512})(?P<password>:[^\s/?\#"'<>\\]{0,512})?(?=@)
  | (?<=\b(?i:bearer)\ )(?P<bearer>(?![a-z_]{1,40}=[^=])[\w.~+/=-]{8,})
  | (?<=\b(?i:basic)\ )(?P<basic>[\w+/=-]{6,})
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_CLUES = re.compile(
    r"""
    e(?=yJ) | g(?=AAAA|h[posru]_|ithub_pat_|l(?:pat|dt|rt|ptt|cbt|ft|soat|agent|imt|sa)[_-])
  | A(?=(?:KI|SI|PK)A|Iza|GE-SECRET) | G(?=R1348941|OCSPX-) | x(?=ox|app-)
  | s(?=k[_-]|ecret_|hp) | r(?=k_|ubygems_) | w(?=hsec_) | y(?=a29) | S(?=G\.) | n(?=pm_)
  | p(?=ypi-) | d(?=op_v1_|ckr_|api) | h(?=v[sbr]\.|f_) | f(?=igd_) | -(?=----BEGIN\ )
  | :(?=AA)(?P<bot>) | :(?=(?P<address>//)) | s(?=(?P<hook>lack\.com/services/))
  | w(?=(?P<webhook>ebhooks/)) | P(?=(?P<putty>rivate-Lines:\ ))
  | b(?=(?P<scheme>(?i:earer|asic)\ )) | B(?=(?P<Scheme>(?i:earer|asic)\ ))
    """,
    re.VERBOSE,
)
"""Where a form begins, or what stands before one. Each way begins with one plain character: of
these the engine makes a set, and passes over all others at once.
"""
_MOST_DIGITS = 12
_DIGITS = re.compile(r"[0-9]{8,12}\Z")
_ISSUED = frozenset({"issued", "bearer", "bot", "webhook"})
_SURE_BITS = 20
_LONG_TOKEN = 20


def hide_forms(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide tokens known by their own form and append what was found to ``places``."""

    def stand_in(match: re.Match[str]) -> str:
        kind, value = match.lastgroup or "", match.group()
        if kind in ("user", "password"):
            return userinfo(match)
        if kind == "basic" and not _is_basic(value):
            return value
        if kind == "bearer" and not has_entropy(value, _SURE_BITS) and len(value) < _LONG_TOKEN:
            return value
        places.append("private_key" if kind in ("pem", "putty") else "token")
        if kind == "putty":
            lines, gap, _ = value.partition("\n")
            return f"{lines}{gap}{MARKER}\n" if gap else MARKER
        return redactor.stand_in(Sensitivity.TOKEN if kind in _ISSUED else Sensitivity.HUMAN, value)

    def userinfo(match: re.Match[str]) -> str:
        user, password = match["user"], match["password"]
        if is_marker(match.group()):
            return match.group()
        if password and len(password) > 1 and not is_marker(password[1:]):
            places.append("userinfo")
            return f"{user}:{MARKER}"
        if not password and redactor.hides(Sensitivity.MAYBE, user):
            places.append("userinfo")
            return redactor.stand_in(Sensitivity.TOKEN, user)
        return match.group()

    return _substitute(stand_in, text)


def _substitute(stand_in: Callable[[re.Match[str]], str], text: str) -> str:
    """Return what ``_FORMS.sub`` does. It tries at each character of a text; most bodies that come
    here are none, and few of their bytes begin a form.
    """
    out: list[str] = []
    done = 0
    for start in _starts(text):
        match = _FORMS.match(text, start) if start >= done else None
        if match is not None:
            out += (text[done:start], stand_in(match))
            done = match.end()
    return "".join((*out, text[done:])) if out else text


def _starts(text: str) -> list[int]:
    """Return where a form may begin, in order."""
    starts: list[int] = []
    for clue in _CLUES.finditer(text):
        start = clue.start()
        if clue.lastgroup == "bot":
            digits = _DIGITS.search(text, max(0, start - _MOST_DIGITS), start)
            start = start if digits is None else digits.start()
        elif clue.lastgroup is not None:
            start = clue.end() + len(clue[clue.lastgroup])
        starts.append(start)
    starts.sort()
    return starts


def _is_basic(value: str) -> bool:
    """Say whether this is RFC 7617's base64 of ``user:password`` and no word of prose."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return False
