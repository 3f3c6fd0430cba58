r"""Where protocols, sessions and shared settings hold a secret without a name before it.

SASL (RFC 4616, 4954), RESP, LDAP's simple bind, SDP's keys (RFC 4568), IRC, FIX' tag 554, OpenVPN's
management, what a QR code says of a network, JAAS, UCI. One row a place; every sample is tested.
"""

from __future__ import annotations

from typing import Final

from otelhook.redaction.rules.place import BLANKS, QUOTED, VALUE, Place, place

__all__ = ["OF_PROTOCOLS"]

_NUL: Final = r"(?:\\x00|\\0{1,3}|\\u0000|\x00)"
_LINE: Final = r"(?:\r?\n|\\r\\n)"
_SIDE: Final = rf"(?:[CS]:{BLANKS}|[<>]{BLANKS})?"

OF_PROTOCOLS: Final[tuple[Place, ...]] = (
    place(
        "answer to a mail server",
        "vcmq6",
        rf"334{BLANKS}UGFzc3dvcmQ6\s{{1,4}}{_SIDE}(?P<value>[A-Za-z0-9+/=]{{4,256}})(?=\s|\Z)",
        "S: 334 UGFzc3dvcmQ6\nC: hunter2x\n",
        sure=True,
    ),
    place(
        "answer of SASL",
        r"uthenticate [\w+/=]{8,512}\s{0,2}(?:\n|\Z)",
        rf"^{_SIDE}AUTHENTICATE{BLANKS}(?!(?:PLAIN|EXTERNAL|SCRAM|LOGIN|XOAUTH|OAUTH|GSSAPI|CRAM"
        r"|DIGEST|NTLM|ANONYMOUS|ECDSA)\b)(?P<value>[A-Za-z0-9+/=]{8,512})\s{0,2}$",
        "AUTHENTICATE hunter2x\n",
        sure=True,
    ),
    place(
        "name and password between NULs",
        "",
        rf"(?i:plain)[^\r\n]{{0,80}}?{_NUL}[\w.@+-]{{1,128}}{_NUL}"
        r"(?P<value>[^\s\\\"'‹\x00]{3,256})",
        r"mechanism=PLAIN response=\x00mira\x00hunter2x",
        sure=True,
        rare="\\x00 \\u0000",
    ),
    place(
        "login of RESP",
        r"uth(?:\r?\n|\\r\\n)\$\d",
        rf"(?:\b|(?<=\\n))AUTH{_LINE}(?:\$\d{{1,4}}{_LINE}[^\r\n\\]{{1,128}}{_LINE}(?=\$))?\$\d{{1,4}}{_LINE}"
        r"(?P<value>[^\r\n\\‹]{1,512})",
        "*2\r\n$4\r\nAUTH\r\n$8\r\nhunter2x\r\n",
        sure=True,
    ),
    place(
        "simple bind of LDAP",
        r"bind ?request",
        r"(?i:bind\s?request)[^\r\n]{0,200}?\bsimple[ \t]{0,4}(?:[:=][ \t]{0,4}|(?=\"))"
        rf"{VALUE}",
        'bindRequest version=3 authentication=simple:"hunter2x"',
        sure=True,
    ),
    place(
        "key of a media stream",
        "pto:(?<=a=crypto:)",
        rf"\ba=crypto:\d{{1,4}}{BLANKS}\S{{1,48}}{BLANKS}inline:(?P<value>[A-Za-z0-9+/=]{{8,256}})",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hunter2x",
        sure=True,
    ),
    place(
        "login at a chat's service",
        r"kserv(?<=nickserv)  oper (?=\S{1,64} \S{4,256}\s{0,2}(?:\n|\Z))",
        rf"^[<>\s]{{0,4}}(?:OPER{BLANKS}\S{{1,64}}|(?:PRIVMSG{BLANKS}|/msg{BLANKS})?(?i:NickServ){BLANKS}:?"
        rf"(?i:IDENTIFY|REGISTER)(?:{BLANKS}\S{{1,32}}(?={BLANKS}[^\s@]{{4,256}}\s{{0,2}}$))?)"
        rf"{BLANKS}{VALUE}",
        "PRIVMSG NickServ :IDENTIFY hunter2x",
        sure=True,
    ),
    place(
        "field of FIX",
        r"x\.(?<==fix\.)  xt\.(?<==fixt\.)",
        r"(?:[|\x01;]|\^A)(?:554|925)=(?P<value>[^|\x01^;‹\s]{3,128})",
        "8=FIX.4.4|553=mira|554=hunter2x|10=128|",
        sure=True,
    ),
    place(
        "key of what a cluster's members say",
        r"ypt ?[=:] ?[\"'][\w+/]{42}",
        r"\bencrypt[ \t]{0,4}[=:][ \t]{0,4}[\"']"
        r"(?P<value>[A-Za-z0-9+/]{42}[A-Za-z0-9+/=]{0,2})[\"']",
        'encrypt = "hunter2x' + "A" * 35 + '="',
        sure=True,
    ),
    place(
        "network in a code to scan",
        "wifi:",
        r"\bWIFI:(?:[A-Z]:[^;\r\n]{0,128};){0,4}?P:(?P<value>(?:[^;\\\r\n‹]|\\.){4,128});",
        "WIFI:T:WPA;S:home;P:hunter2x;;",
        sure=True,
    ),
    place(
        "password for OpenVPN's management",
        r"password \"\w",
        rf"^password{BLANKS}\"[^\"\r\n]{{1,64}}\"{BLANKS}{VALUE}",
        'password "Auth" hunter2x',
        sure=True,
    ),
    place(
        "users of a login module",
        "oginmodule",
        r"LoginModule\b(?P<value>[^;]{1,4000});",
        'PlainLoginModule required\n user_mira="hunter2x";',
        sure=True,
        item=r"\buser_\w{1,64}=\"(?P<value>[^\"\r\n‹]{1,256})",
    ),
    place(
        "user and password in one setting",
        r"user=[\w.-]{1,64}:",
        rf"^[ \t]{{0,8}}(?:user|lt-cred-user|static-user)=[\w.-]{{1,64}}:{VALUE}[ \t]{{0,4}}$",
        "user=mira:hunter2x",
    ),
    place(
        "option of OpenWrt",
        r"option (?=(?:\w{0,4}key\d?|psk|\w{0,12}passw|passphrase|secret)\b)",
        rf"^[ \t]{{0,16}}option{BLANKS}(?:\w{{0,4}}key\d?|psk|\w{{0,12}}password|passphrase|secret)"
        rf"{BLANKS}{QUOTED}",
        "config wifi-iface\n\toption key 'hunter2x'",
        sure=True,
    ),
    place(
        "login of a proxy",
        r"ogin=[\w.@-]{1,64}:[^\s:]",
        rf"^[ \t]{{0,8}}cache_peer{BLANKS}[^\r\n]{{1,200}}?{BLANKS}login=[\w.@-]{{1,64}}:{VALUE}",
        "cache_peer p.example parent 3128 0 no-query login=mira:hunter2x",
        sure=True,
    ),
    place(
        "login of a monitor",
        r"onitor \S{1,64}@",
        rf"^MONITOR{BLANKS}\S{{1,64}}@\S{{1,64}}{BLANKS}\d{{1,2}}{BLANKS}\S{{1,64}}{BLANKS}{VALUE}",
        "MONITOR ups@localhost 1 upsmon hunter2x master",
        sure=True,
    ),
    place(
        "secrets of a mail server's client",
        r"send = (?<=client_send = )",
        r"client_send[ ]=[ ]:[ ]?[^:\r\n]{1,128}[ ]:[ ](?P<value>[^\s‹]{3,256})",
        "client_send = : mira : hunter2x",
        sure=True,
    ),
    place(
        "login of a script for FTP",
        r"user \S{1,64} \S{4,256}[ \t\r]{0,4}\n",
        rf"\bl?ftp\b(?:[^\n]{{0,200}}\n){{1,8}}?[ \t]{{0,8}}user{BLANKS}\S{{1,64}}{BLANKS}{VALUE}",
        "ftp -n h <<END\nuser mira hunter2x\nput a\nEND",
        sure=True,
    ),
    place(
        "pairs that a vault keeps",
        r"vault (?:kv )?(?:put|write|patch) \S  secrets set \w",
        r"\b(?:vault[ ](?:kv[ ])?(?:put|write|patch)|secrets[ ]set)"
        r"(?P<value>[ ][^\r\n|;&]{1,1000})",
        "vault kv put secret/a key=hunter2x",
        sure=True,
        item=r"(?<=\s)(?!(?:\w*ttl|\w*policies|path|\w*role\w*|type|period|description)=)"
        r"[\w./-]{1,64}=[\"']?(?P<value>[^\s\"'‹@]{6,256})",
    ),
    place(
        "file of logins over PPP",
        "using chap  using pap",
        r"using[ ](?:CHAP|PAP)\b[^\r\n]{0,80}\n(?P<value>[\s\S]{1,4000})",
        "# Secrets for authentication using CHAP\nmira * hunter2x *\n",
        sure=True,
        item=r"^(?!\#)\S{1,64}[ \t]{1,16}\S{1,64}[ \t]{1,16}\"?(?P<value>[^\s\"‹]{1,256})",
    ),
    place(
        "file of network devices",
        "",
        r"^[\w.-]{1,128}:(?:cisco|ios|iosxe|iosxr|nxos|asa|junos|juniper|eos|arista|routeros|mikrotik"
        r"|procurve|fortios|fortigate|panos|vyos|comware|huawei|aruba):[\w.@-]{1,64}:"
        r"(?P<value>[^\s/]{3,300})$",
        "r1.example:ios:mira:hunter2x",
        sure=True,
        rare=":cisco: :ios: :iosxe: :iosxr: :nxos: :asa: :junos: :juniper: :eos: :arista:"
        " :routeros: :mikrotik: :procurve: :fortios: :fortigate: :panos: :vyos: :comware:"
        " :huawei: :aruba:",
        item="(?P<value>[^\\s:‹]{3,128})",
    ),
    place(
        "login in an address of Go's driver",
        "",
        r"(?<![\w.:/-])[\w.-]{1,64}:(?P<value>[^\s@\"'‹/][^\s\"'‹]{2,128})@(?:tcp|unix)\(",
        'sql.Open("mysql", "mira:hunter2x@tcp(h:3306)/d")',
        sure=True,
        rare="@tcp( @unix(",
        core=r"@(?:tcp|unix)\(",
    ),
    place(
        "block of secrets",
        r"kens ?=? ?\{(?<!\w\{)  crets ?=? ?\{(?<!\w\{)  passwords ?=? ?\{(?<!\w\{)",
        r"^[ \t]{0,16}(?:tokens|secrets|passwords)[ \t]{0,4}=?[ \t]{0,4}\{[ \t]{0,4}\r?\n"
        r"(?P<value>[^{}]{1,2000})",
        'tokens {\n  agent = "hunter2x"\n}',
        sure=True,
        item=r"=[ \t]{0,4}\"(?=[^\"]{0,64}\d)(?P<value>[^\"\r\n‹$]{6,512})",
    ),
    place(
        "pairs of a new Secret",
        "create secret ",
        r"\bcreate[ ]secret[ ](?P<value>[^\r\n|;]{1,2000})",
        "kubectl create secret generic a --from-literal=b=hunter2x",
        sure=True,
        item=r"--from-literal[= ][\"']?[\w.-]{1,253}=(?P<value>[^\s\"'‹]{1,512})",
    ),
    place(
        "drive of another machine",
        "use (?<=net use )",
        rf"\bnet{BLANKS}use{BLANKS}(?:[A-Za-z*]:?{BLANKS})?\\\\\S{{1,160}}{BLANKS}(?!/){VALUE}",
        r"net use Z: \\nas\share hunter2x /user:mira",
        sure=True,
    ),
    place(
        "target of a tool for tests of networks",
        r"packet-(?<=impacket-)  py (?<=exec\.py )  py (?<=dump\.py )",
        r"(?:impacket-|\w(?:exec|dump)\.py\b)[^\r\n]{0,200}?\s(?:[\w.-]{1,64}/)?[\w.+-]{1,64}:"
        r"['\"]?(?P<value>[^\s@'\"‹]{3,128})['\"]?@",
        "impacket-secretsdump corp/mira:'hunter2x'@10.0.0.1",
        sure=True,
    ),
    place(
        "login at a repository of packages",
        r"basic\.(?<=http-basic\.)",
        rf"\bhttp-basic\.\S{{1,128}}{BLANKS}\S{{1,128}}{BLANKS}{VALUE}",
        "composer config http-basic.r.example mira hunter2x",
        sure=True,
    ),
)
