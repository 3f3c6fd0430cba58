"""Records the demo as it is, twice, and with changes made on purpose in its services.

``python -m tests.compare.record`` writes the traces in ``recorded/`` anew. A change is a piece of
source that is replaced in a copy of the package, so that what the services then do is really run.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RECORDED", "VARIANTS"]

ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).parent / "recorded"


@dataclass(frozen=True, slots=True)
class Edit:
    """What is replaced in a module of the demo."""

    module: str
    old: str
    new: str


VARIANTS: Mapping[str, tuple[Edit, ...]] = {
    "as-it-is": (),
    "again": (),
    "warm": (
        Edit(
            "image",
            "    return serve(",
            "    checker._own = account.sign_in(account.discover()).token\n    return serve(",
        ),
    ),
    "added-call": (
        Edit(
            "client",
            "    json.dump(image",
            "    session.get(f\"{images}/{image['id']}\", timeout=TIMEOUT)\n    json.dump(image",
        ),
    ),
    "changed-status": (
        Edit("image", "Response(HTTPStatus.NO_CONTENT)", "Response(HTTPStatus.ACCEPTED)"),
    ),
    "renamed-field": (Edit("image", '"min_ram": 0', '"ram_min": 0'),),
    "dropped-header": (Edit("image", "CREATED, record, location)", "CREATED, record)"),),
    "nested-field": (Edit("identity", '"name": "member"', '"title": "member"'),),
    "other-header-dropped": (
        Edit("identity", '(("X-Subject-Token", token), _VARY)', '(("X-Subject-Token", token),)'),
    ),
    "user-agent": (Edit("image", '"image/1.0"', '"image/2.0"'),),
    "another-value": (Edit("image", '"tags": []', '"tags": ["new"]'),),
    "added-inner-call": (
        Edit(
            "image",
            "        data = _Hashed(request.upload)\n",
            '        self._session.get(f"{self._account.auth_url}/", timeout=_TIMEOUT)\n'
            "        data = _Hashed(request.upload)\n",
        ),
    ),
    # The first attempt is refused after the token was checked: the second finds it known.
    "retried-post": (
        Edit(
            "client",
            "    answer = session.post(images, json=wanted, timeout=TIMEOUT)\n",
            "    session.post(images, json=wanted, timeout=TIMEOUT)\n"
            "    answer = session.post(images, json=wanted, timeout=TIMEOUT)\n",
        ),
        Edit(
            "image",
            "        given = request.json()\n",
            "        given = request.json()\n"
            "        self._tries = getattr(self, '_tries', 0) + 1\n"
            "        if self._tries == 1:\n"
            "            raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, 'later')\n",
        ),
    ),
}

FORTY: tuple[Edit, ...] = (
    # Every fourth time the image service has no token; the 8th, 16th and 24th time its is expired.
    Edit(
        "tokens",
        "        if self._account is not None and not self._own:\n",
        "        number = 0\n"
        "        if self._account is not None:\n"
        "            self._runs = number = getattr(self, '_runs', 0) + 1\n"
        "            if number % 4 == 1:\n"
        "                self._own = ''\n"
        "        if self._account is not None and not self._own:\n",
    ),
    Edit(
        "tokens",
        '            headers={"X-Auth-Token": self._own or token, "X-Subject-Token": token},\n'
        "            timeout=_TIMEOUT,\n"
        "        )\n",
        '            headers={"X-Auth-Token": "expired" if number in (8, 16, 24) else '
        'self._own or token, "X-Subject-Token": token},\n'
        "            timeout=_TIMEOUT,\n"
        "        )\n"
        "        if self._account is not None and answer.status_code == 401:\n"
        "            self._own = self._account.sign_in(self._account.discover()).token\n"
        "            answer = self._session.get(\n"
        '                f"{self._identity_v3}/auth/tokens",\n'
        '                headers={"X-Auth-Token": self._own, "X-Subject-Token": token},\n'
        "                timeout=_TIMEOUT,\n"
        "            )\n",
    ),
    # Every tenth object finds the disk full; the 6th and 26th are taken at the second attempt.
    Edit(
        "object_store",
        "        upload = request.upload\n        digest",
        "        upload = request.upload\n"
        "        seen = self.__dict__.setdefault('seen', {})\n"
        "        number = seen.setdefault(place.name, len(seen) + 1)\n"
        "        again = number in self.__dict__.setdefault('tried', set())\n"
        "        self.tried.add(number)\n"
        "        if number % 10 == 0 or (number in (6, 26) and not again):\n"
        "            while upload.read(_CHUNK):\n"
        "                pass\n"
        "            return Response(HTTPStatus(503 if number in (6, 26) else 507))\n"
        "        digest",
    ),
    Edit(
        "image",
        "        stored = self._session",
        "        content = data.read()\n        stored = self._session",
    ),
    Edit("image", "            data=data,", "            data=content,"),
    Edit(
        "image",
        "        checksum = data.digest.hexdigest()\n",
        "        if stored.status_code == 503:\n"
        "            stored = self._session.put(\n"
        "                f\"{container}/{record['id']}\",\n"
        "                data=content,\n"
        '                headers={**headers, "Content-Type": "application/octet-stream"},\n'
        "                timeout=_TIMEOUT,\n"
        "            )\n"
        "        checksum = data.digest.hexdigest()\n",
    ),
)
"""What forty runs against services that keep running meet."""

_FORTY_RUNS = """\
import os, subprocess, sys
from pathlib import Path
from otelhook.demo.cloud import CLIENT, running
main = [sys.executable, "-c", "from otelhook.cli.main import main; raise SystemExit(main())"]
data = Path("demo/data").absolute()
data.mkdir(parents=True)
with running(Path("."), data, os.environ, 0) as cloud:
    for _ in range(40):
        words = ["run", "--data-dir", str(data), "--service", "demo-client", "--"]
        subprocess.run(
            [*main, *words, sys.executable, str(CLIENT)],
            env={**os.environ, **cloud.environ},
            check=False,
            stdout=subprocess.DEVNULL,
        )
"""


def _record(edits: tuple[Edit, ...], target: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        for name in ("otelhook", "exporters", "collector"):
            shutil.copytree(ROOT / name, place / name, symlinks=True)
        for edit in edits:
            module = place / "otelhook" / "demo" / f"{edit.module}.py"
            text = module.read_text(encoding="utf-8")
            if edit.old not in text:
                raise LookupError(edit)
            module.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
        command = [
            sys.executable,
            "-c",
            "from otelhook.cli.main import main; raise SystemExit(main())",
        ]
        environ = {**os.environ, "PYTHONPATH": work}
        export = ["export", "--data-dir", "demo/data", "--to", "trace.json"]
        if edits is FORTY:
            subprocess.run([sys.executable, "-c", _FORTY_RUNS], cwd=place, env=environ, check=True)
            lines = [[*export, "--since", "1d"]]
        else:
            lines = [["demo", "--out", "demo"], [*export, "latest"]]
        for words in lines:
            subprocess.run([*command, *words], cwd=place, env=environ, check=True)
        text = (place / "trace.json").read_text(encoding="utf-8")
        # A recording names no folder of the machine that it was made on.
        text = text.replace(sys.executable, "python").replace(f"{work}/otelhook/demo/", "")
        target.write_bytes(gzip.compress(text.encode(), mtime=0))


def main() -> None:
    """Write the recordings that are named on the command line, or all."""
    RECORDED.mkdir(exist_ok=True)
    known = {**VARIANTS, "forty": FORTY}
    for name in sys.argv[1:] or known:
        _record(known[name], RECORDED / f"{name}.json.gz")


if __name__ == "__main__":
    main()
