r"""Shapes in which text writes a name and its value with more than a mark between them.

Files of settings (YAML, TOML, HCL, INI), programs (PHP, Python, Java, Go, JavaScript), XML in a
line of a log. What is written with only a colon, an equals sign or a blank in between is found by
`otelhook.redaction.formats.text`. One row a shape; every sample is tested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.placed import looks_like_one
from otelhook.redaction.rules.policy import Redactor, is_marker, looks_chosen
from otelhook.redaction.rules.roles import last_segment

__all__ = ["SHAPES", "Shape", "compiled", "hide_in_shapes"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape."""

    kind: str
    needles: tuple[str, ...]
    """A text without any of these does not have it."""
    pattern: str
    """With groups ``name`` and ``value``; bounded, or ended by the end of a line."""
    sample: str
    """A text whose secret is ``hunter2x``."""
    chosen: bool = False
    """Whether the value must look chosen or issued: words stand in such places too."""


_NAME: Final = r"(?P<name>[^\W\d][\w./:-]{1,80})"
_PLAIN: Final = lazy(
    r"(?:passw(?:or)?d|pass|passphrase|secret|token|key|pin|code|auth|session|cookie)s?"
)
"""Names that are words of sentences too."""
_LINE: Final = r"(?P<value>[^\"'\r\n]{1,1024})"
_TEXT: Final = r"(?P<value>[^\"'`\\\r\n]{1,1024})"
_ELSEWHERE: Final = (
    r"(?:!(?:secret|Ref|Sub|GetAtt|ImportValue|env_var|env|reference|vault_ref)[ ]"
    r"|!vault[ ]{1,4}\|)"
)
"""Tags of YAML that say where a secret is to be had."""
_LABEL: Final = r"(?i:name|key|field|parameter|variable|label|id|header|env)"
_KEY_ABOVE: Final = "key of what is above it"
_HELD: Final = r"(?i:value|default|content|string_?value)"


def _shape(kind: str, needles: str, pattern: str, sample: str, *, chosen: bool = False) -> Shape:
    return Shape(kind, tuple(needles.split()), pattern, sample, chosen)


