"""How a password is called in other languages, and the words that say what it is.

A row serves names (``contraseña: …``), sentences (``tu contraseña es …``) and the quick look alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["CODE_CLUES", "CODE_WORDS", "COPULAS", "PASSWORD_WORDS", "UNSPELLED"]

PASSWORD_WORDS: Final[Mapping[str, str]] = {
    "passwort": "pass",
    "kennwort": "kennwort",
    "mot de passe": "pass",
    "contraseña": "contrase",
    "contrasena": "contrase",
    "contrasenya": "contrase",
    "contrasinal": "contrasin",
    "senha": "senha",
    "palavra passe": "pass",
    "wachtwoord": "wachtwoord",
    "lösenord": "senord",
    "passord": "pass",
    "adgangskode": "skode",
    "kodeord": "kodeord",
    "salasana": "salasana",
    "lykilorð": "kilor",
    "hasło": "sło",
    "heslo": "slo(?<=heslo)(?![a-z])",
    "geslo": "slo(?<=geslo)(?![a-z])",
    "lozinka": "ozinka",
    "zaporka": "porka",
    "jelszó": "szó",
    "parolă": "parolă",
    "parola": "parola",
    "parol": "parol(?![a-z])",
    "şifre": "şifre",
    "slaptažodis": "slapta",
    "parool": "parool",
    "kata sandi": r"sandi(?:(?<=kata[\W_]sandi)|(?<=katasandi))",
    "mật khẩu": "khẩu",
    "пароль": "парол",
    "парола": "парол",
    "лозинка": "лозинк",
    "κωδικός": "κωδικ",
    "סיסמה": "סיסמ",
    "كلمة المرور": "المرور",
    "كلمة السر": "السر",
    "رمز عبور": "عبور",
    "գաղտնաբառ": "գաղտնաբառ",
    "პაროლი": "პაროლი",
    "비밀번호": "비밀번호",
    "암호": "암호",
    "密码": "密码",
    "密碼": "密碼",
    "口令": "口令",
    "パスワード": "パスワード",
    "暗証番号": "暗証番号",
}
"""By a word, in small letters: the beginning of a pattern of what a text has that may hold it, in
small letters too. Two plain letters come first, of which the first is not frequent."""

UNSPELLED: Final = ("पासवर्ड", "পাসওয়ার্ড", "รหัสผ่าน")
"""Such words whose signs are no letters to the engine: in sentences only, not in names."""

COPULAS: Final = (
    *("is", "was", "lautet", "ist", "est", "es", "é", "è", "e", "sarà", "jest", "to", "är", "er"),
    *("on", "je", "is nu", "will be", "are", "это", "は", "是", "为", "adalah", "là", "este"),
)
"""What stands between such a word and the password, in a sentence."""

CODE_WORDS: Final = (
    r"\bcode\ de\ (?:connexion|v[ée]rification|confirmation|s[ée]curit[ée]|validation)",
    r"\bc[óo]digo\ de\ (?:verifica\w{1,5}|segur\w{1,5}|acces?so|confirma\w{1,5})",
    r"\bcodice\ di\ (?:verifica|sicurezza|accesso|conferma)",
    r"\b(?:best[äa]tigungs|sicherheits|verifizierungs|anmelde|zugangs|verificatie)code",
    *("код\\ подтверждения", "код\\ доступа"),
    *("验证码", "校验码", "認証コード", "確認コード", "인증번호"),
)
"""How a code that was sent is called in other languages: patterns."""
CODE_CLUES: Final = (
    "o de (?<=digo de )",
    "ce di (?<=codice di )",
    "code (?<=[se]code )",
    "подтверждения",
    "доступа",
    *("验证码", "校验码", "認証コード", "確認コード", "인증번호"),
)
"""Each such word holds one of these, or the word code."""
