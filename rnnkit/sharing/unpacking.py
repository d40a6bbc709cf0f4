"""The parts of an exported run out of a zip or a folder, each within a size that is known before.

A file from elsewhere is hostile: nothing is unpacked to the disk, and no more of a zip than its own size allows.
Knows no run.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rnnkit.errors import ExportError

MAX_FILES = 11_000  # in a zip; the longest run has 10,000 epochs
# All that is unpacked from a zip: weights hardly get smaller, so that a file that does is made to fill a disk.
MAX_RATIO, UNPACKED_FREELY = 2, 500_000  # times the size of the file, and bytes beside
MAX_SENTENCE = 500
Read = Callable[[str, int], bytes]  # the bytes of a part by its name, at most so many


@contextmanager
def opened(path: Path) -> Iterator[Read]:
    """A function that reads the parts of what lies at `path`. Nothing is ever unpacked to the disk."""
    if path.is_dir():
        yield lambda name, most: _read_file(path / name, most)
        return
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise ExportError(f"import: expected an exported run, got {str(path)!r}, which does not exist") from None
    except Exception as error:  # a hostile file makes zipfile raise almost anything
        raise ExportError(
            f"import: expected an exported run as a zip or a folder, got {path.name!r} ({error})"[:MAX_SENTENCE]
        ) from None
    with archive:
        entries, packed = entries_of(archive), path.stat().st_size
        most_in_all = MAX_RATIO * packed + UNPACKED_FREELY
        unpacked: dict[str, int] = {}  # by name, since a part may be read again

        def read(name: str, most: int) -> bytes:
            left = most_in_all - sum(size for other, size in unpacked.items() if other != name)
            info = entries.get(name)
            if info is not None:
                _check_size(name, info.file_size, most)
                if info.file_size > left:
                    raise ExportError(
                        f"{name}: expected at most {most_in_all:,} bytes in all out of a zip of {packed:,}, got more; "
                        "unpack it and import the folder"
                    )
            data = _read_entry(archive, entries, name, min(most, left))
            unpacked[name] = len(data)
            return data

        yield read


def _read_file(path: Path, most: int) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise ExportError(f"{path.name}: expected a file of an exported run, got none")
    try:
        _check_size(path.name, path.stat().st_size, most)
        with path.open("rb") as file:
            return _at_most(path.name, file.read(most + 1), most)
    except OSError as error:
        raise ExportError(f"{path.name}: expected a file that can be read, got {error.strerror}") from None


def entries_of(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts by name; a zip of the folder itself has them all below its name."""
    if len(archive.filelist) > MAX_FILES:
        raise ExportError(f"import: expected at most {MAX_FILES:,} files in a zip, got {len(archive.filelist):,}")
    found = {info.filename: info for info in archive.filelist}
    below = [name.removesuffix("run.json") for name in found if name.count("/") < 2 and name.endswith("/run.json")]
    top = below[0] if below and "run.json" not in found else ""
    return {name.removeprefix(top): info for name, info in found.items() if name.startswith(top)}


def _read_entry(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], name: str, most: int) -> bytes:
    info = entries.get(name)
    if info is None:
        raise ExportError(f"{name}: expected a file of an exported run, got none")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ExportError(f"{name}: expected it stored or deflated, got another compression")
    _check_size(name, info.file_size, most)
    try:
        with archive.open(info) as file:
            return _at_most(name, file.read(most + 1), most)
    except ExportError:
        raise
    except Exception as error:  # as above
        raise ExportError(f"{name}: expected a file that can be unpacked, got {error}"[:MAX_SENTENCE]) from None


def _at_most(name: str, data: bytes, most: int) -> bytes:
    _check_size(name, len(data), most)
    return data


def _check_size(name: str, size: int, most: int) -> None:
    if size > most:
        raise ExportError(f"{name}: expected at most {most:,} bytes, got {size:,}")