SHAPES: Final = (
    _shape(
        "multi-line string",
        "\"\"\" '''",
        rf"{_NAME}[ \t]{{0,4}}=[ \t]{{0,4}}(?P<q>\"{{3}}|'{{3}})(?:\r?\n)?"
        r"(?P<value>[^\"']{1,4096})",
        'password = """\nhunter2x"""',
    ),
    _shape(
        "block of YAML",
        "| >",
        rf"^(?P<indent>[ \t]*)(?:-[ \t])?[\"']?{_NAME}[\"']?[ \t]{{0,4}}:[ \t]{{1,4}}"
        r"(?:[&!][\w!./:-]{1,48}[ \t]{1,4}){0,2}[|>][+-]?[0-9]?[ \t]{0,4}\r?\n"
        r"(?P=indent)[ \t]{1,16}(?P<value>[^\r\n]{1,1024}"
        r"(?:\r?\n(?P=indent)[ \t]+[^\r\n]{1,1024}){0,64})",
        "secret: |\n  hunter2x\n  hunter2x\nport: 1",
    ),
    _shape(
        "anchor or tag of YAML",
        "& !",
        rf"^[ \t-]{{0,64}}[\"']?{_NAME}[\"']?[ \t]{{0,4}}:[ \t]{{1,4}}"
        rf"(?!{_ELSEWHERE})(?:[&!][\w!./:-]{{1,48}}[ \t]{{1,4}}){{1,2}}[\"']?{_LINE}",
        "token: &t hunter2x",
    ),
    _shape(
        "name above value",
        'alue: alue": efault: ontent:',
        rf"^[ \t-]{{0,64}}[\"']?{_LABEL}[\"']?[ \t]{{0,4}}:[ \t]{{0,4}}[\"']?{_NAME}[\"']?"
        r"[ \t]{0,4}\r?\n"
        r"(?:[ \t]{1,32}[\w-]{1,32}[ \t]{0,4}:[^\r\n]{0,80}\r?\n){0,3}?"
        rf"[ \t]{{0,64}}[\"']?{_HELD}[\"']?[ \t]{{0,4}}:[ \t]{{1,4}}[\"']?{_LINE}",
        "- name: API_TOKEN\n  type: env\n  value: hunter2x",
    ),
    _shape(
        "value above name",
        "alue:",
        rf"^[ \t-]{{0,64}}{_HELD}[ \t]{{0,4}}:[ \t]{{1,4}}[\"']?{_LINE}[\"']?\r?\n"
        rf"[ \t]{{0,64}}{_LABEL}[ \t]{{0,4}}:[ \t]{{0,4}}[\"']?{_NAME}",
        "- value: hunter2x\n  name: API_TOKEN",
    ),
    _shape(
        "list below a name",
        "-",
        rf"^(?P<indent>[ \t]*)[\"']?{_NAME}[\"']?[ \t]{{0,4}}:[ \t]{{0,4}}\r?\n"
        r"(?P=indent)[ \t]{0,16}-[ \t]{1,4}(?P<value>[^\r\n:]{1,1024}"
        r"(?:\r?\n[ \t]{0,32}-[ \t]{1,4}[^\r\n:]{1,1024}){0,64})(?=\r|\n|\Z)",
        "passwords:\n  - hunter2x\n  - hunter2x",
    ),
    _shape(
        "value below a name",
        ":",
        rf"^(?P<indent>[ \t]*)(?:-[ \t])?[\"']?{_NAME}[\"']?[ \t]{{0,4}}:[ \t]{{0,4}}\r?\n"
        r"(?P=indent)[ \t]{1,16}(?:-[ \t]{1,4})?"
        r"(?:(?:value|plain|plaintext|text|raw|data|content|current|string|stringValue)"
        r"[ \t]{0,4}:[ \t]{1,4})?"
        r"[\"']?(?P<value>[^\s\"':#-][^\s\"':]{0,1024})[\"']?[ \t]{0,4}(?=\r|\n|\Z)",
        "secret:\n  plain: hunter2x\n",
    ),
    _shape(
        _KEY_ABOVE,
        "key:",
        rf"^(?P<indent>[ \t]*)(?:-[ \t])?[\"']?{_NAME}[\"']?[ \t]{{0,4}}:[ \t]{{0,4}}\r?\n"
        r"(?P=indent)[ \t]{1,16}key[ \t]{0,4}:[ \t]{1,4}[\"']?(?P<value>[^\s\"'\#]{8,1024})",
        "api:\n  key: hunter2x\n",
        chosen=True,
    ),
    _shape(
        "list of quoted texts",
        '[\' [" (\' (" ing{"',
        rf"{_NAME}\\?[\"']?[ \t]{{0,4}}(?:=>|:=|[:=])[ \t]{{0,4}}(?:\[\]string\{{|[\[(])\s{{0,16}}"
        r"(?P<value>(?P<mark>[\"'])[^\"'\r\n]{1,256}(?P=mark)"
        r"(?:\s{0,4},\s{0,16}(?P=mark)[^\"'\r\n]{1,256}(?P=mark)){0,64})(?=\s{0,16},?\s{0,16}[\])}])",
        "'passwords' => ['hunter2x', 'hunter2x']",
    ),
    _shape(
        "item after an option",
        "-",
        r"-[ \t]{1,4}[\"']?--?(?P<name>[A-Za-z][\w-]{1,64})[\"']?[ \t]{0,4}\r?\n"
        r"[ \t]{0,32}-[ \t]{1,4}[\"']?(?P<value>[^\s\"'-][^\"'\r\n]{0,1024})",
        "args:\n- --password\n- hunter2x",
    ),
    _shape(
        "word after an option",
        "\"- '-",
        rf"[\"']--?(?P<name>[A-Za-z][\w-]{{1,64}})[\"']\s{{0,4}},\s{{0,8}}[\"'](?![-]){_TEXT}",
        "['--token', 'hunter2x']",
    ),
    _shape(
        "block of HCL",
        "{",
        rf"\b(?:variable|output|secret|parameter|param)[ \t]{{1,4}}[\"']{_NAME}[\"'][ \t]{{0,4}}\{{"
        rf"[^{{}}]{{0,400}}?\b(?:default|value)[ \t]{{0,16}}=[ \t]{{0,4}}[\"']{_TEXT}",
        'variable "db_password" {\n  type = string\n  default = "hunter2x"\n}',
    ),
    _shape(
        "call with a name and a value",
        "(",
        rf"\(\s{{0,4}}\\?[\"'`]{_NAME}\\?[\"'`]\s{{0,4}},\s{{0,4}}\\?[\"'`]{_TEXT}",
        "define('DB_PASSWORD', 'hunter2x');",
    ),
    _shape(
        "what stands in where a variable is not set",
        "|| ?? ?: \x20or\x20",
        rf"{_NAME}\\?[\"']?[ \t]{{0,4}}(?::=|=>|[:=])[ \t]{{0,4}}[^\r\n|?,;]{{1,120}}?"
        rf"(?:\|\||\?\?|\?:|[ ]or)[ \t]{{0,4}}\\?[\"'`]{_TEXT}",
        "const secret = process.env.SECRET || 'hunter2x'",
    ),
    _shape(
        "subscript",
        "[",
        rf"\[\s{{0,2}}\\?[\"'`]?{_NAME}\\?[\"'`]?\s{{0,2}}\]\s{{0,4}}(?:=>|:=|[:=])\s{{0,4}}\\?[\"'`]{_TEXT}",
        'os.environ["API_TOKEN"] = "hunter2x"',
    ),
    _shape(
        "setter",
        "(",
        rf"(?:\b|_)(?:set|with|put|update|change)_?(?P<name>[A-Z_]?\w{{2,60}})\(\s{{0,4}}\\?[\"'`]{_TEXT}",
        'client.setPassword("hunter2x")',
    ),
    _shape(
        "builder",
        "(",
        rf"\.(?P<name>[a-z]\w{{2,60}})\(\s{{0,4}}\\?[\"'`]{_TEXT}\\?[\"'`]\s{{0,4}}\)",
        '.apiKey("hunter2x")',
        chosen=True,
    ),
    _shape(
        "call that is named after it",
        "(",
        rf"\b(?P<name>\w{{0,24}}?(?i:pass(?:word|wd|phrase)))\w{{0,24}}\(\s{{0,4}}"
        rf"(?:[\w.]{{1,48}}\s?,\s?)?(?:(?:\[\]byte|bytes|str)\()?[bB]?\\?[\"'`]{_TEXT}",
        "password_hash('hunter2x', 1)",
        chosen=True,
    ),
    _shape(
        "option for its value",
        "-- /v",
        r"(?:--?(?:name|key|parameter|path|id|type)|/v)[ =][\"']?(?P<name>[\w./-]{2,80})"
        r"[\"']?[ \t]{1,4}(?:(?:--?[\w-]{1,32}|/[a-z]{1,4})[ =][^\s/-]\S{0,80}[ \t]{1,4}){0,4}"
        r"(?:--?(?:value|body|data|secret-string)|/d)[ =][\"']?(?P<value>[^\s\"'][^\"'\s]{0,1024})",
        "put-parameter --name /app/password --type S --value hunter2x",
    ),
    _shape(
        "command that keeps a secret",
        "secret",
        r"\b(?P<name>secrets?)[ \t]{1,4}(?:set|put|create|add|update)\b[^\r\n]{0,200}?"
        r"--?(?:value|body|data|secret-string|from-literal)[ =][\"']?"
        r"(?P<value>[^\s\"'][^\"'\s]{0,1024})",
        "gh secret set TOKEN --body hunter2x",
    ),
    _shape(
        "declaration with its type",
        "= :",
        rf"{_NAME}(?:\s{{0,2}}:\s{{0,2}}|\s{{1,4}})(?:const\s)?(?:std::)?(?:&?'?\w{{0,8}}\s?str|[sS]tring"
        rf"|SecretStr|SecureString|[tT]ext|Any|\w{{0,12}}char\s?\*?)(?:\[\]|\s\|\sNone)?\s{{0,4}}:?=\s{{0,4}}"
        rf"[\"'`]{_TEXT}",
        'var secretKey string = "hunter2x"',
    ),
    _shape(
        "element of XML",
        "</ ]]>",
        r"<(?:[\w.-]{1,32}:)?(?P<name>[A-Za-z_][\w.-]{1,63})(?:\s[^<>]{0,256})?>\s{0,16}(?:<!\[CDATA\[)?"
        r"(?P<value>[^<>]{1,1024}?)(?=\]\]>|</)",
        "got <password>hunter2x</password>",
    ),
    _shape(
        "value behind tags",
        "> **",
        r"(?<![\w.-])(?P<name>[^\W\d][\w.-]{1,48})[ ]?:?[ \t]{0,4}"
        r"(?:(?:</?[A-Za-z][^<>\r\n]{0,80}>|\*\*|__)(?::|&nbsp;|\s){0,4}){1,8}"
        r"[`\"']?(?![^\s<>]{0,64}:(?:[\s<]|\Z))(?P<value>[^\s<>`\"'*]{4,256})",
        "<b>Password:</b> hunter2x<br>",
        chosen=True,
    ),
    _shape(
        "keyword of Lisp",
        ":",
        rf"(?<![\w:]):(?P<name>[a-z][\w-]{{1,60}})[ \t]{{1,4}}\"{_TEXT}",
        ':password "hunter2x"',
    ),
    _shape(
        "quoted name and quoted value",
        '"',
        rf"\"{_NAME}\"[ \t]{{1,4}}\"{_TEXT}\"",
        'dotnet user-secrets set "Db:Password" "hunter2x"',
        chosen=True,
    ),
    _shape(
        "quoted at the end of a line",
        '"',
        r"^[^\r\n\"']{0,160}?(?<![\w-])(?P<name>[\w-]{0,24}(?:pass|cret)[\w-]{0,24})[ \t]{1,16}\""
        r"(?P<value>[^\"\r\n]{4,256})\";?[ \t]{0,8}$",
        'set system root-authentication plain-text-password-value "hunter2x"',
        chosen=True,
    ),
    _shape(
        "line of settings",
        "pass auth oken ecret key pw",
        r"^[ \t]{0,16}(?P<name>[a-z][\w.-]{2,60})[ \t]{1,16}\"?"
        r"(?P<value>[^\s\"'=:{}()\[\]<>,;‹-][^\s\"',;]{3,256})\"?;?[ \t]{0,8}$",
        "requirepass hunter2x",
        chosen=True,
    ),
)
"""In order: of two that fit one place, the first counts."""

