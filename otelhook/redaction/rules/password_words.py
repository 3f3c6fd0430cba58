"""How a password is called in other languages, and the words that say what it is.

A row serves names (``contraseña: …``), sentences (``tu contraseña es …``) and the quick look alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["COPULAS", "PASSWORD_WORDS"]

PASSWORD_WORDS: Final[Mapping[str, str]] = {
    "passwort": "pass",
    "kennwort": "k(?=ennwort)",
    "mot de passe": "pass",
    "contraseña": "c(?=ontrase)",
    "contrasena": "c(?=ontrase)",
    "contrasenya": "c(?=ontrase)",
    "contrasinal": "c(?=ontrasin)",
    "senha": "s(?=enha)",
    "palavra passe": "pass",
    "wachtwoord": "w(?=achtwoord)",
    "lösenord": "s(?=enord)",
    "passord": "pass",
    "adgangskode": "s(?=kode)",
    "kodeord": "k(?=odeord)",
    "salasana": "s(?=alasana)",
    "lykilorð": "k(?=ilor)",
    "hasło": "s(?=ło)",
    "heslo": "s(?<=hes)lo(?![a-z])",
    "geslo": "s(?<=ges)lo(?![a-z])",
    "lozinka": "k(?<=lozink)a",
    "zaporka": "k(?<=zapork)a",
    "jelszó": "s(?<=jels)z",
    "parolă": "p(?=arol[aă])",
    "parola": "p(?=arol[aă])",
    "şifre": "ş(?=ifre)",
    "slaptažodis": "s(?=lapta)",
    "parool": "p(?=arool)",
    "kata sandi": r"k(?=ata[\W_]?sandi)",
    "mật khẩu": "k(?=hẩu)",
    "пароль": "парол",
    "парола": "парол",
    "лозинка": "лозинк",
    "κωδικός": "κωδικ",
    "סיסמה": "סיסמ",
    "비밀번호": "비밀번호",
    "암호": "암호",
    "密码": "密码",
    "密碼": "密碼",
    "口令": "口令",
    "パスワード": "パスワード",
    "暗証番号": "暗証番号",
}
"""By a word, in small letters: what a text has, in small letters too, that may hold it."""

COPULAS: Final = (
    *("is", "was", "lautet", "ist", "est", "es", "é", "è", "e", "sarà", "jest", "to", "är", "er"),
    *("on", "je", "is nu", "will be", "are", "это", "は", "是", "为", "adalah", "là", "este"),
)
"""What stands between such a word and the password, in a sentence."""
