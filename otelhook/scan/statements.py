"""Secrets in sentences, statements, markup and command lines that were left in a document.

As in `leftover_patterns`, nothing here shares code with redaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["named_values", "said"]

_XML: Final = re.compile(
    r"<(?:\w{1,32}:)?(?P<name>[A-Za-z_][\w.-]{1,63})(?:\s[^<>]{0,512})?>\s{0,32}(?:<!\[CDATA\[)?"
    r"(?=(?P<value>[^<>\s][^<>]{0,1023})(?:</|>|$))"
)
_ATTRIBUTE: Final = re.compile(
    r"(?<![\w.$-])(?P<name>[A-Za-z_][\w.:-]{1,63})\s?=\s?\\{0,3}[\"'](?=(?P<value>[^\"'\\<>]{1,1024}))"
)
_COUPLES: Final = (
    re.compile(
        r"\b(?i:name|key|id)=\\{0,3}[\"'](?P<name>[\w.:-]{1,64})\\{0,3}[\"'][^<>]{0,256}?"
        r"\s(?i:value|content)=\\{0,3}[\"'](?=(?P<value>[^\"'\\<>]{1,1024}))"
    ),
    re.compile(
        r"\s(?i:value|content)=\\{0,3}[\"'](?P<value>[^\"'\\<>]{1,1024})\\{0,3}[\"'][^<>]{0,256}?"
        r"\s(?i:name|key|id)=\\{0,3}[\"'](?P<name>[\w.:-]{1,64})"
    ),
    re.compile(
        r"<(?i:name|key)>\s{0,8}(?P<name>[\w.:-]{1,64})\s{0,8}</(?i:name|key)>\s{0,8}"
        r"<(?i:value|string)>(?:\s{0,8}<string>)?(?=(?P<value>[^<>]{1,1024}))"
    ),
    re.compile(
        r"\bset\s{1,4}[\w./:-]{0,64}?(?P<name>[A-Za-z_]\w{3,63})\s{1,4}(?=(?P<value>(?![a-z]{1,16}\s)\S{6,}))"
    ),
)

_STATEMENTS: Final = tuple(
    (kind, re.compile(pattern, re.VERBOSE))
    for kind, pattern in (
        (
            "password",
            r"""(?i:passw(?:or)?d|passphrase|passcode)(?:\s{1,4}(?i:is|was))?:?\s{1,4}
                \\{0,3}["'`]?
                (?P<value>(?=[^\s"'`<>]{0,64}[0-9])(?!\w{1,24}=[\w-]{1,24}(?:\s|$)|base64\b)
                [^\s"'`<>‹\\\[($|{}-][^\s"'`<>]{5,256})""",
        ),
        (
            "password",
            r"""(?i:identified\s{1,4}(?:by|with\s{1,4}\w{1,64}\s{1,4}(?:by|as))
                  | \bset\s{1,4}password\s{1,4}for\s{1,4}\S{1,256}\s{0,4}=)
                \s{0,4}\\{0,3}["'](?P<value>[^"'\\‹$]{1,256})""",
        ),
        ("password", r"""\b(?i:password)\s{1,4}\\{0,3}'(?P<value>[^'‹\\$]{4,256})'"""),
        (
            "token",
            r"""(?i:token|api[ _-]?key|access[ _-]?key|secret)(?:\s{1,4}(?i:is|was))?:?\s{1,4}
                (?P<value>(?=[A-Za-z_-]{0,64}[0-9])[0-9a-f]{20,256}(?!\w)
                  | (?=[\w-]{0,64}[a-z])(?=[\w-]{0,64}[A-Z])(?=[\w-]{0,64}[0-9])[\w-]{20,256})""",
        ),
        (
            "password",
            r"""(?:^|[\s"'>])AUTH\s{1,4}(?:PLAIN\s{1,4})?
                (?P<value>(?=\S{0,64}[0-9])[^\s‹"'<>\\$-]{6,256})\s{0,4}(?:$|["'<\\])""",
        ),
        (
            "password",
            r"""\b(?:echo|printf)\s{1,4}(?:-\w{1,3}\s{1,4}){0,2}["']?(?P<value>[^\s"'|$‹]{4,256})["']?\s{0,4}\|
                [^\r\n|]{0,128}?(?:--?password-stdin|--stdin|chpasswd|sudo\s{1,4}-\w{0,4}S)""",
        ),
        (
            "password",
            r"""(?i:ConvertTo-SecureString)\s{1,4}(?:-String\s{1,4})?["']?(?P<value>[^\s"'‹$-][^"'‹]{3,256})["']""",
        ),
        (
            "password",
            r"""(?<![\w-])--?\w{0,12}(?:store|key)pass\s{1,4}["']?(?P<value>[^\s"'‹$-][^\s"'‹]{3,256})""",
        ),
        (
            "password",
            r"""(?i:passw(?:or)?d|passphrase|passcode)\s(?:for|of)\s(?:user\s)?[^\s:]{1,64}(?::|\sis)\s{1,4}
                (?P<value>(?=[^\s]{0,64}[0-9])[^\s"'`<>‹\\]{4,256})""",
        ),
        (
            "code",
            r"""(?i:\b(?:verification|security|login|access|auth\w{0,12}|one-?time|2fa|mfa|confirmation
                |sign-?in|activation|recovery)\s(?:code|pin|passcode)(?:\sis|:)\s{0,4})(?P<value>[0-9]{4,8})\b""",
        ),
        (
            "code",
            r"(?<![\w.])(?P<value>[0-9]{4,8})\sis\syour\s(?:[\w'-]{1,24}\s){0,3}(?i:code|pin|passcode)\b",
        ),
        (
            "secret of a command",
            r"""(?:--?(?:name|key|parameter|path|id)[\ =]["']?[\w./-]{0,64}
                    (?i:pass\w{0,8}|secret|token|key|cred\w{0,8})["']?\s
                  | \bsecrets?\s{1,4}(?:set|put|create|add|update)\b)[^\r\n]{0,200}?
                --?(?:value|body|data|secret-string)[\ =]["']?
                (?P<value>[^\s"'‹$-][^"'‹\s]{3,512})""",
        ),
        (
            "cookie",
            r"""\bcurl\b[^\r\n]{0,400}?\s(?:-b|--cookie)[\ =]\\{0,3}["']?
                (?P<value>\w[^\s"'‹=]{0,64}=[^\s"'‹]{4,256})""",
        ),
        (
            "token in a path",
            r"/(?:[\w-]{0,64}-)?tokens?/(?P<value>(?=[^\s/]{0,64}[0-9])[\w.~-]{20,1024})",
        ),
        ("token", r"^\{\w{0,64}token_id\}\s{1,8}(?P<value>[\w.~-]{20,1024})"),
        ("password in a URL", r":thin:[\w$#]{1,64}/(?P<value>[^@\s/‹$]{1,256})@"),
        (
            "login",
            r"""(?<![\w-])-{1,2}(?:u|U|user|proxy-user|a|auth)[=\ ]?\\{0,3}["']?
                [A-Za-z][^\s"':=]{0,63}:["']?
                (?P<value>(?![0-9]{1,8}(?:[\s"']|$))[^\s"'‹:/$]{3,256})""",
        ),
    )
)

_REST: Final = r"[^\r\n]{0,400}?\s"
_VALUE: Final = r"\\{0,3}[\"']?(?P<value>[^\s\"'‹-][^\s\"'‹]{2,256})"
_PROGRAMS: Final = tuple(
    re.compile(rf"(?<![\w./-])(?:[\w./-]{{0,128}}/)?(?:{programs})\b{_REST}(?:{option}){_VALUE}")
    for programs, option in (
        (r"mysql\w{0,8}|mariadb|sshpass|7za?", r"-p(?=\S{4})"),
        (r"sshpass|(?:docker|podman|helm)\s{1,4}login|twine|mongo(?:sh)?", r"-p\s{1,4}"),
        (r"zip|unzip|ipmitool|sqlcmd", r"-P\s{1,4}"),
        (r"ldap\w{3,8}", r"-w\s{0,4}"),
        (r"redis-cli", r"-a\s{1,4}"),
        (r"swift", r"-K\s{1,4}"),
        (r"swift", r"tempurl\s{1,4}\S{1,16}\s{1,4}\S{1,16}\s{1,4}\S{1,512}\s{1,4}"),
        (r"openssl", r"-k\s{1,4}|-pass(?:in|out)?\s{1,4}pass:"),
        (r"smbclient", r"-U\s{0,4}\S{1,64}%"),
        (r"htpasswd", r"-b\w{0,4}\s{1,4}\S{1,256}\s{1,4}\S{1,64}\s{1,4}"),
        (r"user(?:add|mod)|az|oc|cf|cqlsh|mongo\w{3,8}", r"-p\s{1,4}"),
        (r"snmp\w{3,8}", r"-[cAX]\s{1,4}"),
        (r"net\s{1,4}use", r"/user:\S{1,64}\s{1,4}"),
        (r"rabbitmqctl", r"(?:add_user|change_password)\s{1,4}\S{1,64}\s{1,4}"),
    )
)
_NEEDLES: Final = re.compile(r" -[pPwaKkUbcAX]|pass:|tempurl|add_user|change_password|/user:")


def named_values(text: str) -> Iterator[tuple[str, str]]:
    """Yield names and values of elements, attributes and couples of them in markup."""
    if "<" in text:
        yield from ((match["name"], match["value"]) for match in _XML.finditer(text))
    if "=" in text:
        yield from ((match["name"], match["value"]) for match in _ATTRIBUTE.finditer(text))
    for pattern in _COUPLES:
        yield from ((match["name"], match["value"]) for match in pattern.finditer(text))


def said(text: str) -> Iterator[tuple[str, str]]:
    """Yield kinds and values of secrets in sentences, statements and command lines."""
    for kind, pattern in _STATEMENTS:
        yield from ((kind, match["value"]) for match in pattern.finditer(text))
    if _NEEDLES.search(text):
        for program in _PROGRAMS:
            yield from (("password", match["value"]) for match in program.finditer(text))
