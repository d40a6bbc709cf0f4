"""The files of deploy/ fit together: one .env fills all of them, nothing runs as root or from a moving version, and no
secret stands in any. The validators of the programs that read them are asked where they are installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose_spec
import jsonschema
import kubernetes_validate
import pytest
import yaml

from rnnkit.people import accounts
from rnnkit.settings import SETTINGS

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
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
        "env_file": {"const": [{"path": "settings.env", "required": False}]},
        "healthcheck": {"type": "object", "required": ["test"]},
        "mem_limit": {"type": "string"},
        "read_only": {"const": True},
        **{name: {"type": "array", "items": {"type": "string"}} for name in ("secrets", "volumes", "tmpfs", "ports")},
        **{name: {"type": "array", "minItems": 1} for name in ("cap_drop", "security_opt", "networks", "profiles")},
        **{name: {} for name in ("init", "restart", "stop_grace_period", "cpus", "pids_limit", "shm_size", "command")},
        "user": {"type": "string", "pattern": r"^[1-9]\d*:[1-9]\d*$"},
    },
}


def values() -> dict[str, str]:
    """What the example of the .env says."""
    lines = (DEPLOY / "env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled(path: Path, **more: str) -> str:
    """A file with the values of the example, as envsubst and compose write it; Python's own reads `$host` otherwise."""
    known = values() | more
    return re.sub(
        r"\$\{(\w+)(:-([^}]*))?\}",
        lambda found: known.get(found[1]) or found[3] if found[2] else known[found[1]],
        path.read_text("utf-8"),
    )


def test_one_file_fills_all_templates():
    used = set()
    for path in [*TEMPLATES, DEPLOY / "compose.yaml", DEPLOY / "Caddyfile"]:
        used |= set(re.findall(r"\{\$?((?:SITE|RNNKIT|LIMIT|STORE|RAY)_\w+?)(?:[:}])", path.read_text("utf-8")))
    assert used - {"STORE_URL", "RAY_TOKEN"} == set(values()) - {"COMPOSE_PROFILES"}
    assert {name for name in values() if name.startswith("RNNKIT_")} <= {*SETTINGS, "RNNKIT_EXTRAS"}


