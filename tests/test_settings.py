"""Environment variables: what is not set has a default, what makes no sense is a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rnnkit import settings
from rnnkit.errors import ConfigError
from rnnkit.store import Store
from rnnkit.training import scheduler


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of somebody who has set nothing."""
    monkeypatch.delenv("RNNKIT_HOME")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_new_person_s_things_are_kept_where_the_system_wants_them(person: Path):
    assert person in settings.home().parents
    assert settings.home().name == "rnnkit"
    assert settings.home().is_dir()
    assert not (person / ".rnnkit").exists()


def test_what_an_earlier_version_kept_is_found(person: Path):
    (person / ".rnnkit").mkdir()
    assert settings.home() == person / ".rnnkit"
    assert settings.store_url() == f"sqlite:///{person}/.rnnkit/rnnkit.sqlite"


def modes(home: Path) -> dict[str, str]:
    """Path -> mode of the home folder and the files in it."""
    paths = [home, *(path for path in home.rglob("*") if path.is_file())]
    return {path.relative_to(home).as_posix(): oct(path.stat().st_mode & 0o7777) for path in paths}


def use(home: Path) -> None:
    """Open a store there and write a log."""
    Store().close()
    settings.open_log("scheduler").close()


PRIVATE = {".": "0o700", "rnnkit.sqlite": "0o600", "logs/scheduler.log": "0o600"}


@pytest.mark.parametrize("mode", [None, 0o700, 0o755, 0o775, 0o777])
def test_what_is_kept_is_its_owner_s_alone(home: Path, mode: int | None, caplog):
    if mode:
        home.mkdir()
        home.chmod(mode)
    use(home)
    assert modes(home) == PRIVATE
    assert not caplog.messages


def test_what_an_earlier_version_left_open_is_closed_and_said(home: Path, caplog):
    use(home)
    for path, mode in {"": 0o755, "rnnkit.sqlite": 0o644, "logs": 0o755, "logs/scheduler.log": 0o644}.items():
        (home / path).chmod(mode)
    use(home)
    assert modes(home) == PRIVATE
    assert caplog.messages == [f"RNNKIT_HOME: {home} was open to other people of this machine and is closed now"]


def test_a_folder_with_other_things_stays_as_it_is_and_a_store_in_it_is_private(home: Path, caplog):
    home.mkdir()
    home.chmod(0o755)
    (home / "index.html").write_text("a web server shows this folder")
    use(home)
    assert modes(home) == {**PRIVATE, ".": "0o755", "index.html": "0o644"}
    sentence = f"RNNKIT_HOME: {home} holds other things too and stays open to other people of this machine"
    assert caplog.messages == [sentence]


def test_a_folder_of_somebody_else_is_used_as_it_is(home: Path, caplog, monkeypatch: pytest.MonkeyPatch):
    home.mkdir()
    home.chmod(0o777)

    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    use(home)
    assert caplog.messages == [f"RNNKIT_HOME: {home} cannot be closed and may be open to other people of this machine"]


def test_a_folder_of_a_group_stays_the_group_s(home: Path, caplog):
    home.mkdir()
    home.chmod(0o2770)
    umask = os.umask(0o007)
    try:
        use(home)
    finally:
        os.umask(umask)
    assert {path: modes(home)[path] for path in (".", "rnnkit.sqlite")} == {".": "0o2770", "rnnkit.sqlite": "0o640"}
    assert not caplog.messages


@pytest.mark.parametrize("name", [name for name, setting in settings.SETTINGS.items() if setting.minimum is not None])
@pytest.mark.parametrize("text", ["many", "-1", "1.5", "٣", "9" * 5000])
def test_a_number_that_is_none_is_refused_in_one_sentence(name: str, text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, text)
    with pytest.raises(ConfigError, match=f"{name}: expected a whole number of at least"):
        settings.integer(name)


@pytest.mark.parametrize("name", [name for name, setting in settings.SETTINGS.items() if setting.minimum is not None])
def test_a_number_that_no_machine_could_serve_is_refused(name: str, monkeypatch: pytest.MonkeyPatch):
    most = settings.SETTINGS[name].maximum
    monkeypatch.setenv(name, str(most))
    assert settings.integer(name) == most
    monkeypatch.setenv(name, str(most + 1))
    with pytest.raises(ConfigError, match=f"{name}: expected at most {most:,}, got {most + 1:,}"):
        settings.check()


@pytest.mark.parametrize("name", ["RNNKIT_CPU_SLOTS", "RNNKIT_GPU_SLOTS", "RNNKIT_THREADS"])
def test_nobody_starts_a_scheduler_that_could_never_train(name: str, store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, "0")
    with pytest.raises(ConfigError, match=f"{name}: expected a whole number of at least 1, got '0'"):
        scheduler.ensure_running(store)


def test_no_warm_trainer_is_a_choice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_WARM", "0")
    assert settings.integer("RNNKIT_WARM") == 0


@pytest.mark.parametrize("name", ["*", "a/b", "http://kit.example", "kit.example:80", "a*.example", "*.", "\x1b[2J"])
def test_hosts_that_are_none_are_refused_in_one_sentence(name: str, store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_HOSTS", f"kit.example, {name}")
    with pytest.raises(ConfigError, match="RNNKIT_HOSTS: expected names of hosts"):
        scheduler.ensure_running(store)


def test_the_address_of_the_store_may_stand_in_a_file(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    secret = tmp_path / "store_url"
    secret.write_text(f"sqlite:///{tmp_path}/other.sqlite\n")
    monkeypatch.setenv("RNNKIT_STORE_FILE", str(secret))
    Store().close()
    assert (tmp_path / "other.sqlite").is_file()
    monkeypatch.setenv("RNNKIT_STORE", "sqlite:///first.sqlite")
    assert settings.store_url() == "sqlite:///first.sqlite"
    monkeypatch.delenv("RNNKIT_STORE")
    for wrong in (b"", b"\xff"):
        secret.write_bytes(wrong)
        with pytest.raises(ConfigError, match="RNNKIT_STORE_FILE: expected a file"):
            settings.store_url()
    secret.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        settings.store_url()
