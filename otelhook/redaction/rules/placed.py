r"""Secrets that stand at a place of a line without a name or a mark before them.

Files of passwords (``.pgpass``, Postfix's, Dovecot's, ``chpasswd``), settings of servers and of
network devices, sessions of mail and file servers, and calls that take a name and a password. One
row a place, from the programs' manuals; every sample is tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.first_letters import Found, letters_among, searches
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.place import BLANKS, QUOTED, VALUE, WORD, Place, place
from otelhook.redaction.rules.places_of_protocols import OF_PROTOCOLS
from otelhook.redaction.rules.places_of_statements import OF_STATEMENTS
from otelhook.redaction.rules.policy import Redactor, looks_chosen

__all__ = ["PLACES", "hide_in_places", "looks_like_one"]


_OF_SETTINGS: Final = (
    place(
        "file of PostgreSQL's passwords",
        "",
        r"^[\w.*-]{1,128}:(?:\d{2,5}|\*):[\w.*-]{1,64}:[\w.*@-]{1,64}:(?P<value>[^\s‹]{1,256})$",
        "db.example:5432:shop:mira:hunter2x",
        sure=True,
        rare=":5432: :*: :5433: :6432: :26257:",
    ),
    place(
        "file of a mail server's logins",
        r"smtp  @  x\.(?<=mx\.)",
        r"^(?:\[[\w.-]{1,128}\](?::\w{1,16})?|(?:[\w-]{1,64}\.){0,4}(?:smtp|mail|mx|relay|submission"
        rf")[\w.-]{{0,128}}(?::\d{{2,5}})?|[\w.-]{{1,128}}:(?:25|465|587)){BLANKS}"
        r"[^\s:/]{1,128}:(?P<value>[^\s‹/][^\s‹]{2,256})$",
        "[mx.example]:587 mira@example.org:hunter2x",
        rare="]: :587 :465 :25",
        core=r"[ \t](?<=[\w.\]-][ \t])[ \t]{0,15}[^\s:/]{1,128}:[^\s‹/][^\s‹]{2,256}$",
    ),
    place(
        "password with its scheme",
        r"plain\}  plaintext\}  clear\}  cleartext\}  oop\}",
        r"\{(?i:plain|plaintext|clear|cleartext|noop)\}(?P<value>[^\s:\"'<>‹]{3,256})",
        "mira:{PLAIN}hunter2x:1000",
        sure=True,
    ),
    place(
        "passwords for chpasswd",
        "passwd(?<=chpasswd)",
        r"chpasswd\b[^\r\n]{0,128}\n(?:[^\r\n]{0,32}\b(?:list|expire):[^\r\n]{0,16}\n){0,2}"
        r"(?P<value>(?:[ \t]*(?:-[ \t]+)?[\"']?"
        r"[A-Za-z_][\w.-]{0,31}:[^\s:][^\r\n]{0,256}(?:\n|\Z)){1,64})",
        "chpasswd:\n  list: |\n    root:hunter2x\n",
        sure=True,
        item=r"^[ \t]*(?:-[ \t]+)?[\"']?[A-Za-z_][\w.-]{0,31}:(?P<value>[^\s\"'‹]{1,256})",
    ),
    place(
        "community of SNMP",
        "community  com2sec",
        rf"\b(?:(?:ro|rw|trap|auth)community6?|com2sec6?{BLANKS}\S{{1,64}}{BLANKS}\S{{1,64}}"
        rf"|snmp(?:-server|-agent)?{BLANKS}community(?:{BLANKS}(?:read|write|read-write|cipher)){{0,2}}){BLANKS}"
        rf"(?!(?:read|write|read-write|cipher|strings?|names?|is|are|edition)\b){VALUE}",
        "snmp-server community hunter2x RO",
        sure=True,
    ),
    place(
        "host that SNMP's traps go to",
        "snmp-server",
        rf"snmp-server{BLANKS}host{BLANKS}\S{{1,64}}(?:{BLANKS}(?:traps|informs|vrf{BLANKS}\S{{1,32}}))?"
        rf"{BLANKS}version{BLANKS}(?:1|2c){BLANKS}{VALUE}",
        "snmp-server host 10.0.0.1 version 2c hunter2x",
        sure=True,
    ),
    place(
        "user of SNMP",
        "createuser  snmp-server",
        rf"\b(?:createUser|snmp-server{BLANKS}user){BLANKS}[^\r\n]{{1,80}}?{BLANKS}(?:auth{BLANKS})?"
        rf"(?i:MD5|SHA[\d-]*){BLANKS}{VALUE}",
        'createUser mira SHA "hunter2x" AES',
        sure=True,
    ),
    place(
        "privacy of SNMP",
        "createuser  snmp-server",
        rf"\b(?:createUser|snmp-server{BLANKS}user){BLANKS}[^\r\n]{{1,200}}?{BLANKS}"
        rf"(?:(?:DES|AES)[\d-]*|priv{BLANKS}\w{{3,6}}(?:{BLANKS}\d{{3}})?){BLANKS}{VALUE}",
        'createUser mira SHA "x" AES "hunter2x"',
        sure=True,
    ),
    place(
        "setting of a network device",
        r"password (?:\d |\S{0,64}\d)  cret(?= \S)  key(?= \S)  key-string",
        rf"^[ \t]*(?:set{BLANKS}|no{BLANKS})?(?:username|enable|tacacs|radius|snmp|neighbor|ip|ipv6"
        r"|key|crypto|ppp"
        r"|wpa|standby|vrrp|ntp|aaa|peer|bgp|isis|area|system|security|protocols|server|authentication"
        r"|password|pre-shared|client)(?![\w=:.])(?:-server)?[^\r\n=:\"]{0,160}?"
        r"(?:password|secret|key|key-string|md5|authentication-key|pre-shared-key|ascii|hex|psk)"
        rf"{BLANKS}(?:(?P<kept>[05-9]|cipher|simple|plain|plaintext|ascii-text|local|encrypted){BLANKS})?"
        rf"(?!(?:password|secret|key|encrypted|ascii|hex)\s){VALUE}(?=\s|\Z)",
        "username mira privilege 15 secret 0 hunter2x",
    ),
    place(
        "login in a server's settings",
        "stats(?= auth)",
        rf"^[ \t]*stats{BLANKS}auth{BLANKS}[^\s:]{{1,64}}:{VALUE}",
        "stats auth mira:hunter2x",
        sure=True,
    ),
    place(
        "user in a server's settings",
        r"user \S{1,64} (?:insecure-)?password ",
        rf"^[ \t]*user{BLANKS}\S{{1,64}}{BLANKS}(?:insecure-)?password{BLANKS}{VALUE}",
        "user mira insecure-password hunter2x",
    ),
    place(
        "rule of Redis' access list",
        r"user \S{1,64} (?:on|off|reset|>|~|\+|allkeys|nopass)",
        rf"\b(?i:user|setuser){BLANKS}\S{{1,64}}{BLANKS}(?:[^\r\n]{{0,200}}?[ ])??[>]"
        r"(?P<value>[^\s\"'‹]{3,256})",
        "user mira on >hunter2x ~* +@all",
        sure=True,
    ),
    place(
        "secret of IPsec",
        r"psk(?= [\"'])  pin(?= [\"'])"
        r"  p [\"'](?<=: eap [\"'])  uth [\"'](?<=: xauth [\"'])  sa \S(?<=: rsa \S)",
        rf"(?:^[ \t]{{0,16}}|[\w.@%\"]{BLANKS}):{BLANKS}(?:PSK|EAP|XAUTH|NTLM"
        rf"|PIN|(?:RSA|PKCS12|ECDSA|PKCS8){BLANKS}\S{{1,128}}){BLANKS}{QUOTED}",
        ': PSK "hunter2x"',
        sure=True,
    ),
    place(
        "answer to an installer",
        "-i (?<=d-i )",
        rf"^d-i{BLANKS}\S{{1,64}}{BLANKS}password{BLANKS}{VALUE}",
        "d-i passwd/root-password password hunter2x",
        sure=True,
    ),
    place(
        "root's password in a kickstart file",
        "ootpw ",
        rf"^[ \t]*rootpw{BLANKS}(?:--\w{{4,12}}{BLANKS}){{0,2}}{VALUE}$",
        "rootpw --plaintext hunter2x",
        sure=True,
    ),
    place(
        "session with a file or mail server",
        "pass ",
        rf"^[<>CS: \t-]{{0,8}}(?:(?i:authinfo{BLANKS}pass)|PASS){BLANKS}"
        r"(?P<value>[^\s/‹]{4,256})\s{0,4}$",
        "> PASS hunter2x\n",
    ),
    place(
        "login at a mail server",
        r"ogin (?<= login )",
        rf"^(?:[CS]:{BLANKS}|[<>]{BLANKS})?[\w.]{{1,8}}{BLANKS}(?:LOGIN|login(?={BLANKS}\S{{1,64}}@))"
        rf"{BLANKS}\"?[^\s\"]{{1,128}}\"?{BLANKS}{VALUE}\s{{0,4}}$",
        'a1 LOGIN mira "hunter2x"',
        sure=True,
    ),
    place(
        "line that a program reads",
        "",
        r"(?:sudo|passw|chpasswd|stdin|cryptsetup|login)[^\r\n<]{0,80}<<<"
        r"[ \t]{0,4}\$?\\?[\"']?(?:\w{1,32}:(?=\S{4}))?"
        rf"(?P<value>{WORD}{{4,256}})",
        "sudo -S <<< hunter2x apt-get update",
        rare="<<<",
    ),
    place(
        "option of Windows' programs",
        r"p[: ](?<=/p[: ])  p[: ](?<=/rp[: ])  pw[: ](?<=/pw[: ])  pwd[: ](?<=/pwd[: ])"
        r"  pass[: ](?<=/pass[: ])  password[: ](?<=/password[: ])",
        r"\b(?:schtasks|\w?freerdp\d?|mstsc|cmdkey|wmic|netdom|runas|at|sc|osql|rdesktop|signtool)"
        r"(?:\.exe)?[ ]"
        r"[^\r\n]{0,300}?"
        rf"[ ]/(?:rp|p|pw|pwd|pass|password)[: ][ ]{{0,4}}{VALUE}",
        "xfreerdp /v:h /u:mira /p:hunter2x",
        sure=True,
    ),
    place(
        "call with a user and a password",
        r"credential  ogin(?=[\w]{0,16}\()  uth(?=\w{0,24}[ =]{0,3}\()  onnect(?=\w{0,16}\()",
        r"(?i:credentials?|login|logon|signin|authenticat\w{1,4}|connect|auth)(?:\w{0,24})\s?=?\s?\(\s{0,4}"
        r"(?:(?:[\w.]{1,64}|[\"']{2})\s?,\s?)?\\?[\"'][\w.@+\\-]{1,64}\\?[\"']\s{0,4},\s{0,4}\\?"
        rf"{QUOTED}\\?[\"']",
        "new NetworkCredential('mira', 'hunter2x')",
    ),
    place(
        "number of a card beside its check",
        r"ber(?<=number)(?=\W{2,8}\d{4}[ \d-]{8})",
        r"(?i:\b(?:credit_?)?cards?\b)[^{}]{0,40}\{?[^{}]{0,160}?\b[Nn]umber\\?[\"']?\s{0,2}(?:=>|[:=])"
        r"\s{0,2}\\?[\"']?(?P<value>\d(?:[ -]?\d){12,18})",
        "card: { number: '4111 1111 1111 1111', cvc: '1' }",
        sure=True,
        inside="4111 1111 1111 1111",
    ),
    place(
        "community that was sent",
        "community(?= [\"'])",
        rf"\b[Cc]ommunity{BLANKS}(?=[\"']){QUOTED}",
        'request with community "hunter2x" denied',
    ),
    place(
        "community in a program",
        r"community(?=[\"']?\s?[:=]\s?[\"'])  community(?=\()",
        r"(?i:snmp[^\r\n]{0,200}?\bcommunity[\"']?\s?[:=]\s?|set_?community\(\s?(?:new\s\w{1,32}\()?)"
        rf"{QUOTED}",
        'target.setCommunity(new OctetString("hunter2x"))',
    ),
    place(
        "secret that a program is given as a file",
        "cho (?<=<\\(echo )  rintf (?<=<\\(printf )",
        r"(?i:key|secret|pass|token|cred)[^\r\n]{0,160}?<\((?:echo|printf)[ ](?:-\w[ ])?"
        rf"[\"']?(?P<value>{WORD}{{8,512}}?)[\"']?\)",
        "wg set wg0 private-key <(echo hunter2x)",
    ),
    place(
        "passwords after a user in a call that changes one",
        r"password\w{0,8}\(",
        r"(?i:change|set|update|reset)_?(?i:password)\w{0,8}\(\s{0,4}[\"'][^\"'\r\n]{1,64}[\"']"
        r"(?P<value>(?:\s?,\s?[\"'][^\"'\r\n]{3,256}[\"']){1,3})",
        "changePassword('mira', 'hunter2x')",
        item=r"[\"'](?P<value>[^\"'\r\n‹]{3,256})(?=[\"'])",
    ),
    place(
        "seed of a one-time code",
        r"otp\w{0,12}\(  otp\.new\(",
        r"(?i:\b\w{0,24}[th]otp\w{0,24}(?:\.new)?)\(\s{0,4}(?:\w{1,16}\s?[:=]\s?)?"
        r"[\"'](?P<value>[A-Z2-7 ]{16,128}={0,6})",
        "pyotp.TOTP('HUNTER2XHUNTER2X')",
        sure=True,
        inside="HUNTER2XHUNTER2X",
    ),
    place(
        "argument of a function that keeps a password",
        r"pass\w{0,20}[`\"\]]?\s{0,4}(?::=|=>|=|:)\s{0,4}[\w.]{1,48}\("
        r"  pwd[`\"\]]?\s{0,4}(?::=|=>|=|:)\s{0,4}[\w.]{1,48}\("
        r"  cret\w{0,20}[`\"\]]?\s{0,4}(?::=|=>|=|:)\s{0,4}[\w.]{1,48}\(",
        r"(?i:passw(?:or)?d|pwd|secret|passphrase)\w{0,24}[`\"\]]?\s{0,4}(?::=|=>|=|:)\s{0,4}(?:[\w.]{1,32}\.)?"
        r"(?i:\w{0,16}(?:crypt|hash|md5|sha\d{0,3}|digest|encode|quote|secret|secure|passw\w{2,4}|bytes"
        rf"|b64|hex|str))\w{{0,16}}\(\s{{0,4}}(?:(?i:digest|bytes|str)\(\s{{0,4}})?[NbB]?{QUOTED}",
        "SET password = crypt('hunter2x', gen_salt('bf'))",
    ),
    place(
        "label of several words",
        r"key(?=s?(?: \#?\d\d?)? ?:)  code(?=s?(?: \#?\d\d?)? ?:)  words ?:  phrase(?= ?:)",
        r"\b(?i:api|access|secret|unseal|recovery|backup|private|master|encryption|signing|licen[sc]e|product"
        r"|activation|shared|setup|account|app|application|service|deploy|admin|auth|root|account)"
        r"[ ](?i:access[ ]|api[ ]|account[ ])?(?i:keys?|codes?|words|phrase)(?:[ ]\#?\d{1,2})?"
        r"[ ]?:[ \t]{1,4}[\"'`*]{0,2}"
        rf"(?P<value>{WORD}{{6,512}})",
        "Unseal Key 1: hunter2x",
    ),
)
PLACES: Final = (*_OF_SETTINGS, *OF_PROTOCOLS, *OF_STATEMENTS)
_CLUES: Final = searches(
    {piece for one in PLACES for piece in one.rare},
    {clue for one in PLACES for clue in one.clues},
)


def _by_letter() -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for number, one in enumerate(PLACES):
        for first in {clue[0] for clue in (*one.rare, *one.clues)}:
            numbers.setdefault(first, []).append(number)
    return numbers


_BY_LETTER: Final = _by_letter()
"""The numbers of places, by the first letters of what a text has that may hold them."""
_FUNCTION_WORD: Final = lazy(r"[A-Z][A-Z0-9_]{2,64}|[\w.-]{1,64}\.[a-z]{1,4}|[a-z]{1,24}")
"""A name of a variable, a file's name, a word: no password where these are frequent."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return lazy(pattern, re.MULTILINE)


