"""The files of deploy/: each is loaded by the program that it is for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
SETTINGS = {
    "GATEWAY_HOST": "gateway.example",
    "JAEGER_HOST": "jaeger.example",
    "KAFKA_BROKER": "kafka.example:9092",
    "CLICKHOUSE_HOST": "clickhouse.example",
    "CLICKHOUSE_USER": "jaeger",
    "CLICKHOUSE_PASSWORD": "secret",
    "OTELHOOK_COLLECTOR_TOKEN": "secret",
    "UI_CONFIG": str(DEPLOY / "jaeger" / "ui.json"),
}

COLLECTOR = ["collector/config", "many-machines/agent", "many-machines/gateway"]
COLLECTOR += ["many-machines/gateway-kafka"]
JAEGER = ["jaeger/badger", "many-machines/jaeger-collector", "many-machines/jaeger-ingester"]
JAEGER += ["many-machines/jaeger-query"]


def run(*words: object, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        env=os.environ | SETTINGS | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", COLLECTOR)
def test_the_collector_accepts_its_configuration(peers: Any, name: str, tmp_path: Path) -> None:
    config = DEPLOY / f"{name}.yaml"
    done = run(
        peers.path("collector"), "validate", "--config", config, QUEUE_DIRECTORY=str(tmp_path)
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", JAEGER)
def test_jaeger_accepts_its_configuration(peers: Any, name: str) -> None:
    done = run(peers.path("jaeger"), "validate", "--config", DEPLOY / f"{name}.yaml")
    assert done.returncode == 0, done.stderr


def test_a_wrong_key_would_be_seen(peers: Any, tmp_path: Path) -> None:
    for program, name in (("jaeger", JAEGER[0]), ("collector", COLLECTOR[0])):
        wrong = tmp_path / "wrong.yaml"
        wrong.write_text((DEPLOY / f"{name}.yaml").read_text().replace("endpoint:", "endpont:"))
        assert run(peers.path(program), "validate", "--config", wrong).returncode != 0


@pytest.mark.parametrize(
    "manifest",
    sorted((DEPLOY / "many-machines" / "kubernetes").glob("*.yaml")),
    ids=lambda p: p.stem,
)
def test_a_manifest_is_what_kubernetes_takes(peers: Any, manifest: Path) -> None:
    folder = peers.path("kubernetes-validate").parent.parent
    code = "from kubernetes_validate.__main__ import main; main()"
    done = run(sys.executable, "-c", code, "--strict", manifest, PYTHONPATH=str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout + done.stderr


@pytest.mark.parametrize("profile", [[], ["--profile", "kafka"]])
@pytest.mark.parametrize("name", ["jaeger", "many-machines", "one-machine"])
def test_compose_accepts_its_file(name: str, profile: list[str]) -> None:
    words = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    if run(*words, "version").returncode if shutil.which(words[0]) else True:
        pytest.skip("no docker compose: install Debian's package docker-compose")
    done = run(*words, "-f", DEPLOY / name / "compose.yaml", *profile, "config")
    assert done.returncode == 0, done.stderr


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze: install Debian's package systemd")
    unit = tmp_path / "otelhook-collect.service"
    text = (DEPLOY / "one-machine" / unit.name).read_text()
    # It looks whether the program is there.
    unit.write_text(text.replace("/opt/otelhook/bin/otelhook", sys.executable))
    done = run("systemd-analyze", "verify", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_jaegers_page_shows_the_links_that_open_a_trace_as_our_page(peers: Any) -> None:
    jaeger = peers.jaeger(f"--set=extensions.jaeger_query.ui.config_file={SETTINGS['UI_CONFIG']}")
    page = peers.fetch(jaeger, "/search")
    assert "http://localhost:4318/trace/#{traceID}" in page
    assert "http://localhost:4318/trace/#{trace.traceID}?span=#{spanID}" in page


def test_kustomize_takes_the_same_links_as_jaeger() -> None:
    # It reads nothing outside its own folder.
    copied = (DEPLOY / "many-machines" / "kubernetes" / "ui.json").read_text()
    assert copied == (DEPLOY / "jaeger" / "ui.json").read_text()
