"""What only looks like a secret: a long run of characters that nobody wrote by hand.

No name and no form is known here. A run counts if its characters change their class as often as
random ones do; ids, hashes and text in base64 are passed over, and so is what stands under a name
of such. What is found is possible, not sure: keys of innocent kinds look the same.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
import re
from collections.abc import Iterator
from typing import Final

__all__ = ["name_of_list", "random_runs"]

_RUN: Final = re.compile(
    r"(?<![\w+/=.%$@‹&\\-])[A-Za-z0-9_-][A-Za-z0-9+/_-]{19,511}={0,2}(?![\w@‹])"
    r"|(?<=[.][0-9]/)[A-Za-z0-9_-]{20,512}(?![\w@‹])"  # behind /v2.1/ no run begins earlier
)
_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F-]+=*")
_ID: Final = re.compile(
    r"""
    [0-9A-HJKMNP-TV-Z]{26}                       # ULID
  | (?:chatcmpl|cmpl|msg|run|req|resp|evt|cus|ch|pi|pm|file|thread|asst|step|call|toolu|batch|prod
      |price|sub|in|txn|re|vs|org|user|usr|acct|img|job|task|build|dep|pod|i|vol|snap|subnet|sg|vpc
      |eni|ami|projects?|urn|arn|etag|W)[_/-].*
  | AAAA[BCE]3Nza.*                              # a public key of SSH
  | M(?:I[IGHM]|[CFG][ok]w)[A-Za-z0-9+/=]{16,}     # DER: certificates, public keys
  | .*[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}.*
  | (?:[\w-]{0,64}/){0,16}AUTH_[0-9a-f]{32}(?:/.*)?    # an account of Swift's, in its paths
  | (?:[\w-]{1,64}/){1,16}[0-9a-f]{32}(?:/.*)?         # an id in a path
  | (?:sha|md)[0-9]{1,3}[-_=].*
  | (?:[a-z]{2,16}_){1,4}[0-9a-f]{32}          # an id behind what it is of
    """,
    re.VERBOSE,
)
_INNOCENT_NAME: Final = re.compile(
    r"""
    (?:^|[\s"'&?;,{(.-])
    (?:(?:[\w.-]{0,40}[_.-])?(?:etag|e_?tag|digest|checksum|sha\d{0,3}|md5|crc\w{0,4}|integrity|challenge
        |hash|fingerprint|thumbprint|x5[ct]\#?\w{0,5}|certificate|cert|crt|pub(?:lic)?[_-]?key|cursor
        |next|marker|page[_-]?token|next[_-]?token|continuation\w{0,12}|upload[_-]?id|version[_-]?id
        |request[_-]?id|trace\w{0,8}|span[_-]?id|message[_-]?id|receipt[_-]?handle|id[_-]?2|boundary
        |image|img|icon|thumbnail|avatar|picture|font|src|href|n|y|x|kid|jti|uuid|guid|id|name|path
        |file|filename|ids|class|version|revision|commit|ref|sri|nonce|accept|key[_-]?id|cid|urn|sub|\w{0,24}Cursor)
      |nextPageToken|pageToken|ETag|uploadId|versionId|requestId|messageId|publicKey
      |\w{0,32}(?:sha-?\d{1,3}|[a-z]Id|Digest|Checksum))
    \\{0,7}["'`]?\s{0,4}(?:[:=]{1,2}|\|)\s{0,4}`?(?:\[(?:\\{1,7}[nrt]|\s){0,24})?\\{0,7}["']?(?:W/")?$
  | (?:sha-?\d{1,3}[-:=]{1,2}|h1:|;base64,|ssh-\w{1,12}\s|ecdsa-\S{1,24}\s|integrity=["']|boundary=
      |[0-9a-f]{8}-)$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BEFORE: Final = 64
_LIST: Final = re.compile(r"[:=]\s{0,4}\[\s{0,4}$")
"""The line that opens a list; its items stand on lines of their own."""
_ITEM: Final = re.compile(r"[\s>|]*[\"']?")
_MAGIC: Final = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"RIFF"),
    *(
        b"wOF",
        b"\x00\x01\x00\x00",
        b"OTTO",
        b"\x00\x00\x01\x00",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f",
    ),
    *(b"ID3", b"OggS", b"\x00\x00\x00", b"QFI\xfb", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\x30\x82"),
)
_TEXT_BYTES: Final = frozenset({9, 10, 13, *range(32, 127)})
_LONG: Final = 512
_FEWEST_LETTERS: Final = 20
_FEWEST_OF_TWO_CLASSES: Final = 24
"""Random text of two classes of characters changes them less often: more of it is asked for."""
_CHANGES: Final = 0.4
_CHANGES_OF_TWO: Final = 0.25
"""Of 62 signs at random, 0.62 follow one of another class; of 36, 0.40; in words, below 0.2."""
_PRINTABLE: Final = 0.92


def name_of_list(text: str, name: str = "") -> str:
    """Return the end of the line that opened the list which goes on after this line, or nothing.

    Args:
        text: a line, or a piece of one.
        name: what this returned for the line before.
    """
    if _LIST.search(text[-_BEFORE:]):
        return text[-_BEFORE:].rstrip()
    goes_on = len(text) <= _LONG and text.rstrip().endswith((",", '"', "'"))
    return name if goes_on and not {":", "]"} & set(text) else ""


def random_runs(text: str, name: str = "") -> Iterator[str]:
    """Yield the runs in a piece of text that look random, each once.

    Args:
        text: a line, or a piece of one.
        name: what `name_of_list` returned for the line before: the name of an item that stands
            alone, as Keystone's ``audit_ids`` are written.
    """
    seen: set[str] = set()
    for match in _RUN.finditer(text):
        run = match.group()
        if run in seen or len(run) >= _LONG:
            continue
        seen.add(run)
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if name and _ITEM.fullmatch(before):
            before = name
        if _looks_random(run) and not _INNOCENT_NAME.search(before) and not _is_encoded(run):
            yield run


def _looks_random(run: str) -> bool:
    if _HEX.fullmatch(run) or _ID.fullmatch(run):
        return False
    plain = run.rstrip("=")
    letters = [sign for sign in plain if sign.isalnum()]
    classes = [_class_of(sign) for sign in letters]
    if len(letters) < max(_FEWEST_LETTERS, len(plain) * 3 // 4):
        return False
    pairs = itertools.pairwise(classes)
    changes = sum(a != b for a, b in pairs) / len(letters)
    digits, different = classes.count("0"), len(set(letters))
    if {"0", "A", "a"} <= set(classes):
        return changes > _CHANGES and digits > 1 and different > 2.2 * math.sqrt(len(letters))
    enough = len(letters) >= _FEWEST_OF_TWO_CLASSES and different > _FEWEST_LETTERS // 2
    return enough and changes > _CHANGES_OF_TWO and digits * 6 > len(letters) * 0.6


def _class_of(sign: str) -> str:
    return "0" if sign.isdigit() else ("A" if sign.isupper() else "a")


def _is_encoded(run: str) -> bool:
    """Return whether this is base64 of text, or of a file of a known kind."""
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(plain[: len(plain) // 4 * 4])
    except (ValueError, binascii.Error):
        return False
    if raw.startswith(_MAGIC):
        return True
    printable = sum(byte in _TEXT_BYTES for byte in raw)
    return printable >= len(raw) * _PRINTABLE
