r"""The names whose values are secret: patterns of spelled names, each under a name that it is for.

Spelled means words in lower case, joined by ``_``. Before a pattern any words may come, and after
those of `HUMAN` and `ISSUED` one that says which copy it is (``_hash``, ``_old``, ``_2``). The
words come from the default lists of other scrubbers (Logfire, Elastic, Logbook), from the query
keys that OpenTelemetry's HTTP conventions name, from the API references of OpenStack, OAuth (RFC
6749, 7636, 8628), SAML, WS-Federation and AWS, and from rules that scanners for secrets publish. A
row is tested: its name is secret, by this row alone, and a text with it is worth a closer look.
"""

from __future__ import annotations

import re
from typing import Final

from otelhook.redaction.rules.password_words import PASSWORD_WORDS

__all__ = ["ABOUT", "HEADER", "HUMAN", "ISSUED", "MAYBE", "QUERY", "QUERY_MAYBE"]

HUMAN: Final = {
    "password": r"\w*pass_?w(?:or)?ds?",
    "passphrase": r"\w*pass_?phrase",
    "passcode": "pass_?(?:code|key)",
    "pass": "pass",
    "pwd": "pwds?",
    "pw": "pw",
    "mysqlpwd": r"\w{2,16}pwd",
    "rootpw": "(?:root|sudo|bind|admin|user)pw",
    "dbpass": "(?!(?:by|com|tres|sur|over|under|over|out|en|im|un|low|high|band|all|single|multi"
    r"|first|second|one|two|render|light|depth|shadow|tres|boarding|season|mini)pass)[a-z0-9]{2,16}pass",
    "masterauth": "master_?auth",
    "client_secret": r"\w*secret",
    "secret_key": r"\w*secret_?(?:access_?)?keys?(?:_base)?",
    "secretword": r"secret_?(?:word|phrase)",
    "psk": "psk",
    "preshared_key": "pre_?shared_key",
    "private_key": "priv(?:ate)?_?keys?|private_pem|key_pem|pkey",
    "skey": "skey",
    "private_mac": "private_mac",
    "pin": "pin",
    "pin_code": "pin_?(?:code|number)|puk",
    "track2": "track_?(?:1|2)",
    "cvv": "cvv2?|cvx|card_(?:security_)?code",
    "cvc": "cvc2?|cvn|card_verification_(?:value|code|number)",
    "ssn": "ssn",
    "social_security_number": "social_security(?:_number)?",
    "otp": "otp",
    "totp": "totp",
    "mfa_code": "(?:mfa|otp|totp|2fa|tfa|(?:two|second|multi)_?factor|verification|verify"
    "|validation|check|security|token|authentication|sign_in|challenge)_code",
    "recovery_codes": "(?:recovery|backup|scratch|emergency|rescue)_codes?",
    "mnemonic": r"mnemonic(?:_phrase)?",
    "seed_phrase": "(?:seed|recovery|backup)_?phrase",
    "totp_seed": "(?:h?otp|totp|mfa|tfa)_(?:seed|key)",
    "card_number": "(?:credit_?|debit_?)?card_?(?:number|num|no)",
    "cc_number": "cc_?num(?:ber)?|primary_account_number",
    "credit_card": "credit_card",
    "kubeconfig": "kube_?configs?",
    "security_answer": "(?:security|secret)_answers?",
    "ntlm_hash": "(?:nt|lm|ntlm)_?hash",
    "community_string": "(?:(?:ro|rw|snmp|trap|auth|agent|read|write)_?)community|community_string",
    "secret_text": "secret_(?:text|content)",
    "secure_string": "secure_?string",
    "client_state": "client_state",
    "bind_credential": "bind_credentials?",
    **{word.replace(" ", "_"): re.escape(word.replace(" ", "_")) for word in PASSWORD_WORDS},
}
"""Chosen by people, or kept by them."""

ISSUED: Final = {
    "token": r"\w*tokens?",
    "secrets": r"\w*secrets",
    "jwt": "jwt",
    "jwe": "jwe",
    "icesecretread": r"\w*secret_?(?:read|write)",
    "bearer": "bearer",
    "api_key": r"\w*?api_?keys?",
    "access_key": "access_?keys?",
    "access_key_id": "access_?key_?id",
    "auth_key": "auth_?keys?",
    "encryption_key": "(?:encryption|signing|master|shared|storage|account|service|license"
    "|subscription|functions|session|consumer|app|application|deploy|webhook|temp_url|customer|sync"
    "|admin|rapid_api|rapidapi|fastly|sas|hmac|unseal|recovery|backup|root|cipher|integration|stream"
    "|sentry|ingest|merchant|gateway|jwt|cookie|vault|wep|wpa)_?keys?(?:_2|_b64)?",
    "session_id": "(?:session|sess|user_session)_?id",
    "phpsessid": r"\w*sessid",
    "jsessionid": "jsessionid",
    "aspsessionidaabb": r"aspsessionid\w*",
    "cookie": "cookies?",
    "csrf": "csrf",
    "xsrf": "xsrf",
    "authorization": "authorization(?:_header)?|auth_header",
    "keys_base64": "keys_base64",
    "saml_response": "saml_?(?:response|request|art)|sam_lart",
    "wresult": "wresult",
    "pgt_id": "pgt_?(?:id|iou)",
    "auth_req_id": "auth_req_id",
    "client_assertion": "client_assertion",
    "code_verifier": "(?:code|oauth)_?verifier",
    "device_code": "(?:device|user|auth|authorization|oob|oauth|access|activation|invite|reset"
    "|unlock|login|magic|sms|email|one_?time|confirm|confirmation|door|gate|keypad|pairing|claim"
    "|host|setup|enrol|enrollment|invitation|registration|linking)_?code",
    "shared_access_signature": r"\w*access_signature",
    "captcha_response": r"\w*(?:captcha|turnstile)_?response",
    "crumb": "crumb",
    "wp_nonce": "wp_?nonce",
    "rspauth": "rspauth",
    "appsecret_proof": r"\w*secret_?proof",
    "x_amz_signature": "(?:x_amz|x_goog|x_oss|x_cos|x_ms|aws)_signature",
}
"""Issued by a machine."""

