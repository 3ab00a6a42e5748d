#!/usr/bin/env python3
"""Fetches Anserini's jar, which contains Lucene, and prints its path.

    lucene.py FOLDER

The jar is inside the source archive of pyserini on the package index that pip is configured to use. Does
nothing when FOLDER has the jar. Exit code 1: the archive is not the one that is pinned here.
"""

import hashlib
import shutil
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from provision.index import PackageIndex  # noqa: E402  (it lies beside, not on the path)

PROJECT = "pyserini"
ARCHIVE = "pyserini-1.6.0.tar.gz"
ARCHIVE_SHA256 = "e34761d700b33613c26bc61113effc6d65598dee6ada28a33214f79350f833f4"
JAR = "anserini-1.7.1-fatjar.jar"


def digest(path):
    """The SHA-256 of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def fetch(folder):
    """Downloads and checks the archive, takes the jar out of it, and returns the jar's path."""
    jar = folder / JAR
    if jar.exists():
        return jar
    folder.mkdir(parents=True, exist_ok=True)
    index = PackageIndex()
    address, _ = index.files(PROJECT)[ARCHIVE]
    archive = folder / ARCHIVE
    print(f"fetching {ARCHIVE}", file=sys.stderr)
    with index.open(address) as source, archive.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    found = digest(archive)
    if found != ARCHIVE_SHA256:
        sys.exit(f"{ARCHIVE} has SHA-256 {found}, expected {ARCHIVE_SHA256}; it was not unpacked.")
    with tarfile.open(archive) as contents:
        member = next(entry for entry in contents if entry.name.endswith("/" + JAR))
        partial = folder / (JAR + ".new")
        with contents.extractfile(member) as source, partial.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    partial.rename(jar)
    archive.unlink()
    return jar


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(fetch(Path(sys.argv[1])))
