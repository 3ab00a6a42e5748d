"""Downloads the wanted parts of a wheel, so that an interruption loses at most a few megabytes.

A wheel is a zip file, and libtorch's is 540 MB of which a CPU needs 131 MB. The file is therefore
created sparse, at its full size, and only the byte ranges that hold wanted members are fetched into
it. A journal beside the file lists the ranges that are there.
"""

from __future__ import annotations

import errno
import http.client
import json
import os
import time
import urllib.error
import zipfile
from pathlib import Path

from . import ranges
from .console import Progress, SetupError, megabytes, say
from .index import PackageIndex, pip_download
from .pins import Wheel

CHUNK_BYTES = 1 << 18
JOURNAL_EVERY_BYTES = 8 << 20
MERGE_GAP_BYTES = 1 << 17
ATTEMPTS = 6


class Download:
    """A wheel that is being downloaded, or has been, into a folder."""

    def __init__(self, wheel: Wheel, folder: Path, make_index=PackageIndex):
        self.wheel = wheel
        self.path = folder / wheel.file
        self.journal = folder / f"{wheel.file}.ranges"
        self.make_index = make_index
        self.have = self._read_journal()

    def fetch_directory(self) -> None:
        """Makes sure that the zip file's directory is there, which says where everything lies."""
        self._require([(self.wheel.directory_offset, self.wheel.byte_count)], label=None)

    def outstanding_byte_count(self) -> int:
        """How much is still to be downloaded; the directory has to be there."""
        return ranges.length(ranges.missing(self.wanted_ranges(), self.have))

    def fetch(self) -> Path:
        """Makes sure that every wanted member is in the file, and returns its path.

        Only the bytes that are missing are downloaded. A whole wheel that somebody put there is
        used as it is.
        """
        self.fetch_directory()
        self._require(self.wanted_ranges(), label=f"{self.wheel.project} {self.wheel.version}")
        return self.path

    def wanted_ranges(self) -> list:
        """Where the wanted members lie in the wheel, read from the zip file's directory."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                members = sorted(archive.infolist(), key=lambda member: member.header_offset)
        except zipfile.BadZipFile as error:
            self.discard()
            raise SetupError(
                f"{self.wheel.file} is damaged ({error}); it was deleted. Run `make setup` again."
            ) from error
        ends = [member.header_offset for member in members[1:]] + [self.wheel.directory_offset]
        wanted = [
            (member.header_offset, end)
            for member, end in zip(members, ends)
            if self.wheel.destination(member.filename)
            or member.filename == self.wheel.record_name
        ]
        return ranges.union(wanted, gap=MERGE_GAP_BYTES)

    def discard(self) -> None:
        """Deletes the file and its journal."""
        for path in (self.path, self.journal):
            if path.exists():
                path.unlink()
        self.have = []

    def _require(self, wanted: list, label: str | None) -> None:
        todo = ranges.missing(wanted, self.have)
        if not todo:
            return
        try:
            index = self.make_index()
            address = index.locate(self.wheel)
            self._transfer(index, address, todo, label)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise SetupError(
                    f"The disk is full: {self.path.parent} needs {megabytes(ranges.length(todo))}"
                    " more. Free some space and run `make setup` again; it continues."
                ) from error
            say(f"  could not read the package index directly: {error}")
            self._replace(pip_download(self.wheel, self.path.parent / "pip"))

    def _transfer(self, index: PackageIndex, address: str, todo: list, label: str | None) -> None:
        progress = Progress(label, ranges.length(todo)) if label else None
        if progress and ranges.length(ranges.missing(self.have, todo)) > self._directory_length():
            say(f"  continuing; {megabytes(progress.total)} of {self.wheel.file} are left")
        failures = 0
        if not self.journal.exists():
            self._write_journal()  # First: a file without a journal would count as complete.
        try:
            with open(self.path, "r+b" if self.path.exists() else "w+b") as file:
                file.truncate(self.wheel.byte_count)
                while todo:
                    before = ranges.length(self.have)
                    try:
                        self._read_range(index, address, todo[0], file, progress)
                    except urllib.error.HTTPError as error:
                        if error.code < 500 and error.code != 429:
                            raise
                        failures += 1
                    except (OSError, http.client.HTTPException) as error:
                        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                            raise
                        failures += 1
                    if ranges.length(self.have) > before + CHUNK_BYTES:
                        failures = 0
                    if failures == ATTEMPTS:
                        raise OSError(f"{address} failed {ATTEMPTS} times in a row")
                    if failures:
                        time.sleep(min(2**failures, 20) / 4)
                    todo = ranges.missing(todo, self.have)
        except BaseException:
            if progress:
                progress.close()
            raise
        if progress:
            progress.finish()

    def _read_range(self, index, address: str, wanted: tuple, file, progress) -> None:
        """Reads one range as far as the connection lasts; what arrived is in the journal."""
        start, end = wanted
        with index.open(address, {"Range": f"bytes={start}-{end - 1}"}) as response:
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            if response.status != 206:  # The server knows no ranges: it sends the whole file.
                start, end = 0, self.wheel.byte_count
                total = response.headers.get("Content-Length", "")
            if total.isdigit() and int(total) != self.wheel.byte_count:
                raise SetupError(
                    f"{address} has {total} bytes, but scripts/setup-pins.json expects "
                    f"{self.wheel.byte_count}. Use another index (PIP_INDEX_URL=...)."
                )
            position = noted = start
            file.seek(start)
            try:
                while position < end:
                    chunk = response.read(min(CHUNK_BYTES, end - position))
                    if not chunk:
                        raise ConnectionError("the connection ended early")
                    file.write(chunk)
                    position += len(chunk)
                    if progress:
                        progress.advance(len(chunk))
                    if position - noted >= JOURNAL_EVERY_BYTES:
                        self._note(file, (noted, position))
                        noted = position
            finally:
                self._note(file, (noted, position))

    def _note(self, file, arrived: tuple) -> None:
        file.flush()
        self.have = ranges.union(self.have + [arrived])
        self._write_journal()

    def _write_journal(self) -> None:
        beside = self.journal.with_suffix(".new")
        beside.write_text(json.dumps(self.have), encoding="utf-8")
        os.replace(beside, self.journal)

    def _read_journal(self) -> list:
        if not self.path.exists():
            return []
        if not self.journal.exists():
            # A whole wheel that somebody put here, or pip did.
            if self.path.stat().st_size == self.wheel.byte_count:
                return [(0, self.wheel.byte_count)]
            self.path.unlink()
            return []
        try:
            pairs = json.loads(self.journal.read_text(encoding="utf-8"))
            return ranges.union([(int(start), int(end)) for start, end in pairs])
        except (ValueError, TypeError):
            self.path.unlink()
            self.journal.unlink()
            return []

    def _directory_length(self) -> int:
        return self.wheel.byte_count - self.wheel.directory_offset

    def _replace(self, whole: Path) -> None:
        """Puts a whole wheel in the place of the parts fetched so far."""
        found = whole.stat().st_size
        if found != self.wheel.byte_count:
            whole.unlink()
            raise SetupError(
                f"pip downloaded a {self.wheel.file} of {found} bytes, but scripts/setup-pins.json"
                f" expects {self.wheel.byte_count}. It was deleted."
            )
        self.discard()
        os.replace(whole, self.path)
        self.have = [(0, self.wheel.byte_count)]