MAYBE: Final = {
    "auth": r"(?:\w+_)?auth",
    "session": r"(?:\w+_)?session(?:_?info)?",
    "credential": r"(?:\w+_)?cred(?:ential)?s?",
    "github_pat": r"(?:\w+_)?pat",
    "secret_id": "secret_id",
    "clientkey": "(?:client|server|app|auth|device|site|team|account|install|user)key",
    "sonar_login": "d?sonar_login",
    "auth_data": "auth_?(?:data|string)",
    "pkcs12": r"(?:\w+_)?(?:pkcs12|pfx|p12|keystore|keytab|jks)(?:_data|_b64|_base64)?",
    "seed": r"(?:\w+_)?seed",
    "kek": "kek|dek|wrapped_key",
    "verification_key": r"\w{1,40}_key",
    "assertion": r"(?:\w+_)?assertion",
    "client_key_data": r"(?:\w{1,40}_)?key_data",
    "ticket": "(?:(?:session|auth|login|access|steam|entity)_)?ticket",
    "jeton": r"(?:\w+_)?jeton",
    "clave_secreta": "(?:clave|chave|cle)_(?:secreta|secrete)",
    "plaintext": "plain_?text",
    "hash_salt": r"\w+salt",
    "state_handle": "(?:state|login|interaction|transaction)_handle",
    "payment_method_nonce": r"(?:\w+_)?(?:payment|card|method)_nonce",
    "cavv": r"cavv|ucaf|(?:\w+_)?cryptogram",
    "user_data": "user_?data",
    "request_signature": "(?:request|body|webhook|payload|callback|payment|order|policy|session"
    r"|hmac|url|api|client|server|message|\w{1,24}pay|\w{1,24}hook)_signature",
}
"""Secret if the value looks issued; no other word before them."""

QUERY: Final = {
    "sig": "sig",
    "signature": "signature",
    "ticket": "ticket",
    "key_pair_id": "key_pair_id",
    "x_amz_credential": r"(?:aws|x_amz|x_goog)_\w*(?:key_id|credential)",
}
"""In a query or form too."""

QUERY_MAYBE: Final = {
    "key": "key",
    "code": "(?:(?:sso|authz|oauth|grant)_?)?code",
    "sid": "sid",
    "tk": "tk|tok",
    "sign": "sign|hmac",
    "invite": r"(?:\w+_)?(?:invite|invitation|confirmation|activation|verification|magic|unlock)",
}
HEADER: Final = {
    "key": "key",
    "cst": "cst",
    "x_ovh_consumer": r"\w+_consumer",
    "cb_access_sign": r"\w+_sign",
    "x_hub_signature_256": r"(?:\w+_)?signature(?:_\d+)?",
    "jfrog_art_api": r"\w+_art_api",
    "x_honeycomb_team": "x_honeycomb_team",
}

ABOUT: Final = r"""
    (?:is|has|needs?|requires?|uses?|enabled?|disabled?|allow|show|no|max|min|num|total|count
      |errors?|err|labels?)_.*
  | (?!input_token\Z)(?:prompt|completion|input|output)_(?:\w*_)?tokens?(?:_\w+)?
  | (?:\w+_)?(?:invalid|incorrect|wrong|bad|missing|unexpected|forgot|forgotten|existing)_.*
  | (?:\w*_)?(?:next|page|pagination|continuation|sync|skip|delta|sequence|resume|scroll
      |idempotency|client_request|stop|pad|eos|bos|unk|sep|cls|mask|special)_?tokens?
  | http_tokens? | (?:\w+_)?public_key_?\w* | nopass\w*
  | \w*rate_?limit\w* | (?:\w+_)?(?:limit|remaining|reset|used|cached|reasoning|budget|max)_tokens
  | (?:\w*_)?(?:public|publishable|idempotency|cache|surrogate|websocket|partition|sort
      |shard|object|foreign|trace|dedup\w*|lock|event|group|message|correlation|request|job|host
      |range|hash|row|column|i18n|translation|issue|kms|map|state|index|search|parameter|param
      |configuration|environment|variable|var|property|prop|header|metadata|input|output|s3|page
      |menu|sub|super|tab|short|hot|arrow|meta|product|item|section|theme|template|model|metric
      |context|contents?|entity|document|tag|label|attribute|step|stage|task|run|report|chart|layer|asset
      |file|blob|bucket|image|icon|media|order|invoice|flag|env|tracking|version|build|unique
      |compound|composite|sequence|registry|path|parent|child|node|edge|entry|record|query
      |field|feature|config|setting|option|lookup|natural|business|incident|alert|series|slot|grouping
      |aggregation|namespace|dimension|resource|component|widget|dom|react|tree|story|project)_key
"""
"""A name that asks about a secret, counts tokens, marks the next page, is of text's tokens or tells
one thing from others: ``has_password``, ``total_tokens``, ``next_page_token``, ``cache_key``.
"""
