"""The environment variables, one table. Read at the moment of use, so that tests and shells may change them.

Knows nothing of what the values are for.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import SplitResult, urlsplit

from rnnkit import system
from rnnkit.errors import ConfigError


class Setting(NamedTuple):
    """One environment variable: its value when it is not set, what it is for; the least and most where it counts."""

    default: str
    help: str
    minimum: int | None = None
    maximum: int = 100_000


SETTINGS: dict[str, Setting] = {
    "RNNKIT_HOME": Setting(
        "",
        "Folder of the store, the downloaded texts and the logs. Empty: ~/.rnnkit where there is one, else the "
        "system's place for an application's data (~/.local/share/rnnkit, ~/Library/Application Support/rnnkit).",
    ),
    "RNNKIT_STORE": Setting("", "SQLAlchemy URL of the store. Empty: the SQLite file rnnkit.sqlite in RNNKIT_HOME."),
    "RNNKIT_STORE_FILE": Setting(
        "", "A file that holds that URL where RNNKIT_STORE is empty, as secrets of containers do."
    ),
    "RNNKIT_POSTGRES_POOL": Setting("2", "Connections to PostgreSQL that a process keeps open.", 1, 1000),
    "RNNKIT_POSTGRES_CONNECTIONS": Setting(
        "15",
        "Connections to PostgreSQL that a process opens at most; who comes then waits for one, up to 30 s.",
        2,
        1000,
    ),
    "RNNKIT_POSTGRES_STATEMENT_SECONDS": Setting(
        "60", "Seconds after which PostgreSQL ends a statement. 0: never. Bringing a store up to date has no limit.", 0
    ),
    "RNNKIT_POSTGRES_LOCK_SECONDS": Setting("30", "Seconds that a statement waits for rows of others. 0: for ever.", 0),
    "RNNKIT_POSTGRES_IDLE_SECONDS": Setting(
        "30", "Seconds after which PostgreSQL gives up a program that stands still within a transaction. 0: never.", 0
    ),
    "RNNKIT_BACKUPS": Setting("", "The folder of the backups, of whose age `rnnkit doctor` takes care."),
    "RNNKIT_CORPORA": Setting("", "A folder of texts looked at before the network, e.g. one with sherlock.txt in it."),
    "RNNKIT_HOSTS": Setting(
        "",
        "Names by which the dashboard may be opened, beside localhost and this machine's own, separated by commas, "
        "e.g. kit.example.org, *.example.org.",
    ),
    "RNNKIT_URL": Setting(
        "",
        "The address at which people open the dashboard, e.g. https://kit.example.org/rnnkit/. Its name need not stand "
        "in RNNKIT_HOSTS. Signing in wants it.",
    ),
    "RNNKIT_OIDC_URL": Setting(
        "",
        "Signing in with OpenID Connect: the provider's issuer, e.g. https://sso.example.org/realms/school. Empty: "
        "nobody signs in ([how](docs/sign_in.md)).",
    ),
    "RNNKIT_OIDC_CLIENT": Setting("", "The id under which the provider knows this dashboard."),
    "RNNKIT_OIDC_SECRET": Setting("", "The secret that the provider gave with it."),
    "RNNKIT_OIDC_SECRET_FILE": Setting("", "A file that holds that secret where RNNKIT_OIDC_SECRET is empty."),
    "RNNKIT_OIDC_SCOPE": Setting("openid profile", "What is asked of the provider, separated by spaces."),
    "RNNKIT_OIDC_ROLE_CLAIM": Setting(
        "groups", "The claim of the ID token that decides about the role; dots lead into it, e.g. realm_access.roles."
    ),
    "RNNKIT_OIDC_TEACHERS": Setting(
        "", "Its values that make one a teacher, separated by commas; * is whoever the provider lets in."
    ),
    "RNNKIT_OIDC_PUPILS": Setting("", "Its values that make one a pupil, in the same way."),
    "RNNKIT_OIDC_GUESTS": Setting("", "Its values that make one a guest, who looks on, in the same way."),
    "RNNKIT_OIDC_NICKNAME_CLAIM": Setting(
        "nickname,preferred_username",
        "Claims that may hold a nickname, the first that does; a nickname is made up where none does.",
    ),
    "RNNKIT_OIDC_REQUIRED": Setting(
        "1",
        "1: nobody gets in without signing in. 0: others look on, and join an open class with its code.",
        0,
        1,
    ),
    "RNNKIT_OIDC_HOURS": Setting("12", "Hours after which one has to sign in again.", 1, 720),
    "RNNKIT_METRICS_TOKEN": Setting(
        "",
        "What a Prometheus server sends to read [metrics](docs/monitoring.md). Empty: there are none.",
    ),
    "RNNKIT_METRICS_TOKEN_FILE": Setting("", "A file that holds it where RNNKIT_METRICS_TOKEN is empty."),
    "RNNKIT_LOG": Setting("plain", "How logs are written: plain, or json, an object a line."),
    "RNNKIT_TEACHER_PIN": Setting(
        "", "The PIN that makes a browser the teacher's when a class is open. Empty: one is made and printed each time."
    ),
    "RNNKIT_MAX_TEXT_MB": Setting("50", "Largest text that may be uploaded or pasted, in megabytes.", 1, 2000),
    "RNNKIT_CPU_SLOTS": Setting(
        "1", "Trainers at work at once on the processor; several persons share one, by turns.", 1, 1000
    ),
    "RNNKIT_RAY": Setting(
        "", "The Ray cluster on whose nodes trainers run: `auto`, or its address. Empty: they run on this machine."
    ),
    "RNNKIT_NODE": Setting("", "This machine's name on pages, where it is one of a cluster. Empty: its host name."),
    "RNNKIT_GPU_SLOTS": Setting("1", "Runs trained at once on each GPU.", 1, 1000),
    "RNNKIT_THREADS": Setting("2", "Threads that one trainer may use on the processor.", 1, 1000),
    "RNNKIT_QUEUED_PER_OWNER": Setting(
        "100", "Runs of one owner that may wait in the queue; of all owners together, ten times as many.", 1
    ),
    "RNNKIT_ASK_HOURS": Setting(
        "2", "Hours of training, or half as many for one epoch, from which on starting a run asks first.", 1, 10_000
    ),
    "RNNKIT_WARM": Setting("1", "Trainers kept ready, with what trains already loaded. 0: none.", 0, 100),
    "RNNKIT_IDLE_MINUTES": Setting(
        "30",
        "Minutes without a page or a run after which the scheduler ends; without pages it ends after the last run.",
        1,
    ),
}
_OPEN = "stays open to other people of this machine"
_OURS = {
    "rnnkit",
    "logs",
    "corpora",
    "kernels",
    "encoded",
    "turns",
}  # what stands in the home folder, up to the first dot
_HOST = re.compile(r"(\*\.)?[a-z\d_-]+(\.[a-z\d_-]+)*|[\da-f:.]*:[\da-f:.]*", re.ASCII)  # the last for IPv6


def value(name: str) -> str:
    """The text of a setting, or its default."""
    return os.environ.get(name) or SETTINGS[name].default


def integer(name: str) -> int:
    """The value of a setting that counts something.

    Raises:
        ConfigError: it is no whole number, or below the least or above the most that makes sense.
    """
    text, least, most = value(name), SETTINGS[name].minimum or 0, SETTINGS[name].maximum
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) >= least):
        raise ConfigError(f"{name}: expected a whole number of at least {least}, got {text[:40]!r}")
    if int(text) > most:
        raise ConfigError(f"{name}: expected at most {most:,}, got {int(text):,}")
    return int(text)


def hosts() -> list[str]:
    """Names that the dashboard answers to beside its own; one that begins with `*.` stands for all that end so.

    Raises:
        ConfigError: one of them is no name of a host.
    """
    names = [name.lower().removesuffix(".") for name in re.split(r"[,\s]+", value("RNNKIT_HOSTS")) if name]
    names += [public.hostname] if (public := url()) and public.hostname else []
    for name in names:
        if not _HOST.fullmatch(name):
            raise ConfigError(f"RNNKIT_HOSTS: expected names of hosts, e.g. kit.example.org, got {name[:40]!r}")
    return names


def url() -> SplitResult | None:
    """The address of RNNKIT_URL, which ends with a slash; None where it is not set. Raises ConfigError: it is none."""
    if not (given := value("RNNKIT_URL")):
        return None
    parts = urlsplit(given if given.endswith("/") else f"{given}/")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ConfigError(f"RNNKIT_URL: expected an address like https://kit.example.org/rnnkit/, got {given[:100]!r}")
    return parts


def listed(name: str) -> list[str]:
    """What stands in a setting between its commas."""
    return [part for part in map(str.strip, value(name).split(",")) if part]


def check() -> None:
    """Read every number and name, so that a wrong one is a sentence for who starts something, not a line in a log.

    Raises:
        ConfigError: as `integer`.
    """
    for name, setting in SETTINGS.items():
        if setting.minimum is not None:
            integer(name)
    hosts()
    logs_are_json()


def logs_are_json() -> bool:
    """Whether logs are for programs. Raises ConfigError: RNNKIT_LOG is neither plain nor json."""
    if (given := value("RNNKIT_LOG")) not in ("plain", "json"):
        raise ConfigError(f"RNNKIT_LOG: expected plain or json, got {given[:40]!r}")
    return given == "json"


def home() -> Path:
    """The folder of everything that is kept, made if missing. Texts and chats are in it, so it is its owner's alone."""
    folder = Path(value("RNNKIT_HOME")).expanduser() if value("RNNKIT_HOME") else _usual_home()
    try:
        folder.mkdir(system.PRIVATE, parents=True, exist_ok=True)
        _keep_private(folder)
    except OSError as error:
        raise ConfigError(
            f"RNNKIT_HOME: expected a folder that can be written, got {str(folder)!r} ({error.strerror})"
        ) from None
    return folder


