"""A package index on this machine, with the faults that real ones have."""

import hashlib
import json
import re
import threading
import zipfile
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from provision.pins import Wheel


def make_wheel(folder: Path, contents: dict, take: dict, tamper: str = "") -> Wheel:
    """Writes a wheel with the given files and returns its pin; `tamper` changes one file unpinned."""
    path = folder / "thing-1.0-py3-none-any.whl"
    rows = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            digest = urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            rows.append(f"{name},sha256={digest},{len(content)}")
            archive.writestr(name, content[::-1] if name == tamper else content)
        record = ("\n".join(rows) + "\n").encode()
        archive.writestr("thing-1.0.dist-info/RECORD", record)
        directory_offset = archive.start_dir
    data = path.read_bytes()
    return Wheel(
        project="thing",
        version="1.0",
        file=path.name,
        byte_count=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        directory_offset=directory_offset,
        record_sha256=hashlib.sha256(record).hexdigest(),
        take=take,
    )


class IndexServer:
    """Serves the wheels of a folder; counts the bytes it sends."""

    def __init__(self, folder: Path, knows_ranges=True, cut_after=None, announced=None):
        self.folder = folder
        self.knows_ranges = knows_ranges
        self.cut_after = cut_after
        self.announced = announced
        self.sent = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        """Answers with a project page or a file, whole or in part."""
        name = request.path.strip("/").split("/")[-1]
        if request.path.startswith("/simple/"):
            files = [
                {"filename": path.name, "url": f"/files/{path.name}", "hashes": self.hashes(path)}
                for path in sorted(self.folder.glob("*.whl"))
            ]
            page = json.dumps({"files": files}).encode()
            self.send(request, 200, page, {"Content-Type": "application/vnd.pypi.simple.v1+json"})
            return
        data = (self.folder / name).read_bytes()
        match = re.match(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if match and self.knows_ranges:
            start, end = int(match[1]), int(match[2]) + 1
            headers = {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}"}
            self.send(request, 206, data[start:end], headers, self.cut_after)
        else:
            self.send(request, 200, data, {}, self.cut_after)

    def hashes(self, path):
        """What the index announces for a file."""
        return {"sha256": self.announced or hashlib.sha256(path.read_bytes()).hexdigest()}

    def send(self, request, status, content, headers, cut_after=None):
        """Sends an answer, and breaks the connection early when told to."""
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        part = content if cut_after is None else content[:cut_after]
        self.sent += len(part)
        try:
            request.wfile.write(part)
        except ConnectionError:
            pass  # The client was interrupted, which is what some tests are about.
