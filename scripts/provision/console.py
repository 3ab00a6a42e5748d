"""What set-up says: lines, a progress line, and errors that end it with an exit code."""

from __future__ import annotations

import sys
import time

FAILED = 1
MISSING = 3
INTERRUPTED = 130


class SetupError(Exception):
    """Ends set-up with a message that says what to do, and an exit code."""

    def __init__(self, message: str, exit_code: int = FAILED):
        super().__init__(message)
        self.exit_code = exit_code


def say(line: str) -> None:
    """Prints one line at once, also when the output is a file or a pipe."""
    print(line, flush=True)


def megabytes(count: float) -> str:
    """A number of bytes in decimal megabytes, as download pages count them."""
    return f"{count / 1e6:.1f} MB" if count < 1e8 else f"{count / 1e6:.0f} MB"


def duration(seconds: float) -> str:
    """A time in minutes and seconds."""
    whole = int(seconds + 0.5)
    return f"{whole // 60}:{whole % 60:02d}"


class Progress:
    """Shows how far a task is, how fast it goes and how long it will still take.

    On a terminal one line is rewritten ten times a second; otherwise a plain line is printed at most
    every ten seconds, so that logs stay short.
    """

    def __init__(self, label: str, total: int, stream=None, clock=time.monotonic):
        self.label = label
        self.total = max(total, 1)
        self.done = 0
        self.stream = stream or sys.stdout
        self.clock = clock
        self.is_terminal = self.stream.isatty()
        self.started = clock()
        self.shown = self.started
        self.is_open = False

    def advance(self, count: int) -> None:
        """Counts further bytes and shows them when it is time to."""
        self.done += count
        now = self.clock()
        if now - self.shown >= (0.1 if self.is_terminal else 10):
            self.shown = now
            self._show(now)

    def finish(self) -> None:
        """Prints the closing line: how much, how long, how fast."""
        elapsed = max(self.clock() - self.started, 1e-3)
        self._write(
            f"  {self.label}: {megabytes(self.done)} in {duration(elapsed)}"
            f" ({megabytes(self.done / elapsed)}/s)",
            is_last=True,
        )

    def close(self) -> None:
        """Leaves the progress line as it stands, so that a message can follow on its own line."""
        if self.is_open:
            self.stream.write("\n")
            self.stream.flush()
            self.is_open = False

    def _show(self, now: float) -> None:
        rate = self.done / max(now - self.started, 1e-3)
        left = duration((self.total - self.done) / rate) if rate > 0 else "?"
        self._write(
            f"  {self.label}: {100 * self.done // self.total:3d} %"
            f"  {megabytes(self.done)} of {megabytes(self.total)}"
            f"  {megabytes(rate)}/s  {left} left",
            is_last=False,
        )

    def _write(self, line: str, is_last: bool) -> None:
        if self.is_terminal:
            self.stream.write("\r\x1b[K" + line + ("\n" if is_last else ""))
            self.is_open = not is_last
        else:
            self.stream.write(line + "\n")
        self.stream.flush()