_ITEM: Final = lazy(r"(?P<mark>\A|\r?\n[ \t]*(?:-[ \t]+)?)(?P<value>[^\r\n]+)")
_WITH_DIGITS: Final = frozenset(
    {
        *("line of settings", "value behind tags", "quoted at the end of a line"),
        *("quoted name and quoted value", "call that is named after it"),
    }
)
"""Shapes in which words with digits are a secret too."""
_QUOTED_ITEM: Final = lazy(r"(?P<mark>[\"'])(?P<value>[^\"'\r\n]+)(?P<tail>(?P=mark))")
_ITEMS: Final = {"list below a name": _ITEM, "list of quoted texts": _QUOTED_ITEM}
"""What an item is, of shapes whose value is several."""


@cache
def compiled(shape: Shape) -> re.Pattern[str]:
    """Return a shape's pattern, when first it is needed."""
    return lazy(shape.pattern, re.VERBOSE | re.MULTILINE)


def hide_in_shapes(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide values whose names stand a little away, and append the names to ``places``."""
    for shape in SHAPES:
        if any(needle in text for needle in shape.needles):
            text = _hide(redactor, shape, text, places)
    return text


def _hide(redactor: Redactor, shape: Shape, text: str, places: list[str]) -> str:
    def stand_in(match: re.Match[str]) -> str:
        name = last_segment(match["name"]) + ("_key" if shape.kind == _KEY_ABOVE else "")
        value = match["value"].rstrip(" \t")
        sensitivity = redactor.names.sensitivity(name)
        is_name = redactor.names.is_secret(value)
        if is_name or not redactor.hides(sensitivity, value, name, text):
            return match.group()
        if shape.chosen and not looks_chosen(value):
            is_plain = shape.kind == "line of settings" and _PLAIN.fullmatch(name.lower())
            if shape.kind not in _WITH_DIGITS or is_plain or not looks_like_one(value):
                return match.group()
        if sensitivity is Sensitivity.TOKEN and name[-1] in "sS" and not looks_chosen(value):
            return match.group()  # secrets: db, the names of some
        places.append(name)
        start = match.start("value") - match.start()
        whole = match.group()
        if shape.kind in _ITEMS:
            shown = _ITEMS[shape.kind].sub(lambda item: _item(redactor, sensitivity, item), value)
        else:
            shown = redactor.stand_in(sensitivity, value)
        return whole[:start] + shown + whole[start + len(value) :]

    return compiled(shape).sub(stand_in, text)


def _item(redactor: Redactor, sensitivity: Sensitivity, item: re.Match[str]) -> str:
    value = item["value"]
    if is_marker(value) or redactor.names.is_secret(value):
        return item.group()
    if sensitivity is Sensitivity.TOKEN and not looks_chosen(value.strip("\"' ")):
        return item.group()  # secrets: [db], the names of some
    shown = redactor.stand_in(sensitivity, value.strip("\"' "))
    return f"{item['mark']}{shown}{item.groupdict().get('tail', '')}"
