"""Fixtures that many tests share: a home of its own for every test, and fresh stores.

`store` is SQLite in tmp_path; `any_store` runs the test twice, on SQLite and on PostgreSQL.
The server is the one that RNNKIT_TEST_POSTGRES names (an SQLAlchemy URL), else one that
is started from Debian's binaries for this test session; without either those tests skip.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from rnnkit import paths
from rnnkit.store import Store
from rnnkit.training import processes, scheduler


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests say by what they use what they need: a server, or a browser."""
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker("database")
        if item.path.parent.name == "browser":
            item.add_marker("browser")


@pytest.fixture(scope="session", autouse=True)
def _session_home(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[None]:
    """Fixtures that outlive one test never see the home of the person who runs the tests either.

    Compiled loops are kept between runs of the tests; trainers find them there too.
    """
    with pytest.MonkeyPatch.context() as patch:
        if pytestconfig.cache:
            patch.setenv("NUMBA_CACHE_DIR", str(pytestconfig.cache.mkdir("kernels")))
        patch.setenv("RNNKIT_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("RNNKIT_STORE", raising=False)
        yield


@pytest.fixture
def nobody_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued stays queued, and no page starts a scheduler that outlives the test."""
    monkeypatch.setattr(scheduler, "ensure_running", lambda store: None)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """RNNKIT_HOME of this test, an empty folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("RNNKIT_HOME", str(folder))
    monkeypatch.delenv("RNNKIT_STORE", raising=False)
    return folder


@pytest.fixture(autouse=True)
def _main_stays_main() -> Iterator[None]:
    """AppTest leaves its script behind as `__main__`, and processes started later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def _nothing_came_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new store is empty in this process; tests of what comes with the program name its folder."""
    monkeypatch.setattr(paths, "PRETRAINED", tmp_path / "nothing")


@pytest.fixture
def our_scheduler(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the test starts ends with it."""
    monkeypatch.setenv("RNNKIT_WARM", "0")
    yield
    with contextlib.closing(Store()) as store:
        token = store.scheduler()["token"]
    if token and processes.lives(token):
        os.kill(processes.parse(token).pid, signal.SIGTERM)


@pytest.fixture
def open_store() -> Iterator[Callable[[str | None], Store]]:
    """Opens stores that are closed when the test ends."""
    opened = []

    def open_(url: str | None = None) -> Store:
        opened.append(Store(url))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(home: Path, open_store: Callable[[str | None], Store]) -> Store:
    """A new store on SQLite, the one that `Store()` opens in this test."""
    return open_store(None)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def store_url(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        home.mkdir(exist_ok=True)
        yield f"sqlite:///{home / 'rnnkit.sqlite'}"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def any_store(store_url: str, open_store: Callable[[str | None], Store]) -> Store:
    """A new store, on SQLite and on PostgreSQL."""
    return open_store(store_url)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL schema of this test's own, as an SQLAlchemy URL."""
    name = f"rnnkit_test_{secrets.token_hex(6)}"
    # No pool: a test may cut every connection that is open.
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    url = sa.make_url(postgres_server).update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running PostgreSQL. Skips with the reason when there is none."""
    if url := os.environ.get("RNNKIT_TEST_POSTGRES"):
        yield url.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed and RNNKIT_TEST_POSTGRES names no server")
    folder = Path(tempfile.mkdtemp(prefix="rnnkit-pg-", dir="/tmp"))  # a socket's path has at most 107 bytes
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _run_server(binaries, folder, "start")
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        _run_server(binaries, folder, "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def order_postgres(postgres_server: str) -> Callable[[str], None]:
    """order("stop") ends our server as if its machine had lost power, order("again") starts it. Skips for another."""
    folder, binaries = sa.make_url(postgres_server).query.get("host"), _postgres_binaries()
    if os.environ.get("RNNKIT_TEST_POSTGRES") or binaries is None:
        pytest.skip("RNNKIT_TEST_POSTGRES names a server, which is not stopped")
    return functools.partial(_run_server, binaries, Path(str(folder)))


def _run_server(binaries: Path, folder: Path, order: str) -> None:
    """Start or stop the server in `folder`; as the user postgres, since it refuses to run as root."""
    data = folder / "data"
    # Durability off: these are thrown away, and a commit costs 30 us instead of 3 ms.
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
    again = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start"]
    make = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    commands = {
        "start": [make, again],
        "again": [again],
        "stop": [[str(binaries / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop"]],
    }[order]
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    for command in commands:
        done = subprocess.run([*user, *command], cwd="/tmp", capture_output=True, text=True, timeout=60)
        if done.returncode and order == "start":
            pytest.skip(f"PostgreSQL does not start: {(done.stderr or done.stdout).strip()[-300:]}")


def _postgres_binaries() -> Path | None:
    """The folder of initdb and pg_ctl: Debian keeps them out of PATH, one folder per version."""
    if sys.platform == "win32":
        return None
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    folders += [Path(found).parent for found in [shutil.which("initdb")] if found]
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)
