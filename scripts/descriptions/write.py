"""Splits pairs by family and writes them as a BEIR folder with a list of training pairs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter, defaultdict
from pathlib import Path

from .clean import SHARED_BY_SOURCES, Pair, plain
from .families import group, stem

SPLITS = ("test", "dev", "train")
PHRASE_WORDS = 10


def split(pairs: list[Pair], wanted: dict) -> dict:
    """Assigns whole families to splits until each has as many pairs as `wanted` says.

    Families are taken in the order of a hash of their name: a chance order that stays nearly the same
    when packages come and go.
    """
    by_name = {pair.name: pair for pair in pairs}
    phrases = shared_phrases(pairs)
    families = group(
        (
            pair.name,
            [f"source:{pair.source}", f"stem:{stem(pair.name)}", f"stem:{stem(pair.source)}"]
            + phrases[pair.name],
        )
        for pair in pairs
    )
    result: dict = {name: [] for name in SPLITS}
    for family in sorted(families, key=lambda name: hashlib.sha256(name.encode()).digest()):
        members = [by_name[name] for name in families[family]]
        for name in SPLITS:
            if len(result[name]) + len(members) <= wanted[name]:
                result[name] += members
                break
    return result


def shared_phrases(pairs: list[Pair]) -> dict:
    """For each pair the long phrases of its description that a few other descriptions have too.

    They tell relatives whose names do not: forks, parts of one project, texts written by copying. What
    many descriptions share is a figure of speech and tells nothing.
    """
    holders: dict = defaultdict(list)
    for pair in pairs:
        words = plain(pair.description).split()
        for start in range(len(words) - PHRASE_WORDS + 1):
            phrase = hash(tuple(words[start : start + PHRASE_WORDS]))
            if not holders[phrase] or holders[phrase][-1] != pair.name:
                holders[phrase].append(pair.name)
    found: dict = {pair.name: [] for pair in pairs}
    for names in holders.values():
        if 1 < len(names) <= SHARED_BY_SOURCES:
            for name in names:
                found[name].append(f"phrase:{names[0]}")
    return found


def copied(pairs: list[Pair]) -> int:
    """How many descriptions contain their synopsis word for word."""
    return sum(f" {plain(pair.synopsis)} " in f" {plain(pair.description)} " for pair in pairs)


def write(folder: Path, splits: dict, source: str) -> None:
    """Writes the collection beside `folder` and puts it into place by one rename."""
    beside = folder.with_name(folder.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "qrels").mkdir(parents=True)
    everything = sorted(
        (pair for pairs in splits.values() for pair in pairs), key=lambda pair: pair.name
    )
    write_lines(
        beside / "corpus.jsonl",
        ({"_id": pair.name, "text": pair.description} for pair in everything),
    )
    write_lines(
        beside / "queries.jsonl",
        ({"_id": f"q-{pair.name}", "text": pair.synopsis} for pair in everything),
    )
    for name, pairs in splits.items():
        lines = ["query-id\tcorpus-id\tscore"]
        lines += [f"q-{pair.name}\t{pair.name}\t1" for pair in sorted(pairs, key=lambda p: p.name)]
        (beside / "qrels" / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_lines(
        beside / "train.jsonl",
        ({"anchor": pair.synopsis, "positive": pair.description} for pair in splits["train"]),
    )
    (beside / "SOURCE.md").write_text(source, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(beside, folder)


def write_lines(path: Path, values) -> None:
    """Writes one JSON object a line."""
    with open(path, "w", encoding="utf-8") as file:
        for value in values:
            file.write(json.dumps(value, ensure_ascii=False) + "\n")


def describe_source(lists: list[Path], read: dict, dropped: Counter, splits: dict) -> str:
    """The text of SOURCE.md: where the collection comes from, its counts, and what was dropped."""
    everything = [pair for pairs in splits.values() for pair in pairs]
    words = [
        sum(len(text.split()) for text in texts) / max(len(everything), 1)
        for texts in (
            [pair.synopsis for pair in everything],
            [pair.description for pair in everything],
        )
    ]
    lines = [
        "# Package descriptions",
        "",
        "A query is the synopsis of a Debian or Ubuntu package; the one relevant document is its long",
        "description. Made by scripts/demo-data from apt's lists; the texts are under the licences of",
        "the packages' Debian packaging. For your own use: do not pass the collection on.",
        "",
        "## Source",
        "",
    ]
    lines += [f"- {path.name}" for path in lists]
    lines += ["", "## Counts", "", "| what | count |", "| --- | ---: |"]
    counts = dict(read)
    counts["documents"] = counts["queries"] = len(everything)
    counts |= {f"{name} pairs": len(pairs) for name, pairs in splits.items()}
    counts["descriptions that contain their synopsis word for word"] = copied(everything)
    lines += [f"| {name} | {count} |" for name, count in counts.items()]
    lines += [f"| words a query | {words[0]:.1f} |", f"| words a document | {words[1]:.1f} |"]
    lines += ["", "## Dropped", "", "| what | count |", "| --- | ---: |"]
    lines += [f"| {name} | {count} |" for name, count in sorted(dropped.items())]
    lines += [
        "",
        "Packages of one source, or with the same name but for language prefix, role and version, are",
        "one family; a family lies in one split. All documents are in the corpus, also those of the",
        "training pairs.",
        "",
    ]
    return "\n".join(lines)