def _usual_home() -> Path:
    """`~/.rnnkit`, where earlier versions kept everything, if it is there; else where the system wants it."""
    import platformdirs

    earlier = Path("~/.rnnkit").expanduser()
    return earlier if earlier.is_dir() else platformdirs.user_data_path("rnnkit", appauthor=False)


def store_url() -> str:
    """The SQLAlchemy URL of the store. Raises ConfigError: its file cannot be read."""
    return secret("RNNKIT_STORE") or f"sqlite:///{home() / 'rnnkit.sqlite'}"


def secret(name: str) -> str:
    """A setting that others must not see: its value, else what stands in the file that `…_FILE` names; empty without.

    Raises ConfigError: the file cannot be read, or holds nothing.
    """
    if (given := value(name)) or not value(name := f"{name}_FILE"):
        return given
    try:
        text = Path(value(name)).expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text in UTF-8"
        raise ConfigError(f"{name}: expected a file that can be read, got {value(name)[:100]!r} ({reason})") from None
    if not text:
        raise ConfigError(f"{name}: expected a file with one line in it, got an empty one, {value(name)[:100]!r}")
    return text


def _keep_private(folder: Path) -> None:
    """Keep other people of the machine out of a folder that earlier versions, or `mkdir`, left open.

    One that holds other things too may be open for their sake, and somebody else's is theirs to close. All of it is
    said; of an empty folder nothing.
    """
    if not system.open_to_others(folder) or system.is_shared(folder):
        return
    inside = {path.name.partition(".")[0] for path in folder.iterdir()}
    if inside - _OURS:
        _say_once(f"RNNKIT_HOME: {folder} holds other things too and {_OPEN}")
        return
    with suppress(PermissionError):  # somebody else's
        for path in (*folder.glob("rnnkit.sqlite*"), *folder.glob("logs/*")):
            system.close_to_others(path)
        system.close_to_others(folder)
    if system.open_to_others(folder):  # or on a disk that knows no modes
        _say_once(f"RNNKIT_HOME: {folder} cannot be closed and may be open to other people of this machine")
    elif inside:
        _say_once(f"RNNKIT_HOME: {folder} was open to other people of this machine and is closed now")


@cache
def _say_once(sentence: str) -> None:
    logging.getLogger("rnnkit").warning(sentence)


def log_path(name: str) -> Path:
    """The log of a run's trainers (by the run's id), of `scheduler` or of `warm` trainers."""
    folder = home() / "logs"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.log"


def open_log(name: str) -> BinaryIO:
    """A log to be written on at its end, by its owner alone."""
    return open(log_path(name), "ab", opener=lambda path, flags: os.open(path, flags, system.PRIVATE_FILE))
