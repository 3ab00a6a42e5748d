"""The Python package index as pip is configured to use it."""

from __future__ import annotations

import ast
import base64
import importlib.util
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

from .console import SetupError, say
from .pins import Wheel

TIMEOUT_SECONDS = 60
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


def pip_settings() -> dict:
    """The settings of pip (files and PIP_ variables) that say how to reach an index."""
    settings: dict = {}
    if importlib.util.find_spec("pip") is None:
        for name in ("INDEX_URL", "CERT", "PROXY"):
            if f"PIP_{name}" in os.environ:
                settings[name.lower().replace("_", "-")] = os.environ[f"PIP_{name}"]
        return settings
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return parse_pip_settings(listing)


def parse_pip_settings(listing: str) -> dict:
    """Reads the output of `pip config list`; environment beats `download` beats `global`."""
    ranks = {"global.": 0, "download.": 1, ":env:.": 2}
    found: dict = {}
    for line in listing.splitlines():
        key, separator, value = line.partition("=")
        for prefix, rank in ranks.items():
            if separator and key.startswith(prefix):
                name = key[len(prefix) :]
                if rank >= found.get(name, (-1, ""))[0]:
                    found[name] = (rank, ast.literal_eval(value))
    return {name: value for name, (_, value) in found.items()}


class PackageIndex:
    """Finds the address of a pinned wheel and reads parts of it."""

    def __init__(self, settings: dict | None = None):
        settings = pip_settings() if settings is None else settings
        address = settings.get("index-url") or "https://pypi.org/simple"
        self.address, self.authorization = split_credentials(address.rstrip("/"))
        handlers: list = [
            urllib.request.HTTPSHandler(
                context=ssl.create_default_context(cafile=settings.get("cert") or None)
            )
        ]
        if settings.get("proxy"):
            handlers.append(
                urllib.request.ProxyHandler(
                    {"http": settings["proxy"], "https": settings["proxy"]}
                )
            )
        self.opener = urllib.request.build_opener(*handlers)

    def open(self, address: str, headers: dict | None = None):
        """Opens an address of the index; credentials go only to the index's own host."""
        request = urllib.request.Request(address, headers=dict(headers or {}))
        host = urllib.parse.urlsplit(address).netloc
        if self.authorization and host == urllib.parse.urlsplit(self.address).netloc:
            request.add_header("Authorization", self.authorization)
        return self.opener.open(request, timeout=TIMEOUT_SECONDS)

    def files(self, project: str) -> dict:
        """The files of a project: name to (address, SHA-256 or None)."""
        page = f"{self.address}/{project}/"
        with self.open(page, {"Accept": ACCEPT}) as response:
            content = response.read()
            if "json" in response.headers.get("Content-Type", ""):
                return parse_json_page(content, response.geturl())
            return parse_html_page(content.decode("utf-8", "replace"), response.geturl())

    def locate(self, wheel: Wheel) -> str:
        """The address of a pinned wheel.

        Raises OSError when the index cannot be read, and SetupError when it holds other content
        under that name.
        """
        address, announced = self.files(wheel.project).get(wheel.file, (None, None))
        if address is None:
            raise FileNotFoundError(f"{self.address} does not list {wheel.file}")
        if announced and announced != wheel.sha256:
            raise SetupError(
                f"{self.address} offers a {wheel.file} with SHA-256 {announced},\n"
                f"but scripts/setup-pins.json expects {wheel.sha256}.\n"
                "Use another index (PIP_INDEX_URL=...), or find out why the file was changed."
            )
        return address


def split_credentials(address: str) -> tuple:
    """An address without `user:password@`, and the header value that carries them."""
    parts = urllib.parse.urlsplit(address)
    if parts.username is None:
        return address, None
    pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    host = parts.netloc.rpartition("@")[2]
    token = base64.b64encode(pair.encode()).decode()
    return urllib.parse.urlunsplit(parts._replace(netloc=host)), f"Basic {token}"


def parse_json_page(content: bytes, page: str) -> dict:
    """The files of a project page in the JSON form of the simple API."""
    return {
        entry["filename"]: (
            urllib.parse.urljoin(page, entry["url"]),
            entry.get("hashes", {}).get("sha256"),
        )
        for entry in json.loads(content)["files"]
    }


def parse_html_page(content: str, page: str) -> dict:
    """The files of a project page in the HTML form of the simple API."""
    files: dict = {}

    class Links(HTMLParser):
        def handle_starttag(self, tag, attributes):
            target = dict(attributes).get("href")
            if tag == "a" and target:
                address, _, fragment = urllib.parse.urljoin(page, target).partition("#")
                name = urllib.parse.unquote(urllib.parse.urlsplit(address).path.split("/")[-1])
                algorithm, _, digest = fragment.partition("=")
                files[name] = (address, digest if algorithm == "sha256" else None)

    Links().feed(content)
    return files


def pip_download(wheel: Wheel, folder: Path) -> Path:
    """Downloads a whole wheel with pip, for indexes that only pip knows how to reach."""
    if importlib.util.find_spec("pip") is None:
        raise SetupError(
            "The package index could not be read directly, and pip, which might, is not installed.\n"
            "Install it with: sudo apt-get install python3-pip"
        )
    python_tag, abi_tag, platform_tags = wheel.tags
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
    command += ["--no-input", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    if python_tag.startswith("cp"):
        command += ["--implementation", "cp", "--python-version", f"3.{python_tag[3:]}"]
        command += ["--abi", abi_tag]
    else:
        command += ["--python-version", "3.12"]
    if platform_tags != "any":
        command += [f"--platform={tag}" for tag in platform_tags.split(".")]
    say(f"  asking pip for {wheel.project}=={wheel.version}")
    done = subprocess.run(
        command + [f"{wheel.project}=={wheel.version}"], stdout=subprocess.DEVNULL, check=False
    )
    path = folder / wheel.file
    if done.returncode != 0 or not path.exists():
        raise SetupError(
            f"Neither the index nor pip could provide {wheel.file}.\n"
            "Check the network and pip's settings (`pip config list`), then run `make setup` again,\n"
            f"or put that file into {folder} yourself."
        )
    return path
