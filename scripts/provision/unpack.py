"""Unpacks the wanted members of a wheel and checks every byte against the pinned SHA-256."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from .console import Progress, SetupError
from .download import Download
from .pins import Wheel

CHUNK_BYTES = 1 << 20


def unpack(download: Download, folder: Path) -> None:
    """Writes the wanted members of a downloaded wheel below `folder`.

    A wheel that differs from the pin is deleted, so that the next run downloads it afresh.
    """
    try:
        _unpack(download.wheel, download.path, folder)
    except (_Mismatch, zipfile.BadZipFile, zlib.error, KeyError) as error:
        download.discard()
        raise SetupError(
            f"{download.wheel.file} is not the pinned file: {error}.\n"
            "The download was deleted. Run `make setup` again; if this message returns, the package\n"
            "index serves something else than scripts/setup-pins.json expects."
        ) from error


def unpacked_byte_count(download: Download) -> int:
    """How much room the wanted members take once unpacked."""
    with zipfile.ZipFile(download.path) as archive:
        return sum(
            member.file_size
            for member in archive.infolist()
            if download.wheel.destination(member.filename)
        )


class _Mismatch(Exception):
    """Content that differs from what was pinned."""


def _unpack(wheel: Wheel, path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        record = archive.read(wheel.record_name)
        if hashlib.sha256(record).hexdigest() != wheel.record_sha256:
            raise _Mismatch(f"its list of files has SHA-256 {hashlib.sha256(record).hexdigest()}")
        digests = _digests(record)
        members = [
            (member, wheel.destination(member.filename))
            for member in archive.infolist()
            if wheel.destination(member.filename)
        ]
        exact = {name for name in wheel.take if not name.endswith("/")}
        absent = exact - {member.filename for member, _ in members}
        if absent:
            raise _Mismatch(f"it lacks {', '.join(sorted(absent))}")
        progress = Progress(f"unpacking {wheel.project}", sum(m.file_size for m, _ in members))
        for member, target in members:
            if ".." in PurePosixPath(target).parts:
                raise _Mismatch(f"it holds the unsafe name {member.filename}")
            place = folder / target
            place.parent.mkdir(parents=True, exist_ok=True)
            digest = _copy(archive, member, place, progress)
            if digest != digests.get(member.filename):
                raise _Mismatch(f"{member.filename} has SHA-256 {digest.hex()}")
        progress.finish()


def _digests(record: bytes) -> dict:
    """The SHA-256 of each file as a wheel's RECORD lists them: `name,sha256=<base64>,size`."""
    digests: dict = {}
    for row in csv.reader(io.StringIO(record.decode("utf-8"))):
        if len(row) == 3 and row[1].startswith("sha256="):
            text = row[1][len("sha256=") :]
            digests[row[0]] = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return digests


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, progress) -> bytes:
    hasher = hashlib.sha256()
    with archive.open(member) as source, open(place, "wb") as target:
        while True:
            chunk = source.read(CHUNK_BYTES)
            if not chunk:
                break
            hasher.update(chunk)
            target.write(chunk)
            progress.advance(len(chunk))
    if (member.external_attr >> 16) & stat.S_IXUSR:
        os.chmod(place, 0o755)
    return hasher.digest()
