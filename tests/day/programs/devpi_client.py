"""devpi's client makes a user and an index on devpi's server."""

import subprocess
import sys
from pathlib import Path

address = sys.argv[1]
devpi = str(Path(sys.executable).parent / "devpi")


def run(*words: str) -> None:
    subprocess.run([devpi, *words, "--clientdir", "client"], check=True)


run("use", address)
run("user", "-c", "ada", "password=hunter22", "email=ada@example.org")
run("login", "ada", "--password=hunter22")
run("index", "-c", "dev", "bases=")
