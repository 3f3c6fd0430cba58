"""What stands at the place of a secret in commands, sentences, protocols and statements.

Coarser than redaction's rows, and thought out apart from them: a password comes after a user in the
options of any program, as a call's later argument, at the end of a sentence that speaks of one.
"""

from __future__ import annotations

from typing import Final

from otelhook.scan.place import ANY, MIXED, QUOTED, VALUE, Place, row

__all__ = ["EXCHANGES"]

_SPOKEN: Final = (
    r"(?i:passw\w{2,6}|passphrase|contraseña|parola|senha|creds?|credentials?|secret\skey)"
)
_SAYS: Final = r"(?:\s?:|\s(?:is|es|ist|est|lautet|è:?|é|was)\b:?|\s?/)"
_STRONG: Final = (
    r"[\"'`]?(?P<value>(?=[^\s\"'`<>]{0,64}[0-9])(?=[^\s\"'`<>]{0,64}[A-Za-z])"
    r"(?![0-9T:.-]*[0-9Z](?:\s|$))[^\s\"'`<>‹/:=()]{8,256})(?=[\s.,;\"'`]|$)"
)

EXCHANGES: Final[tuple[Place, ...]] = (
    row(
        "password",
        "HAP",
        "using CHAP mira * hunter2x *",
        r"\bCHAP\s\S{1,64}\s{1,8}\*\s{1,8}(?P<value>[^\s\"'‹]{4,128})",
    ),
    row(
        "password",
        " * ",
        "mira * hunter2x *",
        rf"^[\s>|]{{0,16}}[\w.-]{{1,64}}\s{{1,8}}\*\s{{1,8}}{VALUE}\s{{1,8}}(?:\*|[\d.]{{7,15}})\s{{0,4}}$",
    ),
    row(
        "secret key",
        "IA",
        "('AKIAIOSFODNN7EXAMPLX', 'hunter2xhunter2xhunter2xhunter2xhunter2x')",
        r"\bA[KS]IA[A-Z2-7]{16}\\{0,2}[\"']?\s{0,4}[,:]\s{0,4}\\{0,2}[\"']?(?P<value>[A-Za-z0-9/+]{40})"
        r"(?![A-Za-z0-9/+=])",
    ),
    row(
        "password",
        "p=",
        "db=a&u=mira&p=hunter2x&q=b",
        r"[?&`]u=[^&\s]{1,64}&(?:[^&\s]{1,64}&){0,3}?p=",
        rf"(?P<value>{MIXED}[^&\s\"'`<>‹]{{5,256}})",
    ),
    row(
        "password",
        " in use",
        "default credentials in use: mira / hunter2x",
        rf"(?i:credentials?|creds|login)\s(?:in\suse|used|are\sset):?\s{{1,4}}[\w.@+-]{{1,64}}\s?/\s?{VALUE}",
    ),
    row(
        "password",
        " for ",
        "creds for staging: mira / hunter2x",
        rf"(?i:credentials?|creds|login)\sfor\s[\w.-]{{1,32}}:\s{{1,4}}[\w.@+-]{{1,64}}\s?/\s?{VALUE}",
    ),
    row(
        "password",
        "(",
        "mira:hunter2x@tcp(h:3306)/d",
        r"(?<![\w.:/-])[\w.-]{1,64}:(?P<value>[^\s@\"'‹/][^\s\"'‹]{2,128})@(?:tcp|unix)\(",
    ),
    *(
        row(
            "key in an address",
            needle,
            f"it was {needle}ea507de637d35e3f39fd1c8dhunter2x",
            rf"(?<!\w){needle}(?P<value>(?=[a-z]{{0,31}}[0-9])[0-9a-z]{{32}})(?!\w)",
        )
        for needle in ("appid=", "APPID=")
    ),
    row(
        "code",
        "Code=",
        "Code=481516&To=%2B49151",
        r"(?:^|[&?`])Code=(?P<value>[0-9]{4,8})(?=&(?:\w+=[^&]{0,64}&){0,4}(?:To|Phone\w*|Email)=)",
    ),
    row(
        "PIN",
        "PUK",
        "PIN 481516 / PUK 72722405",
        r"\bP(?:IN|UK)[12]?\s(?P<value>[0-9]{4,8})(?![\w.])",
    ),
    row(
        "password",
        ":",
        "r1.example:ios:mira:hunter2x",
        r"^[\s>|]{0,16}[\w.-]{1,128}:(?:cisco|ios\w{0,2}|nxos|asa|junos|juniper|eos|routeros|fortios"
        r"|panos|vyos|huawei|aruba|arista|mikrotik|procurve|comware):[\w.@-]{1,64}:(?P<value>[^\s:‹]{3,128})",
    ),
    row(
        "value of a secret",
        "<value>",
        "<secret><name>db</name><value>hunter2x</value></secret>",
        r"<(?:secret|password|credential|token)s?>\s{0,8}<(?:name|key|id)>[^<>]{1,128}</\w{2,4}>\s{0,8}"
        r"<value>(?P<value>[^<>‹]{4,512})</value>",
    ),
    row(
        "answer of SASL",
        "C: ",
        "C: YUFhunter2x==",
        r"^[\s>|]{0,16}C:\s(?P<value>(?=[^\s]{0,64}[0-9])[A-Za-z0-9+/]{10,256})={1,2}\s{0,4}$",
    ),
    row(
        "secret",
        "-literal",
        "kubectl create secret generic a --from-literal=b=hunter2x",
        r"create\ssecret\s[^\r\n]{1,400}?--from-literal[=\s][\"']?[\w.-]{1,253}=(?P<value>[^\s\"'‹$]{4,512})",
    ),
    row(
        "password",
        " -",
        "rdesktop -u mira -p hunter2x h",
        r"\s-{1,2}(?:u|U|D|user|username)[\s=:]?[\"']?[A-Za-z][\w.@=,+-]{0,64}[\"']?\s[^\r\n|;]{0,200}?",
        rf"(?<=\s)-(?:p|P|w|W|H|pw)[\s:]?(?!\d{{1,5}}:)[\"']?(?P<value>{MIXED}[^\s\"'`<>‹/:]{{6,256}})",
    ),
    row(
        "password",
        "-",
        "steghide extract -sf a.jpg -p hunter2x",
        r"\b(?:steghide|kadmin|certutil|(?:un)?rar|unzip|ssh-keygen|pdftk|sshpass)\b[^\r\n|;]{0,200}?\s",
        rf"(?:-(?:p|w|N|P)\s?|\w{{4,5}}_pw\s)[\"']?(?P<value>{MIXED}[^\s\"'`<>‹/:]{{5,256}})",
    ),
    row(
        "password",
        " ",
        "mc alias set m http://h mira hunter2x",
        r"\b(?:alias\sset\s\S{1,64}\s\S{1,200}\s\S{1,64}|net\suse(?:\s[A-Za-z]:)?\s\\\\\S{1,128}",
        r"|wpa_passphrase\s\S{1,64}|http-basic\.\S{1,128}\s\S{1,64}|\w{3,5}_pw",
        rf"|REG_SZ\s/d)\s{{1,4}}{VALUE}",
    ),
    row(
        "password",
        "/",
        "sqlplus mira/hunter2x@//db:1521/XE",
        r"\bsqlplus\s[^\r\n]{0,80}?\b\w{1,64}/(?P<value>[^\s@/\"'‹$]{3,128})(?=@|\s|$)",
    ),
    row(
        "password",
        "@",
        "secretsdump corp/mira:'hunter2x'@10.0.0.1",
        r"\w/[\w.+-]{1,64}:[\"'](?P<value>[^\s@\"'‹]{3,128})[\"']@",
    ),
    row(
        "password",
        "user ",
        "user mira hunter2x",
        rf"^[ \t]{{0,8}}user\s\S{{1,64}}\s(?P<value>{MIXED}[^\s\"'`<>‹/:=]{{7,256}})\s{{0,2}}$",
    ),
    row(
        "password",
        "=",
        "cache_peer p.example no-query login=mira:hunter2x",
        rf"(?:\blogin=[\w.@-]{{1,64}}:|\bclient_send\s=\s:\s?[^:\r\n]{{1,64}}\s:\s){VALUE}",
    ),
    row(
        "password",
        "@",
        "MONITOR ups@localhost 1 upsmon hunter2x master",
        rf"(?:^MONITOR\s\S{{1,64}}@\S{{1,64}}\s\d{{1,2}}\s\S{{1,64}}|\blogin\s\S{{1,64}}@\S{{1,64}})\s{VALUE}",
    ),
    row("password", "%", "net ads join -U mira%hunter2x", rf"\s-U\s?[\w.-]{{1,64}}%{VALUE}"),
    row("password", "auth ", 'auth "mira" "hunter2x"', rf"\bauth\s\"\w{{1,32}}\"\s{QUOTED}"),
    row(
        "password",
        "o",
        "restic --password-command 'echo hunter2x'",
        r"(?i:pass|secret|token)\w{0,8}[_-]c(?:omman)?m?d[ =][\"']?(?:echo|printf)\s(?:-\w\s)?",
        VALUE,
    ),
    row(
        "password",
        "echo",
        "echo -n 'hunter2x' | cryptsetup luksFormat /dev/sda1 -",
        rf"\becho\s(?:-\w\s)?{VALUE}[\"']?\s?\|\s?(?:sudo\s)?(?:cryptsetup|chpasswd|passwd|kinit|gpg|su\b)",
    ),
    row(
        "password",
        "<",
        "smbpasswd -s <<< $'hunter2x'",
        rf"(?i:pass|crypt|auth)[^\r\n<]{{0,80}}<(?:<<\s?\$?|\(printf\s)[\"'](?:\w{{1,32}}\\n)?{VALUE}",
    ),
    row(
        "password",
        ",",
        "SELECT pgp_sym_decrypt(data, 'hunter2x')",
        r"(?i:crypt|sp_add\w{0,16}login|\bpdo\S{0,16}|mysqli?|postgresql|remotesecure)\w{0,16}\s?\(?",
        r"[^;\r\n‹]{1,200}?,\s{0,4}N?(?!\\{0,2}[\"'](?i:sha|md\d|aes|des|utf|base|hex|bf|latin))",
        rf"{QUOTED}[\"']\s?(?:\)|;|$)",
    ),
    row(
        "password",
        "'",
        "PRAGMA key = 'hunter2x';",
        rf"(?i:\bpragma\s[\w.]{{0,24}}key\s{{0,4}}=|\battach\b[^;\r\n]{{1,200}}\skey|\boption\s\w{{0,8}}key)"
        rf"\s{{0,4}}{QUOTED}",
    ),
    row(
        "password",
        " ",
        "ALTER USER mira IDENTIFIED BY hunter2x;",
        rf"(?i:\bidentified\sby)\s(?P<value>{MIXED}[^\s\"'`<>‹;]{{5,256}})",
    ),
    row(
        "password",
        "=",
        "553=mira|554=hunter2x|10=128",
        r"[|\x01^]A?(?:554|925)=(?P<value>[^|\x01^‹\s]{3,128})",
    ),
    row(
        "password",
        ";P:",
        "WIFI:T:WPA;S:home;P:hunter2x;;",
        r"\bWIFI:[^\r\n]{0,200}?;P:(?P<value>[^;‹]{4,128});",
    ),
    row(
        "password",
        "PLAIN",
        r"mechanism=PLAIN response=\x00mira\x00hunter2x",
        r"PLAIN\b[^\r\n]{0,80}?(?:\\x00|\\0|\x00)[\w.@-]{1,64}(?:\\x00|\\0|\x00)(?P<value>[^\s\\\"'‹]{4,256})",
    ),
    row(
        "password",
        "imple",
        'bindRequest authentication=simple:"hunter2x"',
        rf"(?i:bind)[^\r\n]{{0,200}}\bsimple\W{{1,4}}{VALUE}",
    ),
    row("password", 'word "', 'password "Auth" hunter2x', rf"\bpassword\s\"\w{{1,32}}\"\s{ANY}"),
    row(
        "password",
        "E",
        "PRIVMSG NickServ :IDENTIFY hunter2x",
        rf"(?:\bNickServ\s:?(?:IDENTIFY|REGISTER)(?:\s\w{{1,32}}(?=\s))?|^[>\s]{{0,4}}OPER\s\S{{1,64}})\s{VALUE}",
    ),
    row(
        "password",
        " ",
        "A temporary password is generated for root@localhost: hunter2x",
        rf"{_SPOKEN}(?!(?:\s\S{{1,32}}){{0,7}}?\s(?i:fail|error|invalid|denied|not|must|wrong|expired|changed))",
        rf"(?:\s[^\s:=<>\"`‹|]{{1,32}}){{1,7}}?{_SAYS}\s{{1,4}}{_STRONG}",
    ),
    row(
        "password",
        ":",
        "Login with mira:hunter2x succeeded",
        rf"(?i:log[ -]?in|sign[ -]?in)\s(?:with|as)\s[\w.@+-]{{1,64}}:{_STRONG}",
    ),
    row(
        "code",
        " ",
        "Votre code de connexion est 481516.",
        r"(?i:\botp\b|\byour\s(?:(?!zip|post|area|country|error|status)\w{1,16}\s){0,3}code"
        r"|c[oó]d(?:e|igo|ice)\sd[ei]\s\w{5,16}|\w{4,16}code)(?:\s(?:for|pour|para|für)\s[^.:\r\n]{1,48})?"
        r"\s?(?:is|est|es|ist|lautet|è|:)\s{1,4}(?P<value>[0-9]{4,8})\b",
    ),
    row(
        "code",
        " code",
        "recovery codes: 481516, 481517",
        r"(?i:verification|one-?time|recovery|backup|2fa|mfa)\scodes?:?\s{1,4}",
        r"(?P<value>[0-9]{4,8}(?:[ -][0-9]{4})?\b"
        r"|(?=[a-z-]{0,6}[0-9])[a-z0-9]{4,6}-[a-z0-9]{4,6}\b)",
    ),
    row(
        "code",
        "code",
        "INSERT INTO recovery_codes (id, code) VALUES (1, 'hunter2x')",
        r"(?i:into\s\S{0,40}(?:recovery|backup|otp|verification)_?codes?)[^\r\n']{1,200}'(?P<value>[^'‹]{4,64})'",
    ),
    row(
        "key",
        "y",
        "use this api key for the sandbox: 4815162342481516hunter2x",
        r"(?i:api\skey|access\stoken|secret\skey|token|secret)(?:\s[\w-]{1,24}){1,6}:\s{1,4}[\"'`]?",
        r"(?P<value>(?=[\w-]{0,64}[0-9])(?=[\w-]{0,64}[A-Za-z])[\w-]{20,256})(?![\w./])",
    ),
    row(
        "passphrase",
        "phrase",
        'my passphrase is "hunter hunter2x"',
        r"(?i:passphrase|seed\sphrase)(?:\sis|:)\s[\"'](?P<value>[^\"'‹]{8,256})[\"']",
    ),
    row(
        "key of a cipher",
        "openssl",
        "openssl enc -aes-256-cbc -K 48151623424815162342481516481516",
        r"\bopenssl\s[^\r\n]{0,200}?\s-K\s(?P<value>[0-9a-fA-F]{16,128})",
    ),
    row(
        "password",
        "(",
        'ParseKeyWithPassphrase(pem, []byte("hunter2x"))',
        r"(?i:passphrase|password)\w{0,16}\(\s?[\w.]{1,40},\s?(?:\[\]byte\(|bytes\()?[bB]?",
        QUOTED,
    ),
    row(
        "password",
        "(",
        'changePassword("mira", "hunter2x")',
        r"(?i:(?:change|reset|update)_?password|plain_?auth|set_?community)\(",
        rf"(?:[^()\r\n]{{0,120}}[,(]\s?)?{QUOTED}",
    ),
    row(
        "community",
        "ommunity",
        'request with community "hunter2x" denied',
        rf"[Cc]ommunity(?:\s|\s?=\s?){QUOTED}",
    ),
    row(
        "community",
        "ommunity=",
        "community=hunter2x&oid=1.3",
        r"[?&`\s]?community=(?P<value>[^&\s‹]{4,128})(?=&(?:[^\s]{0,200}&)?(?:oid|snmp\w*)=)",
    ),
    row(
        "secret in a path",
        "/",
        "/totp/secret/AB4815CD1623EF42481516/qr.png",
        r"/(?:secret|passw(?:or)?d|passphrase|api-?key|otp|seed)/",
        r"(?P<value>(?=[\w~]{0,64}[0-9])(?=[\w~]{0,64}[A-Za-z])[\w~]{16,256})(?=/|\s|$|\?)",
    ),
    row(
        "password",
        "${",
        "password: ${DB_PASSWORD:hunter2x}",
        r"\$\{[\w.]{0,64}(?i:passw(?:or)?d|secret|token|key):-?(?P<value>[^\s{}\"'‹$]{4,256})\}",
    ),
    row(
        "token in a link",
        "=",
        "https://h/reset_password?t=aBcDeFgH1234567890hunter2x",
        r"/[\w-]{0,32}(?i:reset|verif|confirm|invit|activat|magic)[\w-]{0,32}/?\?(?:\w{1,16}=[^&\s]{0,64}&){0,3}",
        r"\w{1,8}=(?P<value>(?=[\w.~-]{0,64}[0-9])(?=[\w.~-]{0,64}[A-Za-z])[\w.~-]{20,512})",
    ),
)
