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
    tenant: str = field(default="", repr=False)
    """Which of a backend's tenants is asked; Grafana's backends may have several."""

    @classmethod
    def read(cls, kind: str, environ: Mapping[str, str]) -> Credentials:
        """Read ``OTELHOOK_<KIND>_TOKEN``, ``OTELHOOK_<KIND>_LOGIN`` and ``OTELHOOK_<KIND>_TENANT``.

        Raises:
            ConfigError: a value that no HTTP header can hold, or a login without a colon.
        """
        prefix = f"OTELHOOK_{kind.upper()}"
        token = environ.get(f"{prefix}_TOKEN", "").strip()
        login = environ.get(f"{prefix}_LOGIN", "")
        tenant = environ.get(f"{prefix}_TENANT", "").strip()
        for name, value in (("TOKEN", token), ("TENANT", tenant)):
            if not (value.isascii() and value.isprintable()) or " " in value:
                message = f"{prefix}_{name} cannot be sent: expected ASCII without spaces"
                raise ConfigError(message)
        if login and ":" not in login:
            message = f"{prefix}_LOGIN: expected USER:PASSWORD"
            raise ConfigError(message)
        return cls(prefix, token, login, tenant)

    def headers(self) -> dict[str, str]:
        """Return the headers to send (RFC 6750, RFC 7617), if there is anything to say."""
        headers = {"X-Scope-OrgID": self.tenant} if self.tenant else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        elif self.login:
            encoded = base64.b64encode(self.login.encode("utf-8", "replace")).decode()
            headers["Authorization"] = f"Basic {encoded}"
        return headers

    @property
    def advice(self) -> str:
        """What to try when a backend refuses, in words."""
        if self.token:
            return f"check the token in {self.prefix}_TOKEN"
        if self.login:
            return f"check user and password in {self.prefix}_LOGIN"
        return f"set {self.prefix}_TOKEN, or {self.prefix}_LOGIN to USER:PASSWORD"
