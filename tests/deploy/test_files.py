"""The files of deploy/ fit together: one .env fills all of them, nothing runs as root or from a moving version, and no
secret stands in any. The validators of the programs that read them are asked where they are installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from rnnkit.settings import SETTINGS

DEPLOY = Path(__file__).parents[2] / "deploy"
TEMPLATES = sorted(DEPLOY.glob("*.template"))
SERVICE: dict[str, Any] = {
    "type": "object",
    "required": ["image", "restart", "security_opt", "networks"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string", "pattern": r"^[\w./-]+:(?!latest)[\w.-]+$"},
        "build": {"type": "object", "required": ["context", "dockerfile"]},
        "environment": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        "depends_on": {"type": "object"},
        "healthcheck": {"type": "object", "required": ["test"]},
        "mem_limit": {"type": "string"},
        "read_only": {"const": True},
        **{name: {"type": "array", "items": {"type": "string"}} for name in ("secrets", "volumes", "tmpfs", "ports")},
        **{name: {"type": "array", "minItems": 1} for name in ("cap_drop", "security_opt", "networks")},
        **{name: {} for name in ("init", "restart", "stop_grace_period", "cpus", "pids_limit")},
    },
}


def values() -> dict[str, str]:
    """What the example of the .env says."""
    lines = (DEPLOY / "env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled(path: Path, **more: str) -> str:
    """A template with the values of the example, as envsubst writes it; Python's own reads `$host` otherwise."""
    return re.sub(r"\$\{(\w+)\}", lambda found: (values() | more)[found[1]], path.read_text("utf-8"))


def test_one_file_fills_all_templates():
    used = set()
    for path in [*TEMPLATES, DEPLOY / "compose.yaml", DEPLOY / "Caddyfile"]:
        used |= set(re.findall(r"\{\$?((?:SITE|RNNKIT|LIMIT|STORE)_\w+?)(?:[:}])", path.read_text("utf-8")))
    assert used - {"STORE_URL", "RNNKIT_EXTRAS"} == set(values())
    assert {name for name in values() if name.startswith("RNNKIT_")} <= set(SETTINGS)


def test_no_secret_stands_in_a_file():
    for path in DEPLOY.iterdir():
        if path.name in (".env", "secrets"):
            continue  # of an installation
        text = path.read_text("utf-8")
        assert not re.search(r"(?i)(password|secret_key)[ \t]*[:=][ \t]*[^\s/$#{]", text), path.name
        assert not [url for url in re.findall(r"\w+://[^\s\"]+", text) if re.search(r":[^/@{]+@", url[6:])
                    and "USER:PASSWORD" not in url]  # fmt: skip


def test_the_image_runs_as_nobody_in_particular():
    lines = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text("utf-8")).splitlines()
    steps = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    names = [name for name, _ in steps]
    assert [words for name, words in steps if name == "USER"] == ["10001"]
    assert names.index("USER") > max(place for place, name in enumerate(names) if name == "RUN")
    assert "ADD" not in names
    assert {"HEALTHCHECK", "VOLUME", "EXPOSE"} <= set(names)
    for words in (words for name, words in steps if name == "FROM"):
        image, _, version = words.split()[0].partition(":")
        assert "/" not in image, "a registry's host"
        assert version
        assert "latest" not in version
    assert not [words for name, words in steps if name == "RUN" and re.search(r"curl|wget|https?://|sudo", words)]
    copied = [word for name, words in steps if name == "COPY" and "--from" not in words for word in words.split()[:-1]]
    assert not [name for name in copied if not (DEPLOY.parent / name).exists()]
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert sorted(line[1:] for line in allowed if line.startswith("!")) == sorted(copied)


def test_compose_has_three_services_that_know_each_other():
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert set(found) == {"name", "services", "networks", "volumes", "secrets"}
    for service in found["services"].values():
        jsonschema.validate(service, SERVICE)
        assert set(service["networks"]) <= set(found["networks"])
        assert set(service.get("secrets", ())) <= set(found["secrets"])
        assert set(service.get("depends_on", ())) <= set(found["services"])
        named = [one.split(":")[0] for one in service.get("volumes", ())]
        assert {one for one in named if re.fullmatch(r"\w+", one)} <= set(found["volumes"])
    assert [name for name, service in found["services"].items() if "ports" in service] == ["door"]
    assert found["services"]["database"]["networks"] == ["inside"]
    assert found["networks"]["inside"]["internal"] is True


def test_compose_itself_agrees(tmp_path: Path):
    if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("there is no docker compose on this machine")
    command = ["docker", "compose", "--env-file", str(DEPLOY / "env.example"), "--file", str(DEPLOY / "compose.yaml")]
    done = subprocess.run([*command, "config", "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_systemd_agrees(tmp_path: Path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze on this machine")
    program = tmp_path / "rnnkit"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = []
    for path in [*DEPLOY.glob("*.service*"), *DEPLOY.glob("*.timer")]:
        units.append(tmp_path / path.name.removesuffix(".template"))
        text = filled(path) if path.suffix == ".template" else path.read_text("utf-8")
        units[-1].write_text(text.replace("/opt/rnnkit/bin/rnnkit", str(program)))
    assert len(units) == 3
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "rnnkit" in line]
    assert (done.returncode, said) == (0, [])


def test_kubernetes_runs_one_pod_that_is_not_root_behind_a_sticky_door():
    text = filled(DEPLOY / "kubernetes.yaml.template", STORE_URL="postgresql://a/b")
    parts = {part["kind"]: part for part in yaml.safe_load_all(text)}
    assert set(parts) == {"Secret", "PersistentVolumeClaim", "Deployment", "Service", "Ingress"}
    pod = parts["Deployment"]["spec"]["template"]
    assert pod["metadata"]["labels"] == parts["Deployment"]["spec"]["selector"]["matchLabels"]
    assert pod["metadata"]["labels"] == parts["Service"]["spec"]["selector"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (one,) = pod["spec"]["containers"]
    assert {mount["name"] for mount in one["volumeMounts"]} == {volume["name"] for volume in pod["spec"]["volumes"]}
    assert one["livenessProbe"]["httpGet"]["path"] == f"{values()['SITE_PATH']}_stcore/health"
    assert {setting["name"] for setting in one["env"] if setting["name"].startswith("RNNKIT_")} <= set(SETTINGS)
    assert all(isinstance(setting["value"], str) for setting in one["env"])
    assert re.fullmatch(r"\d+[KMG]i", one["resources"]["limits"]["memory"])
    assert parts["Ingress"]["metadata"]["annotations"]["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    backend = parts["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "rnnkit", "port": {"number": 8501}}
