"""Gets apt's package lists as an ordinary user, without touching the system's own."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from provision.console import MISSING, SetupError, say

SYSTEM_LISTS = Path("/var/lib/apt/lists")
APT_HELPER = "/usr/lib/apt/apt-helper"
TRANSLATIONS = "*_i18n_Translation-en*"
PACKAGES = "*_Packages*"
REFRESH_SECONDS = 300


def package_lists(private: Path, refresh: bool) -> list[Path]:
    """The lists with English descriptions and those with sources, downloaded when there are none.

    They are downloaded into the folder `private`; where that fails, for example without a network,
    those on the machine serve.
    """
    if shutil.which("apt-get") is None:
        raise SetupError(
            "The demo trains on apt's package descriptions, but this machine has no apt-get.\n"
            "Run it on Debian or Ubuntu, or train on a collection of your own: "
            "`sparrow train --help`.",
            MISSING,
        )
    lists = private / "lists"
    if refresh or not find(lists):
        say("Downloading apt's package descriptions (about 16 MB) into .setup/apt")
        trouble = download(private)
        if not find(lists):
            say(f"  that failed ({trouble}); using the lists on this machine")
    for folder in (lists, SYSTEM_LISTS):
        if find(folder):
            return find(folder)
    raise SetupError(
        "There are no English package descriptions on this machine and none could be downloaded.\n"
        f"{trouble}\n"
        "Check the network and /etc/apt/sources.list, then run it again.",
        MISSING,
    )


def find(folder: Path) -> list[Path]:
    """The lists in a folder; empty when there are no descriptions among them."""
    translations = [path for path in sorted(folder.glob(TRANSLATIONS)) if path.is_file()]
    packages = [path for path in sorted(folder.glob(PACKAGES)) if path.is_file()]
    return translations + packages if translations else []


def download(private: Path) -> str:
    """Runs `apt-get update` with every folder it writes to below `private`.

    Returns apt's last error line. Whether it worked is seen from the lists: hooks of the system may
    fail for an ordinary user after the lists have arrived.
    """
    for folder in ("lists/partial", "cache/archives/partial", "state"):
        (private / folder).mkdir(parents=True, exist_ok=True)
    options = [
        "Acquire::Languages=en",
        f"Dir::State={private / 'state'}",
        f"Dir::State::lists={private / 'lists'}",
        "Dir::State::status=/var/lib/dpkg/status",
        f"Dir::Cache={private / 'cache'}",
        "Acquire::http::Timeout=20",
        "Acquire::https::Timeout=20",
        "Acquire::Retries=2",
        "APT::Sandbox::User=",
    ]
    options += [f"Acquire::IndexTargets::{name}::DefaultEnabled=false" for name in other_targets()]
    command = ["apt-get", "update", "-qq"]
    for option in options:
        command += ["-o", option]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=REFRESH_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"apt-get update took more than {REFRESH_SECONDS} seconds"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"apt-get update ended with {done.returncode}"


def other_targets() -> list[str]:
    """What else this apt would download (file contents, icons, sources) and the demo has no use for."""
    listing = subprocess.run(
        ["apt-config", "dump"], capture_output=True, text=True, check=False
    ).stdout
    names = set(re.findall(r"^Acquire::IndexTargets::(deb(?:-src)?::[^:\s]+)::", listing, re.M))
    return sorted(names - {"deb::Packages", "deb::Translations"})


def read(path: Path) -> str:
    """The text of a list, whatever it is compressed with."""
    done = subprocess.run([APT_HELPER, "cat-file", str(path)], capture_output=True, check=False)
    if done.returncode != 0:
        raise SetupError(f"apt could not read {path}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout.decode("utf-8", "replace")
