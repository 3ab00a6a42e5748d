"""Puts libtorch and the models into place: each appears whole, by one rename, or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from .console import MISSING, SetupError, megabytes, say
from .download import Download
from .index import PackageIndex
from .pins import Pins, Wheel, for_this_machine
from .unpack import unpack, unpacked_byte_count

STAMP = ".installed.json"
OLDEST_LIBTORCH = (2, 11)
SPARE_BYTES = 200_000_000


class Installer:
    """Installs into the checkout at `root`; downloads go to its folder `.setup/downloads`."""

    def __init__(
        self, root: Path, pins: Pins, keep_downloads: bool = False, make_index=PackageIndex
    ):
        self.root = root
        self.pins = pins
        self.downloads = root / ".setup" / "downloads"
        self.keep_downloads = keep_downloads
        self.make_index = make_index

    def libtorch(self, with_cuda: bool) -> None:
        """Installs the pinned libtorch into `.libtorch`, unless it is there already.

        One with CUDA also serves where none is asked for, and a libtorch of the user's own stays in
        use: what was once asked for holds until `.libtorch` is removed.
        """
        folder = self.root / ".libtorch"
        installed = _stamp(folder) or {}
        if "path" in installed:
            say("Remove .libtorch to use the pinned libtorch instead of your own.")
            self.own_libtorch(Path(installed["path"]))
            return
        with_cuda = with_cuda or installed.get("cuda", False)
        wheels = for_this_machine(
            self.pins.cuda if with_cuda else self.pins.libtorch,
            "libtorch with CUDA" if with_cuda else "libtorch",
        )
        contents = {
            "version": self.pins.libtorch_version,
            "cuda": with_cuda,
            "wheels": [wheel.sha256 for wheel in wheels],
        }
        if installed != contents:
            self._install(wheels, folder, contents)
        write_pkg_config(folder, folder, self.pins.libtorch_version)

    def own_libtorch(self, path: Path) -> None:
        """Points the build to a libtorch that the user has: only the .pc file is written."""
        library = path.resolve()
        version = libtorch_version(library)
        if version is None or not list((library / "lib").glob("libtorch_cpu.*")):
            raise SetupError(
                f"LIBTORCH={path} is no libtorch: expected include/torch/csrc/api/include/torch/"
                "version.h and lib/libtorch_cpu below it.\nFor a Python environment that is the "
                "folder site-packages/torch.",
                MISSING,
            )
        if version < OLDEST_LIBTORCH:
            found, oldest = (".".join(str(part) for part in v) for v in (version, OLDEST_LIBTORCH))
            raise SetupError(
                f"LIBTORCH={path} is version {found}; Sparrow needs {oldest} or newer.", MISSING
            )
        folder = self.root / ".libtorch"
        if folder.is_symlink() or (folder.exists() and _stamp(folder) != {"path": str(library)}):
            _remove(folder)
        text = ".".join(str(part) for part in version)
        write_pkg_config(folder, library, text)
        (folder / STAMP).write_text(json.dumps({"path": str(library)}) + "\n", encoding="utf-8")
        say(f"libtorch {text} in {library}")

    def model(self, name: str) -> None:
        """Installs a pinned model into `.models`, unless it is there already."""
        wheel = self.pins.models[name]
        folder = self.root / ".models" / name
        contents = {"wheels": [wheel.sha256]}
        if _stamp(folder) != contents:
            self._install([wheel], folder, contents)

    def _install(self, wheels: list[Wheel], folder: Path, contents: dict) -> None:
        say(f"{folder.relative_to(self.root)}:")
        self.downloads.mkdir(parents=True, exist_ok=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = folder.with_name(f".{folder.name.lstrip('.')}.new")
        _remove(beside)
        downloads = [Download(wheel, self.downloads, self.make_index) for wheel in wheels]
        needed = 0
        for download in downloads:
            download.fetch_directory()
            needed += download.outstanding_byte_count() + unpacked_byte_count(download)
        self._check_room(needed)
        for download in downloads:
            download.fetch()
            unpack(download, beside)
        (beside / STAMP).write_text(json.dumps(contents, indent=2) + "\n", encoding="utf-8")
        _remove(folder)
        os.rename(beside, folder)
        if not self.keep_downloads:
            for download in downloads:
                download.discard()

    def _check_room(self, byte_count: int) -> None:
        free = shutil.disk_usage(self.root).free
        if free < byte_count + SPARE_BYTES:
            raise SetupError(
                f"{self.root} has {megabytes(free)} of disk space left, but "
                f"{megabytes(byte_count + SPARE_BYTES)} are needed. Free some space and run "
                "`make setup` again; it continues."
            )


def write_pkg_config(folder: Path, library: Path, version: str) -> None:
    """Writes `pkgconfig/libtorch.pc` below `folder` for the libtorch in `library`.

    The prefix is absolute, so the file is checked on every run and follows a moved checkout.
    """
    libraries = ["-ltorch_cpu", "-lc10"]
    if list((library / "lib").glob("libtorch_cuda.*")):
        libraries += ["-ltorch_cuda", "-lc10_cuda"]
    # The shim calls the OpenMP runtime that libtorch itself loads; any other would be a second pool.
    libraries += [f"-l:{path.name}" for path in sorted((library / "lib").glob("libgomp*.so*"))[:1]]
    text = f"""prefix={library}
libdir=${{prefix}}/lib
Name: libtorch
Description: PyTorch C++ libraries
Version: {version}
Cflags: -I${{prefix}}/include -I${{prefix}}/include/torch/csrc/api/include
Libs: -L${{libdir}} {' '.join(libraries)}
"""
    place = folder / "pkgconfig" / "libtorch.pc"
    if place.exists() and place.read_text(encoding="utf-8") == text:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, place)


def libtorch_version(library: Path) -> tuple | None:
    """The version in libtorch's headers, None when they are not there."""
    for header in ("torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"):
        path = library / "include" / header
        if not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        parts = [
            re.search(rf"TORCH_VERSION_{part} (\d+)", text) for part in ("MAJOR", "MINOR", "PATCH")
        ]
        if all(parts):
            return tuple(int(part[1]) for part in parts)
    return None


def _stamp(folder: Path) -> dict | None:
    try:
        return json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