def test_the_example_of_more_settings_is_one_that_works(monkeypatch: pytest.MonkeyPatch):
    lines = (DEPLOY / "settings.env.example").read_text("utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(told) <= set(SETTINGS)
    for name, value in {**told, "RNNKIT_OIDC_SECRET": "of-the-test"}.items():
        monkeypatch.setenv(name, value)
    assert accounts.provider().callback == f"https://{values()['SITE_NAME']}{values()['SITE_PATH']}oauth2callback"


def test_no_secret_stands_in_a_file():
    for path in DEPLOY.iterdir():
        if path.name in (".env", "secrets"):
            continue  # of an installation
        text = path.read_text("utf-8")
        assert not re.search(r"(?i)(password|secret_key)[ \t]*[:=][ \t]*[^\s/$#{]", text), path.name
        assert not [url for url in re.findall(r"\w+://[^\s\"]+", text) if re.search(r":[^/@{]+@", url[6:])
                    and "USER:PASSWORD" not in url]  # fmt: skip


def test_the_image_runs_as_nobody_in_particular():
    lines = re.sub(r"\\\n", " ", DOCKERFILE.read_text("utf-8")).splitlines()
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


def test_docker_can_read_the_steps_of_the_image():
    """By the parser of Docker's own builder, which has no wheel for every system."""
    dockerfile = pytest.importorskip("dockerfile", reason="the package dockerfile is not on this system")
    steps = dockerfile.parse_file(str(DOCKERFILE))
    assert [step.cmd.lower() for step in steps].count("from") == 2
    known = {"ARG", "FROM", "COPY", "RUN", "ENV", "VOLUME", "EXPOSE", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {step.cmd.upper() for step in steps} == known
    commands = {step.cmd.upper(): list(step.value) for step in steps if step.json}
    assert commands["ENTRYPOINT"] == ["beside_ray"]
    assert commands["CMD"][:2] == ["rnnkit", "dashboard"]
    with pytest.raises(dockerfile.GoParseError):
        dockerfile.parse_string("FROM python\nENV PATH\n")


def test_a_node_runs_beside_the_dashboard_on_a_cluster_alone(tmp_path: Path):
    """And is started again when it has ended."""
    (tmp_path / "ray").write_text('#!/bin/sh\necho "$@" >> "$(dirname "$0")/told"\nexit 1\n')
    (tmp_path / "sleep").write_text("#!/bin/sh\nexec /bin/sleep 0.05\n")
    for name in ("ray", "sleep"):
        (tmp_path / name).chmod(0o755)
    told, path = tmp_path / "told", f"{tmp_path}:{os.environ['PATH']}"
    waits = """
import sys, time
from pathlib import Path
told = Path(sys.argv[1])
while not told.exists() or len(told.read_text().splitlines()) < 3: time.sleep(0.01)
"""
    command = ["sh", str(DEPLOY / "beside_ray.sh"), sys.executable, "-c"]
    alone = subprocess.run([*command, "print('here')"], env={"PATH": path}, capture_output=True, text=True, check=True)
    assert (alone.stdout, told.exists()) == ("here\n", False)
    with subprocess.Popen([*command, waits, str(told)], env={"PATH": path, "RNNKIT_RAY": "head:6379"},
                          start_new_session=True) as process:  # fmt: skip
        assert process.wait(30) == 0
        os.killpg(process.pid, 15)  # the loop, which a container takes with it
    assert {line.split()[0] + " " + line.split()[1] for line in told.read_text().splitlines()} == {
        "start --address=head:6379"
    }


def test_compose_agrees_with_its_specification():
    text = filled(DEPLOY / "compose.yaml")
    assert set(compose_spec.PyCompose.from_yaml(text).services) == {"dashboard", "database", "head", "worker", "door"}
    with pytest.raises(ValueError, match="depends_on"):
        compose_spec.PyCompose.from_yaml(text.replace("condition: service_healthy", "condition: sometimes", 1))


def test_services_know_each_other_and_only_the_door_is_open():
    found = yaml.safe_load(filled(DEPLOY / "compose.yaml"))
    assert set(found) == {"name", "services", "networks", "volumes", "secrets"}
    for service in found["services"].values():
        jsonschema.validate(service, SERVICE)
        assert set(service["networks"]) <= set(found["networks"])
        assert set(service.get("secrets", ())) <= set(found["secrets"])
        assert set(service.get("depends_on", ())) <= set(found["services"])
        named = [one.split(":")[0] for one in service.get("volumes", ())]
        assert {one for one in named if re.fullmatch(r"\w+", one)} <= set(found["volumes"])
    assert [name for name, service in found["services"].items() if "ports" in service] == ["door"]
    for name in ("database", "head", "worker"):
        assert found["services"][name]["networks"] == ["inside"]
    assert found["networks"]["inside"]["internal"] is True
    for name in ("head", "worker"):
        service = found["services"][name]
        assert service["profiles"] == ["ray"]
        assert service["environment"]["RAY_AUTH_MODE"] == "token"
        assert service["environment"]["RAY_AUTH_TOKEN_PATH"] == "/run/secrets/ray_token"
        assert "ray_token" in service["secrets"]


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
        units[-1].write_text(re.sub(r"/opt/rnnkit/bin/\w+", str(program), text))
    assert len(units) == 5
    units.append(tmp_path / "rnnkit-with-sign-in.service")
    units[-1].write_text((tmp_path / "rnnkit.service").read_text() + (DEPLOY / "rnnkit-sign-in.conf").read_text())
    units.append(tmp_path / "rnnkit-with-ray.service")  # as systemd reads a unit and what stands beside it
    units[-1].write_text((tmp_path / "rnnkit.service").read_text() + filled(DEPLOY / "rnnkit-on-ray.conf.template"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "rnnkit" in line]
    assert (done.returncode, said) == (0, [])


def test_ray_hears_its_own_network_alone_and_asks_for_a_token():
    for name in ("head", "worker"):
        text = filled(DEPLOY / f"rnnkit-ray-{name}.service.template")
        assert "RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=%d/ray_token" in text
        assert re.search(r"--node-ip-address=10\.[\d.]+ ", text)
        assert "IPAddressDeny=any\nIPAddressAllow=localhost 10.0.0.0/24\n" in text
        assert "dashboard-host" not in text
        assert "User=root" not in text


def test_caddy_agrees():
    caddy = shutil.which("caddy") or shutil.which("caddy", path=str(Path(sys.executable).parent))
    if not caddy:
        pytest.skip("there is no caddy on this machine")
    command = [caddy, "validate", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(command, env=os.environ | values(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stdout + done.stderr


def kubernetes(name: str) -> list[dict[str, Any]]:
    """The documents of a template."""
    text = filled(DEPLOY / name, STORE_URL="postgresql://a/b", RAY_TOKEN="of-the-test")
    return list(yaml.safe_load_all(text))


def agrees(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


def test_kubernetes_agrees():
    cluster, *others = kubernetes("kubernetes-ray.yaml.template")
    for document in [*kubernetes("kubernetes.yaml.template"), *others]:
        agrees(document)
    groups = [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]
    pods = [{"apiVersion": "v1", "kind": "Pod", **group["template"]} for group in groups]
    for pod in pods:
        agrees(pod)
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        (one,) = pod["spec"]["containers"]
        environment = {setting["name"]: setting["value"] for setting in one["env"]}
        assert environment["RAY_AUTH_MODE"] == "token"
        assert environment["RAY_AUTH_TOKEN_PATH"].startswith("/run/secrets/")
        assert {mount["name"] for mount in one["volumeMounts"]} == {volume["name"] for volume in pod["spec"]["volumes"]}
        assert all(isinstance(word, str) for group in groups for word in group["rayStartParams"].values())
    pods[0]["spec"]["containers"][0]["imagine"] = "a typing error"
    with pytest.raises(kubernetes_validate.ValidationError):
        agrees(pods[0])
    (policy,) = others
    assert policy["spec"]["podSelector"]["matchLabels"] == pods[0]["metadata"]["labels"]


def test_kubernetes_runs_one_pod_that_is_not_root_behind_a_sticky_door():
    parts = {part["kind"]: part for part in kubernetes("kubernetes.yaml.template")}
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
