"""Sets of byte ranges: which parts of a file are wanted, and which are already there."""

from __future__ import annotations

Range = tuple  # (start, end): bytes start ..< end


def union(ranges: list[Range], gap: int = 0) -> list[Range]:
    """The ranges in order, with those merged that overlap or lie at most `gap` bytes apart."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if start >= end:
            continue
        if merged and start <= merged[-1][1] + gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def missing(wanted: list[Range], have: list[Range]) -> list[Range]:
    """The parts of `wanted` that `have` does not cover."""
    left = union(wanted)
    for start, end in union(have):
        remaining: list[Range] = []
        for first, last in left:
            if first < start:
                remaining.append((first, min(last, start)))
            if last > end:
                remaining.append((max(first, end), last))
            # A range inside start ..< end is covered and adds nothing.
        left = union(remaining)
    return left


def length(ranges: list[Range]) -> int:
    """The number of bytes in ranges that do not overlap."""
    return sum(end - start for start, end in ranges)
