"""A real dashboard with a home of its own, for what measures it from outside. Knows no figure."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
# The browser of the pages that are measured: the one that RNNKIT_CHROMIUM names, else the machine's own.
CHROMIUM = os.environ.get("RNNKIT_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class App:
    """A running dashboard: its process, port and home folder."""

    process: psutil.Process
    port: int
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "RNNKIT_HOME": str(self.home)}

    def command(self, *arguments: str) -> str:
        """`python -m rnnkit ARGUMENTS` on the same store; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "rnnkit", *arguments], cwd=ROOT, env=self.environment, text=True,
            capture_output=True, check=True,
        )  # fmt: skip
        return done.stdout


@contextlib.contextmanager
def running(**environment: str) -> Iterator[App]:
    """Start the dashboard on a free port and an empty store; end it with all it started."""
    with tempfile.TemporaryDirectory(prefix="rnnkit-") as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = ["streamlit", "run", "dashboard.py", "--server.headless=true", f"--server.port={port}"]
        everything = {**os.environ, **environment, "RNNKIT_HOME": home}
        with subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=everything) as process:
            app = App(psutil.Process(process.pid), port, Path(home))
            try:
                _wait(port)
                yield app
            finally:
                for other in of_home(home):
                    other.kill()
                process.kill()
        time.sleep(0.2)


def _wait(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
            return
        time.sleep(0.1)
    raise TimeoutError("the dashboard does not answer")


def of_home(home: str, module: str = "") -> Iterator[psutil.Process]:
    """Schedulers and trainers of this store, of sessions of their own; or those of one kind: `turns`, `scheduler`."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("RNNKIT_HOME") == home and f"rnnkit.training.{module}" in " ".join(
                process.cmdline()
            ):
                yield process
