"""What is installed: a wheel with everything below rnnkit/, and a front door that lists the same packages."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def listed(path: str) -> list[str]:
    """The packages that a requirements file names itself."""
    lines = (ROOT / path).read_text("utf-8").splitlines()
    return sorted(line for line in lines if line and not line.startswith(("#", "-")))


def files(folder: str) -> set[str]:
    """All files of a folder of the checkout, caches aside."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in found}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    return Path(next(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))


def test_the_front_door_lists_what_the_package_needs():
    assert listed("requirements.txt") == sorted(PROJECT["dependencies"])


def test_the_tests_list_what_developers_install():
    assert listed("tests/requirements.txt") == sorted(PROJECT["optional-dependencies"]["dev"])
    extras, dev = PROJECT["optional-dependencies"], {*PROJECT["optional-dependencies"]["dev"]}
    assert {*extras["auth"], *extras["metrics"]} <= dev
    assert PROJECT["optional-dependencies"]["postgres"] == [
        line for line in listed("tests/requirements.txt") if line.startswith("psycopg")
    ]
    assert PROJECT["optional-dependencies"]["onnx"] == [
        line for line in listed("tests/requirements.txt") if line.startswith("onnx>")
    ]


def test_the_version_is_said_once():
    source = (ROOT / "rnnkit" / "__init__.py").read_text("utf-8")
    assert re.search(r'^__version__ = "(.*)"$', source, re.MULTILINE)[1] == PROJECT["version"]


def test_the_wheel_holds_pages_and_networks_below_the_package(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name for name in names if name.startswith("rnnkit/")}
    assert {name.split("/")[0] for name in names - inside} == {f"rnnkit-{PROJECT['version']}.dist-info"}
    app = {"dashboard.py", ".streamlit/config.toml"} | files("pages")
    assert inside == files("rnnkit") | files_below("rnnkit/app", app) | files_below("rnnkit", files("pretrained"))


def files_below(folder: str, names: set[str]) -> set[str]:
    return {f"{folder}/{name}" for name in names}


def test_what_was_unpacked_finds_its_pages_and_networks_and_runs_from_any_folder(wheel: Path, tmp_path: Path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    code = """
import sys
from rnnkit import paths
from rnnkit.cli.main import main
status = main(["presets"])
print(paths.DASHBOARD.is_file(), len(list(paths.PRETRAINED.glob("*/run.json"))) > 20, status, paths.PACKAGE)
"""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path / "elsewhere", env=environment, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == f"True True 0 {(tmp_path / 'site' / 'rnnkit').resolve()}", done.stderr


# ---- the real thing: an empty environment, all packages, another folder, no network

HOME_PAGE = """
import sys
from streamlit.testing.v1 import AppTest
from rnnkit import paths
sys.path.insert(0, str(paths.DASHBOARD.parent))
page = AppTest.from_file(str(paths.DASHBOARD), default_timeout=60).run()
print(len(page.exception), page.title[0].value)
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_installed_in_an_empty_environment_it_trains_and_opens_the_dashboard(
    wheel: Path, tmp_path: Path, our_scheduler: None
):
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    programs, elsewhere = tmp_path / "venv" / "bin", tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run([programs / "pip", "install", "-q", "--disable-pip-version-check", wheel], check=True)
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https")} | {"no_proxy": "localhost"}
    environment = {**os.environ, **nowhere, "RNNKIT_CORPORA": ""}

    def said(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=400)
        assert done.returncode == 0, done.stderr
        return done.stdout

    options = ("--preset", "cookbook-gru", "--wait", "--set", "training.epochs=1")
    trained = json.loads(said(programs / "rnnkit", "train", *options, "--json"))
    assert trained["status"] == "finished"
    assert len(said(programs / "rnnkit", "sample", trained["run"], "--length", "40")) > 40
    assert "pretrained" not in said(programs / "rnnkit", "check")
    assert said(programs / "python", "-P", "-c", HOME_PAGE).startswith("0 ")

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [programs / "rnnkit", "dashboard", "--port", str(port)]
    with subprocess.Popen(command, cwd=elsewhere, env=environment) as process:
        try:
            assert healthy(port)
        finally:
            process.terminate()
    assert not list(elsewhere.iterdir())


def healthy(port: int, seconds: float = 60) -> bool:
    """Whether the dashboard answers in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://localhost:{port}/_stcore/health") as answer:
            return answer.read() == b"ok"
        time.sleep(0.2)
    return False
