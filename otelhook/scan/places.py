"""What stands at the place of a secret in a line of settings, of a command, or of a letter.

As elsewhere here, nothing is shared with redaction, and rows are coarser: words that lead to a
secret, and then a value that no word of prose looks like. A row's sample is tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from otelhook.scan.exchanges import EXCHANGES
from otelhook.scan.names import ELSEWHERE
from otelhook.scan.place import ANY, MIXED, QUOTED, VALUE, row
from otelhook.scan.words import HARMLESS

__all__ = ["PLACES", "placed"]


_START: Final = r"^[\s>|]{0,16}"
_COLUMN: Final = r"(?:passw\w{0,8}|secret|token|pwd)"
_LEADS: Final = r"(?:password|secret|key|key-string|md5|ascii)"
_WORDS: Final = "|".join(
    (
        *sorted(map(re.escape, ELSEWHERE), key=len, reverse=True),
        *("mot de passe", "palavra[- ]passe", "kata sandi", "mật khẩu", "contraseña", "senha"),
        *(
            "passwor[dt]",
            "kennwort",
            "wachtwoord",
            "пароль",
            "パスワード",
            "密码",
            "密碼",
            "비밀번호",
        ),
        *("pw", "pass"),
    )
)
_IS: Final = (
    "is|ist|est|es|é|è|lautet|jest|to|är|er|on|je|это|は|是|là|adalah|este|was|sind|e|είναι|היא"
)


_OF_LINES: Final = (
    row(
        "password",
        "",
        "votre mot de passe : hunter2x",
        rf"(?i:(?<![A-Za-z])(?:{_WORDS})(?:\s?(?:{_IS}))?[*_]{{0,2}}\s?:?)\s{{1,4}}"
        rf"(?!\w{{1,24}}=[\w-]{{1,24}}(?:\s|$)){VALUE}",
    ),
    row(
        "password",
        ":",
        "db.example:5432:shop:mira:hunter2x",
        _START,
        r"(?!(?:[0-9A-Fa-f]{2}:){5})[\w.*-]{1,128}:(?:\d{2,5}|\*):[\w*.-]{1,64}:[\w.@*-]{1,64}:(?P<value>[^\s‹]{3,256})$",
    ),
    row(
        "password",
        ":",
        "[mx.example]:587 mira:hunter2x",
        _START,
        r"(?:\[[\w.-]{1,128}\](?::\w{1,16})?|[\w-]{1,64}(?:\.[\w-]{1,64}){1,6}(?::\d{2,5})?)",
        rf"\s{{1,8}}[\w.@+-]{{1,128}}:{VALUE}$",
    ),
    row(
        "password",
        "}",
        "mira:{PLAIN}hunter2x:1000",
        r"\{(?i:plain\w{0,4}|clear\w{0,4}|noop)\}(?P<value>[^\s:\"'<>‹]{3,256})",
    ),
    row(
        "password",
        ":",
        "    root:hunter2x",
        r"^[\s>-]{0,16}(?:root|admin|ubuntu|user)[\w-]{0,16}:",
        r"(?P<value>(?=\S{0,64}[0-9])(?=\S{0,64}[A-Za-z])[^\s:\"'/‹]{6,256})$",
    ),
    row(
        "community",
        "com",
        "snmp-server community hunter2x RO",
        rf"(?:community6?|com2sec6?\s\S{{1,64}}\s\S{{1,64}})\s{{1,8}}(?:(?:read|write|cipher)\s{{1,4}}){{0,2}}"
        rf"(?!string|name|is\b|read\b|write\b|cipher\b|edition\b){ANY}",
    ),
    row(
        "community",
        "2c",
        "snmp-server host 10.0.0.1 version 2c hunter2x",
        rf"\bversion\s{{1,4}}2c\s{{1,4}}{ANY}",
    ),
    row(
        "password",
        " ",
        'createUser mira SHA "hunter2x"',
        r"(?i:createuser|snmp-server\suser)\s.{1,200}?\s(?i:sha|md5|aes|des)[\d-]*",
        rf"\s{{1,4}}{VALUE}",
    ),
    row(
        "password",
        " ",
        "tacacs-server host 10.0.0.4 key hunter2x",
        r"^[ \t>|`]{0,8}(?:set\s)?(?:username|enable|tacacs|radius|snmp|neighbor|ip|crypto|ppp|wpa",
        rf"|standby|system|key-string|password|server)[^\r\n=:]{{0,160}}?\s{_LEADS}",
        rf"\s{{1,4}}(?:[05-9]\s{{1,4}})?{VALUE}",
    ),
    row(
        "password",
        "auth",
        "stats auth mira:hunter2x",
        rf"\bstats\s{{1,4}}auth\s{{1,4}}[\w.@-]{{1,64}}:{ANY}",
    ),
    row(
        "password",
        "user ",
        "user mira insecure-password hunter2x",
        rf"\buser\s{{1,4}}\S{{1,64}}\s{{1,4}}(?:insecure-)?password\s{{1,4}}{VALUE}",
    ),
    row(
        "password",
        ">",
        "user mira on >hunter2x ~*",
        r"\b(?i:user|setuser)\s\S{1,64}\s[^\r\n<>]{0,120}?>(?P<value>[^\s‹<>\"']{4,256})\s",
    ),
    row(
        "password",
        ": ",
        ': PSK "hunter2x"',
        r"(?:^|\s):\s(?:PSK|EAP|XAUTH|RSA\s\S{1,64})\s{1,4}[\"'](?P<value>[^\"'‹]{3,256})",
    ),
    row(
        "password",
        "d-i",
        "d-i passwd/root-password password hunter2x",
        rf"\bd-i\s\S{{1,64}}\spassword\s{{1,4}}{ANY}",
    ),
    row(
        "password",
        "pw ",
        "rootpw --plaintext hunter2x",
        rf"\b(?:rootpw|bindpw|adminpw)\s{{1,4}}(?:--\w{{4,12}}\s)?{ANY}$",
    ),
    row(
        "password",
        "PASS ",
        "> PASS hunter2x",
        rf"^[\W]{{0,4}}PASS\s(?P<value>{MIXED}[^\s/‹]{{4,256}})\s{{0,4}}$",
    ),
    row(
        "password", "LOGIN", 'a1 LOGIN mira "hunter2x"', rf"\bLOGIN\s\"?[^\s\"]{{1,64}}\"?\s{VALUE}"
    ),
    row(
        "password",
        "AUTH",
        "AUTH mira hunter2x",
        rf"(?:^|[\s>:])AUTH\s(?:PLAIN\s|[\w.@-]{{1,64}}\s)?{VALUE}",
    ),
    row(
        "password",
        "<<<",
        "sudo -S <<< hunter2x apt-get",
        rf"(?i:sudo|passw|stdin|cryptsetup)[^\r\n<]{{0,80}}<<<\s{{0,4}}{VALUE}",
    ),
    row(
        "password",
        "/",
        "xfreerdp /u:mira /p:hunter2x",
        rf"\s/(?:rp|p|pw|pwd|pass|password)(?::|\s{{1,2}}){VALUE}",
    ),
    row(
        "password",
        "(",
        "NetworkCredential('mira', 'hunter2x')",
        r"(?i:credentials?|login|logon|authenticat\w{1,4}|auth)\w{0,24}\s?=?\s?\(\s?\\{0,2}[\"']",
        rf"[\w.@-]{{1,64}}\\{{0,2}}[\"'],\s{{0,4}}{QUOTED}",
    ),
    row(
        "password",
        "(",
        "SET password = crypt('hunter2x', 'x')",
        r"(?i:passw(?:or)?d|secret|pwd)\w{0,16}\W{1,6}(?:\w{1,16}\.)?",
        rf"(?i:\w{{0,16}}(?:crypt|hash|md5|sha\d|digest|encode|quote)\w{{0,8}})\((?:\w{{1,12}}\()?[bN]?{QUOTED}",
    ),
    row(
        "key",
        "ey",
        "Unseal Key 1: hunter2x",
        r"\b(?i:unseal|api|secret|access|recovery|license|encryption|master)\s(?:[Aa]ccess\s)?",
        rf"(?i:keys?)(?:\s\d{{1,2}})?\s?:\s{{1,4}}{VALUE}",
    ),
    row(
        "password",
        "net",
        "net user mira hunter2x /add",
        rf"\bnet\s{{1,4}}user\s{{1,4}}\S{{1,64}}\s{{1,4}}{VALUE}",
    ),
    row(
        "password",
        "radtest",
        "radtest mira hunter2x 127.0.0.1 0 x",
        rf"\bradtest\s{{1,4}}\S{{1,64}}\s{{1,4}}{ANY}",
    ),
    row(
        "token",
        "-token",
        "consul acl set-agent-token agent hunter2x",
        rf"set-agent-token\s{{1,4}}\S{{1,64}}\s{{1,4}}{ANY}",
    ),
    row(
        "password",
        ",",
        "lftp -u mira,hunter2x h",
        rf"\blftp\s[^\r\n]{{0,80}}?-u\s{{0,4}}[\w.@-]{{1,64}},{ANY}",
    ),
    row(
        "password",
        " -P",
        "mosquitto_pub -h b -P hunter2x",
        rf"\b(?:mosquitto_\w{{3,4}}|bcp|isql|ssh-keygen)\s[^\r\n]{{0,200}}?\s-P\s{{0,4}}{ANY}",
    ),
    row(
        "password",
        "/",
        "credentials: mira / hunter2x",
        r"(?i:log[ -]?in|credentials?|account|sign[ -]?in)(?:\s(?:with|as|is|are))?:?\s",
        rf"[\w.@+-]{{1,64}}\s?/\s?{VALUE}",
    ),
    row(
        "code",
        " ",
        "Use 481516 as your login code",
        r"(?i:use|enter|type)\s(?:the\s)?(?:code\s)?(?P<value>[0-9]{4,8})\s(?:as|to|for)\s",
        r"(?:[^.\r\n]{0,32}?\b(?i:code|pin|otp)\b",
        r"|(?i:[a-z ]{0,24}?(?:verif|log\s?in|sign\s?in|confirm)))",
    ),
    row(
        "code",
        "PIN",
        "the PIN is 481516",
        r"\bPIN\s(?:code\s)?(?:is\s|:\s?)(?P<value>[0-9]{4,8})\b",
    ),
    *(
        row(
            "password",
            needle,
            f"INSERT INTO a (id, password) V{needle} (1, 'hunter2x')",
            rf"(?i:\([^()]{{0,400}}{_COLUMN}[^()]{{0,400}}\)\s{{0,4}}values\s{{0,4}}\()",
            r"[^\r\n]{0,800}?'(?P<value>(?=[^'@]{0,64}[0-9])(?=[^']{0,64}[A-Za-z])[^\s'@‹]{6,256})'",
        )
        for needle in ("alues", "ALUES")
    ),
    row(
        "parameter of a login",
        "methodName",
        "<methodName>wp.getPosts</methodName><value><string>hunter2x</string></value>",
        r"<methodName>(?:wp|metaWeblog|blogger|mt|[\w.]{0,32}(?i:login|auth\w{0,8}))[\w.]{0,32}</",
        r"methodName>.{0,2000}?<(?:string|value)>",
        r"(?P<value>(?=[^<\s]{0,64}[0-9])(?=[^<\s]{0,64}[A-Za-z])[^<>\s‹]{6,128})<",
    ),
    row(
        "value of a field",
        "label",
        '<label for="k">API key</label><input id="k" value="hunter2x">',
        r"<label\b[^<>]{0,160}>[^<>]{0,40}(?i:password|secret|token|api\skey|key)\W{0,4}</label>",
        r".{0,80}?<input\b[^<>]{0,160}?\svalue=[\"']?",
        r"(?P<value>(?=[^\"'\s<>]{0,64}[0-9])[^\"'\s<>‹]{6,256})",
    ),
)


PLACES: Final = (*_OF_LINES, *EXCHANGES)


def placed(text: str) -> Iterator[str]:
    """Yield what the secrets are that stand at places of a piece of text."""
    for place in PLACES:
        if place.needle in text:
            for match in place.pattern.finditer(text):
                if not HARMLESS.fullmatch(match["value"]):
                    yield place.kind