def looks_like_one(value: str) -> bool:
    """Return whether a value looks chosen, or is of words and digits: words alone are none."""
    if looks_chosen(value):
        return True
    has_digit = any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
    return has_digit and _FUNCTION_WORD.fullmatch(value) is None


def hide_in_places(redactor: Redactor, text: str, places: list[str], letters: Found) -> str:
    """Hide what stands at the place of a secret, and append ``password`` for each.

    Args:
        redactor: the rules.
        text: what is looked at.
        places: takes the names.
        letters: first letters of clues that are in the text in small letters, and of others.
    """
    told = _told_by(letters)
    if any(not one.core or _compiled(one.core).search(text) is not None for one in told):
        lower = text.lower()
        for one in _told_by(letters_among(lower, _CLUES, letters)):
            if _may_be_in(one, lower):
                text = _hide(redactor, one, text, places)
    return text


def _told_by(letters: Iterable[str]) -> list[Place]:
    """Return the places that any of these first letters may tell, in their order."""
    numbers = {number for first in letters for number in _BY_LETTER.get(first, ())}
    return [PLACES[number] for number in sorted(numbers)]


def _may_be_in(one: Place, lower: str) -> bool:
    if any(piece in lower for piece in one.rare):
        return True
    return any(_compiled(clue).search(lower) for clue in one.clues)


def _hide(redactor: Redactor, one: Place, text: str, places: list[str]) -> str:
    def stand_in(match: re.Match[str]) -> str:
        whole, value = match.group(), match["value"]
        start, end = (at - match.start() for at in match.span("value"))
        if one.item:
            block = _compiled(one.item).sub(stand_in_line, value)
            return whole[:start] + block + whole[end:]
        sure = one.sure or match.groupdict().get("kept")
        if not redactor.hides(Sensitivity.HUMAN, value) or not (sure or looks_like_one(value)):
            return whole
        places.append("password")
        return whole[:start] + redactor.stand_in(Sensitivity.HUMAN, value) + whole[end:]

    def stand_in_line(match: re.Match[str]) -> str:
        value = match["value"]
        if not redactor.hides(Sensitivity.HUMAN, value):
            return match.group()
        places.append("password")
        head = match.group()[: match.start("value") - match.start()]
        return head + redactor.stand_in(Sensitivity.HUMAN, value)

    return _compiled(one.pattern).sub(stand_in, text)
