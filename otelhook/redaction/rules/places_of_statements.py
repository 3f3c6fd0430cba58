r"""Where statements of SQL and calls of programs take a secret by its position.

Oracle's and SQL Server's logins, SQLite's ciphers, functions that encrypt, connections by address,
user and password. One row a place; every sample is tested.
"""

from __future__ import annotations

from typing import Final

from otelhook.redaction.rules.place import BLANKS, QUOTED, Place, place

__all__ = ["OF_STATEMENTS"]

_BARE: Final = r"(?P<value>[^\s\"'‹;()$:?@]{3,256})"
_STRING: Final = r"\\?[\"'][^\"'\r\n]{0,256}\\?[\"']"
_COMMA: Final = r"\s{0,4},\s{0,4}"

OF_STATEMENTS: Final[tuple[Place, ...]] = (
    place(
        "identified by a bare word",
        r"fied by [^'\"\s]",
        rf"(?i:\b(?:create|alter|grant)\b[^\r\n;]{{1,400}}?\bidentified{BLANKS}by{BLANKS}"
        rf"(?!(?:values|password|externally|globally)\b)){_BARE}",
        "ALTER USER mira IDENTIFIED BY hunter2x;",
        sure=True,
    ),
    place(
        "replaced by another",
        r"fied by \S{1,256} replace ",
        rf"(?i:\bidentified{BLANKS}by{BLANKS}\S{{1,256}}{BLANKS}replace{BLANKS})\"?{_BARE}",
        "ALTER USER mira IDENTIFIED BY x REPLACE hunter2x;",
        sure=True,
    ),
    place(
        "key of an encrypted file",
        r"pragma (?=[\w.]{0,40}key)  key ['\"](?<= key ['\"])",
        rf"(?i:\bpragma{BLANKS}[\w.]{{0,40}}key[ \t]{{0,4}}=[ \t]{{0,4}}"
        rf"|\battach\b[^\r\n;]{{1,200}}?{BLANKS}key{BLANKS}){QUOTED}",
        "PRAGMA key = 'hunter2x';",
        sure=True,
    ),
    place(
        "key of a function that encrypts",
        r"crypt(?=\w{0,16}\()",
        rf"(?i:\b(?:pgp_sym_|aes_|des_)?(?:en|de)crypt(?:_iv|_bytea)?)\(\s{{0,4}}"
        rf"(?:{_STRING}|[^(),\r\n]{{1,200}}){_COMMA}"
        r"(?!\\?[\"'](?i:sha|md|aes|des|utf|base|bf|hex|ascii|latin|pkcs|rc|gcm|cbc))"
        rf"\\?{QUOTED}",
        "SELECT pgp_sym_decrypt(data, 'hunter2x') FROM t;",
    ),
    place(
        "login of SQL Server",
        "p_add(?<=sp_add)  p_password(?<=sp_password)",
        rf"(?i:\bsp_(?:add\w{{0,16}}login|password))\s{{1,4}}N?{_STRING}{_COMMA}N?{QUOTED}",
        "EXEC sp_addlogin 'mira', 'hunter2x';",
        sure=True,
    ),
    place(
        "third argument of a connection",
        r"pdo(?=[\w>: -]{0,16}\()  sql(?<=mysql)i?\w{0,12} ?\(  onnect(?=\w{0,16}\()",
        r"(?i:\b(?:pdo(?:(?:->|::)__construct)?|mysqli?(?:_p?connect|_real_connect)?"
        rf"|getconnection))\s?\(\s{{0,4}}(?:{_STRING}|\$\w{{1,32}}){_COMMA}{_STRING}{_COMMA}\\?{QUOTED}",
        "new PDO('mysql:host=db', 'mira', 'hunter2x')",
    ),
    place(
        "key beside its id",
        "kia[a-z2-7]{16}(?<=akia[a-z2-7]{16})  sia[a-z2-7]{16}(?<=asia[a-z2-7]{16})",
        r"\bA[KS]IA[A-Z2-7]{16}\\?[\"']?\s{0,4}[,:]\s{0,4}\\?[\"']?"
        r"(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        "s3('https://b/a', 'AKIAIOSFODNN7EXAMPLX', 'hunter2x" + "A" * 32 + "')",
        sure=True,
    ),
    place(
        "last argument of a table function",
        r"sql\(  ote(?:secure)?\(",
        rf"(?i:\b(?:mysql|postgresql|remote(?:secure)?))\(\s{{0,4}}(?:{_STRING}{_COMMA}){{3,5}}?"
        rf"{QUOTED}[\"']\s{{0,4}}\)",
        "SELECT * FROM mysql('h:3306', 'db', 't', 'mira', 'hunter2x')",
    ),
)
