"""Where programs take secrets on their command line without saying so by a name.

From the programs' manuals. What has a telling name (``--password``, ``--os-token``) needs no entry
here, in whatever program.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PROGRAMS", "UNKNOWN", "CommandOptions", "is_known", "options_of"]


class CommandOptions(NamedTuple):
    """Options and words of one program."""

    secret: frozenset[str] = frozenset()
    """Options whose value is a secret: the next argument, or what is attached to ``-p``."""
    attached: frozenset[str] = frozenset()
    """Options whose value is a secret only if it is attached: mysql's ``-p``."""
    login: frozenset[str] = frozenset()
    """Options with ``name:password``, the next argument or attached."""
    divider: str = ":"
    """What stands between a login's name and its password."""
    cookies: frozenset[str] = frozenset()
    """Options with cookies."""
    headers: frozenset[str] = frozenset({"-H", "--header"})
    """Options with a header's line."""
    words: tuple[tuple[str, int], ...] = ()
    """``("login", 1)``: the first word after this word is a secret, options not counted."""


def _set(text: str = "") -> frozenset[str]:
    return frozenset(text.split())


UNKNOWN = CommandOptions(login=_set("-u --user -a --proxy-user -U"))
"""Of a program that is not known: ``-u name:password`` is curl's and many others'."""

_MYSQL = CommandOptions(attached=_set("-p"))
_HTTPIE = CommandOptions(login=_set("-a --auth"))
_SNMP = CommandOptions(secret=_set("-c -A -X"))
_LDAP = CommandOptions(secret=_set("-w -y"))
_CONTAINER = CommandOptions(words=(), login=_set("--creds --src-creds --dest-creds"))
_LOGIN = CommandOptions(secret=_set("-p"), login=_set("--creds"))
PROGRAMS: dict[str, CommandOptions] = {
    "curl": CommandOptions(
        login=_set("-u --user -U --proxy-user -E --cert"), cookies=_set("-b --cookie")
    ),
    "http": _HTTPIE,
    "https": _HTTPIE,
    "xh": _HTTPIE,
    "sshpass": CommandOptions(secret=_set("-p")),
    "redis-cli": CommandOptions(secret=_set("-a")),
    "mongo": CommandOptions(secret=_set("-p")),
    "mongosh": CommandOptions(secret=_set("-p")),
    "sqlcmd": CommandOptions(secret=_set("-P")),
    "swift": CommandOptions(secret=_set("-K"), words=(("tempurl", 4),)),
    "oathtool": CommandOptions(words=(("oathtool", 1),)),
    "openssl": CommandOptions(secret=_set("-k -K -passin -passout -pass")),
    "ipmitool": CommandOptions(secret=_set("-P -Y")),
    "twine": CommandOptions(secret=_set("-p")),
    "zip": CommandOptions(secret=_set("-P")),
    "unzip": CommandOptions(secret=_set("-P")),
    "7z": CommandOptions(attached=_set("-p")),
    "7za": CommandOptions(attached=_set("-p")),
    "smbclient": CommandOptions(login=_set("-U --user"), divider="%"),
    "htpasswd": CommandOptions(words=(("htpasswd", 3),)),
    "psexec": CommandOptions(secret=_set("-p")),
    "ssh-keygen": CommandOptions(secret=_set("-N -P")),
    "rclone": CommandOptions(words=(("obscure", 1),)),
    "useradd": CommandOptions(secret=_set("-p")),
    "usermod": CommandOptions(secret=_set("-p")),
    "az": CommandOptions(secret=_set("-p")),
    "snmpget": _SNMP,
    "snmpwalk": _SNMP,
    "snmpset": _SNMP,
    "cqlsh": CommandOptions(secret=_set("-p")),
    "mongodump": CommandOptions(secret=_set("-p")),
    "mongorestore": CommandOptions(secret=_set("-p")),
    "mosquitto_pub": CommandOptions(secret=_set("-P")),
    "mosquitto_sub": CommandOptions(secret=_set("-P")),
    "isql": CommandOptions(secret=_set("-P")),
    "bcp": CommandOptions(secret=_set("-P")),
    "ldappasswd": CommandOptions(secret=_set("-w -s -a")),
    "rar": CommandOptions(attached=_set("-p")),
    "unrar": CommandOptions(attached=_set("-p")),
    "oc": CommandOptions(secret=_set("-p")),
    "cf": CommandOptions(secret=_set("-p")),
    "pscp": CommandOptions(secret=_set("-pw")),
    "plink": CommandOptions(secret=_set("-pw")),
    "wpa_passphrase": CommandOptions(words=(("wpa_passphrase", 2),)),
    "lftp": CommandOptions(login=_set("-u"), divider=","),
    "rabbitmqctl": CommandOptions(
        words=(("add_user", 2), ("change_password", 2), ("authenticate_user", 2))
    ),
    "vault": CommandOptions(words=(("login", 1),)),
    "consul": CommandOptions(words=(("set-agent-token", 2),)),
    "radtest": CommandOptions(words=(("radtest", 2), ("radtest", 5))),
    "wmic": CommandOptions(attached=_set("/password:")),
    "gsettings": CommandOptions(words=(("password", 1), ("vnc-password", 1))),
    "snmptrap": _SNMP,
    "snmpbulkwalk": _SNMP,
    "impala-shell": CommandOptions(login=_set("-u")),
    "beeline": CommandOptions(secret=_set("-p")),
    "nsupdate": CommandOptions(login=_set("-y")),
    "cypher-shell": CommandOptions(secret=_set("-p")),
    "neo4j-admin": CommandOptions(words=(("set-initial-password", 1),)),
    "influx": CommandOptions(secret=_set("-t -p")),
    "rpcclient": CommandOptions(login=_set("-U --user"), divider="%"),
    "evil-winrm": CommandOptions(secret=_set("-p -H")),
    "crackmapexec": CommandOptions(secret=_set("-p -H")),
    "hydra": CommandOptions(secret=_set("-p")),
    "net": CommandOptions(login=_set("-U --user"), divider="%"),
    "certutil": CommandOptions(secret=_set("-p")),
    "doctl": CommandOptions(secret=_set("-t")),
    "rdesktop": CommandOptions(secret=_set("-p")),
    "mc": CommandOptions(words=(("alias", 5),)),
    "pdftk": CommandOptions(words=(("user_pw", 1), ("owner_pw", 1), ("input_pw", 1))),
    "kadmin": CommandOptions(secret=_set("-w")),
    "steghide": CommandOptions(secret=_set("-p")),
    "osslsigncode": CommandOptions(secret=_set("-pass")),
    "ldapsearch": _LDAP,
    "ldapadd": _LDAP,
    "ldapmodify": _LDAP,
    "ldapwhoami": _LDAP,
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb"), _MYSQL),
    **dict.fromkeys(("docker", "podman", "nerdctl", "buildah", "skopeo", "helm"), _CONTAINER),
}
_LOGINS = frozenset({"docker", "podman", "nerdctl", "buildah", "skopeo", "helm"})


def options_of(program: str, words: frozenset[str]) -> CommandOptions:
    """Return what is known of a program, which is called with these words."""
    if program in _LOGINS and "login" in words:
        return _LOGIN
    return PROGRAMS.get(program, UNKNOWN)


def is_known(program: str) -> bool:
    """Return whether a word is the name of a program that is known here, perhaps with its path."""
    name = program.rpartition("/")[2]
    return name in PROGRAMS or name in _SHELLS


_SHELLS = frozenset({"sh", "bash", "env", "sudo"})
