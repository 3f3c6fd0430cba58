"""What a tracing backend wants to know of who asks: from the environment only.

Settings are shown by ``otelhook config show``, and command lines by ``ps``; so credentials are
neither. Nothing prints one: they are left out of ``repr`` and of every message.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from otelhook.errors import ConfigError

__all__ = ["Credentials"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A bearer token, or else ``USER:PASSWORD`` for HTTP's basic scheme, or nothing."""

    prefix: str
    """Of their environment variables: ``OTELHOOK_JAEGER``."""
    token: str = field(default="", repr=False)
    login: str = field(default="", repr=False)

    @classmethod
    def read(cls, kind: str, environ: Mapping[str, str]) -> Credentials:
        """Read ``OTELHOOK_<KIND>_TOKEN`` and ``OTELHOOK_<KIND>_LOGIN``.

        Raises:
            ConfigError: a value that no HTTP header can hold, or a login without a colon.
        """
        prefix = f"OTELHOOK_{kind.upper()}"
        token = environ.get(f"{prefix}_TOKEN", "").strip()
        login = environ.get(f"{prefix}_LOGIN", "")
        if not (token.isascii() and token.isprintable()) or " " in token:
            message = f"{prefix}_TOKEN is no bearer token: expected ASCII without spaces"
            raise ConfigError(message)
        if login and ":" not in login:
            message = f"{prefix}_LOGIN: expected USER:PASSWORD"
            raise ConfigError(message)
        return cls(prefix, token, login)

    def headers(self) -> dict[str, str]:
        """Return the header to send (RFC 6750, RFC 7617), if there is anything to say."""
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if self.login:
            encoded = base64.b64encode(self.login.encode("utf-8", "replace")).decode()
            return {"Authorization": f"Basic {encoded}"}
        return {}

    @property
    def advice(self) -> str:
        """What to try when a backend refuses, in words."""
        if self.token:
            return f"check the token in {self.prefix}_TOKEN"
        if self.login:
            return f"check user and password in {self.prefix}_LOGIN"
        return f"set {self.prefix}_TOKEN, or {self.prefix}_LOGIN to USER:PASSWORD"
