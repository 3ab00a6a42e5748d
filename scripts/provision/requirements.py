"""Checks that the machine has what Sparrow is built with, and names what is missing."""

from __future__ import annotations

import glob
import os
import platform
import re
import shutil
import subprocess

from .console import MISSING, SetupError

SWIFT_VERSION = (6, 2)

INSTALL_SWIFT = (
    "curl -O https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz"
    " && tar zxf swiftly-$(uname -m).tar.gz && ./swiftly init"
)


def check() -> None:
    """Raises an error that names everything missing and the one command that installs it."""
    problems: list = []
    packages: list = []
    for name, package in (("git", "git"), ("pkg-config", "pkg-config")):
        if shutil.which(name) is None:
            problems.append(f"{name} is not installed")
            packages.append(package)
    if not has_zlib():
        problems.append("the zlib headers are not installed (zlib.pc was not found)")
        packages.append("zlib1g-dev")
    if not has_cpp_library():
        problems.append("the C++ standard library's headers are not installed")
        packages.append("libstdc++-12-dev")
    swift = swift_problem(swift_version_text())
    if swift:
        problems.append(swift)
    if not problems:
        return
    lines = ["Something Sparrow is built with is missing:"]
    lines += [f"  - {problem}" for problem in problems]
    lines.append("Install it with:")
    if packages:
        lines.append(f"  {install_command(packages)}")
    if swift:
        is_mac = platform.system() == "Darwin"
        lines.append(f"  {'xcode-select --install' if is_mac else INSTALL_SWIFT}")
        lines.append("  (or as https://www.swift.org/install describes)")
    raise SetupError("\n".join(lines), MISSING)


def has_zlib() -> bool:
    """Whether zlib can be compiled against."""
    if platform.system() == "Darwin":
        return True
    if shutil.which("pkg-config") is None:
        return os.path.exists("/usr/include/zlib.h")
    return subprocess.run(["pkg-config", "--exists", "zlib"], check=False).returncode == 0


def has_cpp_library() -> bool:
    """Whether the headers of a C++ standard library are there."""
    return platform.system() == "Darwin" or bool(glob.glob("/usr/include/c++/*/vector"))


def swift_version_text() -> str | None:
    """What `swift --version` prints, None when there is no Swift."""
    if shutil.which("swift") is None:
        return None
    done = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def swift_problem(version_text: str | None) -> str | None:
    """What is wrong with the Swift found, None when it will do."""
    wanted = ".".join(str(part) for part in SWIFT_VERSION)
    if version_text is None:
        return f"Swift {wanted} or newer is not installed (no `swift` in PATH)"
    match = re.search(r"Swift version (\d+)\.(\d+)", version_text)
    if match is None:
        return f"`swift --version` does not say a version: {version_text.strip()[:200]}"
    if (int(match[1]), int(match[2])) < SWIFT_VERSION:
        return f"Swift is {match[1]}.{match[2]}, but {wanted} or newer is needed"
    return None


def install_command(packages: list) -> str:
    """The one command that installs packages on this machine."""
    if platform.system() == "Darwin":
        return "brew install " + " ".join(packages)
    prefix = "" if os.geteuid() == 0 else "sudo "
    return f"{prefix}apt-get install -y {' '.join(packages)}"
