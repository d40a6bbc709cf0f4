"""Files from the network, fetched once and kept; and the folder of files that is looked at before.

Knows no corpus: what a file should hold is the business of who asks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from rnnkit import settings
from rnnkit.errors import CorpusError

OnProgress = Callable[[int, int], object]  # bytes so far, bytes in all (0 if the server does not say)
TIMEOUT_SECONDS = 10.0


def given_folder() -> Path | None:
    """The folder RNNKIT_CORPORA, where it is set."""
    named = settings.value("RNNKIT_CORPORA")
    return Path(named).expanduser() if named else None


def given(filename: str) -> Path | None:
    """A file in the folder RNNKIT_CORPORA, where it is there."""
    folder = given_folder()
    return folder / filename if folder and (folder / filename).is_file() else None


def kept(filename: str) -> Path | None:
    """A file that was downloaded before; it may be damaged."""
    path = download_folder() / filename
    return path if path.is_file() else None


def download_folder() -> Path:
    """Where downloaded files are kept."""
    return settings.home() / "corpora"


def fetch(name: str, url: str, filename: str, progress: OnProgress | None, instead: Callable[[], str]) -> Path:
    """Download a file of the corpus `name` to where downloads are kept; one that is there is replaced.

    Args:
        instead: the sentence about what works without a network, for when there is none.

    Raises:
        CorpusError: no network, no such file there, or no room for it here.
    """
    import pooch  # here, since most commands never download
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    downloader = pooch.HTTPDownloader(
        progressbar=_Bar(progress) if progress else False, chunk_size=2**15, timeout=TIMEOUT_SECONDS
    )
    try:
        folder = download_folder()
        (folder / filename).unlink(missing_ok=True)  # a damaged one would be taken for the download
        return Path(pooch.retrieve(url, None, filename, folder, downloader=downloader))
    except requests.exceptions.HTTPError as error:
        raise CorpusError(
            f"corpus {name}: expected a text at {url}, got status {error.response.status_code}. {instead()}"
        ) from None
    except requests.exceptions.RequestException as error:
        raise CorpusError(
            f"corpus {name}: is not on this machine and {urlsplit(url).hostname} cannot be reached "
            f"({type(error).__name__}): is there a network? {instead()}. Or put {filename} into "
            f"the folder that RNNKIT_CORPORA names"
        ) from None
    except OSError as error:
        raise CorpusError(
            f"corpus {name}: expected to keep the text in {download_folder()}, got {error.strerror or error}"
        ) from None


class _Bar:
    """The interface that pooch asks of a progress bar, passed on to a `OnProgress`."""

    def __init__(self, progress: OnProgress) -> None:
        self._progress = progress
        self._done = 0
        self.total: float = 0

    def update(self, count: int) -> None:
        self._done += count  # pooch counts whole chunks, the last one too
        self._progress(min(self._done, int(self.total) or self._done), int(self.total))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass
