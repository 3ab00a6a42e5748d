"""Chooses and cleans descriptions: one a source, without boilerplate, duplicates and leaks."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from .parse import Package

# A sentence or a tail of a synopsis that more sources than this share is boilerplate.
SHARED_BY_SOURCES = 8
SHORTEST_DESCRIPTION_WORDS = 20
SHORTEST_SYNOPSIS_WORDS = 3

# Families whose descriptions are made by a script, or say nothing about what the package does.
GENERATED_NAME = re.compile(
    r"^librust-|^libghc-.*-(prof|doc)$|-dbgsym$|-dbg$|^linux-(image|headers|modules|source|tools)-"
    r"|^language-pack-|-l10n-|-locale-|^task-|^(aspell|hunspell|hyphen|mythes|myspell|tesseract-ocr"
    r"|wngerman|dict-freedict|kde-l10n|firefox-locale|thunderbird-locale)-"
)
GENERATED_SECTIONS = {"debug", "kernel", "localization", "metapackages", "oldlibs", "tasks"}
GENERATED_TEXT = re.compile(
    r"\btransitional\b|\bdummy package\b|\bmeta-?package\b|\bempty package\b|\bdependency package\b"
    r"|\bdebug(ging)? symbols\b|\bvirtual package\b",
    re.I,
)
AUXILIARY = re.compile(
    r"-(dev|doc|docs|data|common|examples|headless|tests?|utils|tools|bin|plugins?|gui|qt|gtk)$"
)

OPENING = re.compile(
    r"^(?:(?:this|the) (?:package|module|library|program) (?:(?:is|provides|contains|implements) )?)?"
    r"(?:(?:an?|the) )?"
)
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Pair:
    """A synopsis and the long description it belongs to."""

    name: str
    source: str
    synopsis: str
    description: str


def sentences(paragraph: str) -> list[str]:
    """A paragraph's sentences, split after a full stop that a space and a capital follow."""
    return re.split(r"(?<=[.!?:])\s+(?=[A-Z\"'(*])", paragraph)


def plain(text: str) -> str:
    """A text without case and punctuation, for comparing."""
    return " ".join(WORD.findall(text.lower()))


def clean(packages: list[Package], dropped: Counter) -> list[Pair]:
    """The pairs worth learning from, in the order of their names; `dropped` counts the rest."""
    kept = []
    for package in packages:
        if is_generated(package):
            dropped["packages of generated families (language packs, kernels, transitional ...)"] += 1
        else:
            kept.append(package)
    boilerplate = shared(kept, lambda package: sentences_of(package))
    tails = shared(kept, lambda package: [tail(package.synopsis)])
    pairs = []
    for package in representatives(kept, dropped):
        synopsis = package.synopsis
        if plain(tail(synopsis)) in tails:
            synopsis = synopsis[: -len(tail(synopsis))].strip(" -–:,")
            dropped["tails cut from synopses (\"- Node.js module\", \"(library)\" ...)"] += 1
        if len(synopsis.split()) < SHORTEST_SYNOPSIS_WORDS:
            dropped[f"synopses of fewer than {SHORTEST_SYNOPSIS_WORDS} words"] += 1
            continue
        description = describe(package, synopsis, boilerplate, dropped)
        if len(description.split()) < SHORTEST_DESCRIPTION_WORDS:
            dropped[f"descriptions of fewer than {SHORTEST_DESCRIPTION_WORDS} words"] += 1
            continue
        pairs.append(Pair(package.name, package.source, synopsis, description))
    return without_duplicates(pairs, dropped)


def is_generated(package: Package) -> bool:
    """Whether a package belongs to a family whose descriptions say nothing of their own."""
    return bool(
        package.section.rpartition("/")[2] in GENERATED_SECTIONS
        or GENERATED_NAME.search(package.name)
        or GENERATED_TEXT.search(package.synopsis)
        or (package.paragraphs and GENERATED_TEXT.search(package.paragraphs[0]))
    )


def sentences_of(package: Package) -> list[str]:
    """All sentences of a long description."""
    return [sentence for paragraph in package.paragraphs for sentence in sentences(paragraph)]


def tail(synopsis: str) -> str:
    """The part of a synopsis after its last dash, or in closing brackets; empty when none."""
    match = re.search(r"(\s[-–:]\s+[^-–:]+|\s\([^()]+\)|\s+for \S+( \S+)?)$", synopsis)
    return match[0] if match else ""


def shared(packages: list[Package], texts) -> set:
    """The texts, in plain form, that occur in more sources than chance explains."""
    sources = defaultdict(set)
    for package in packages:
        for text in texts(package):
            if plain(text):
                sources[plain(text)].add(package.source)
    return {text for text, names in sources.items() if len(names) > SHARED_BY_SOURCES}


def representatives(packages: list[Package], dropped: Counter) -> list[Package]:
    """One package a source: the one named like it, else the one that is no mere part of it."""
    by_source = defaultdict(list)
    for package in packages:
        by_source[package.source].append(package)

    def rank(package: Package):
        words = sum(len(paragraph.split()) for paragraph in package.paragraphs)
        is_part = bool(AUXILIARY.search(package.name))
        return (package.name != package.source, is_part, -words, package.name)

    dropped["further packages of the same source"] += len(packages) - len(by_source)
    return sorted((min(group, key=rank) for group in by_source.values()), key=lambda p: p.name)


def describe(package: Package, synopsis: str, boilerplate: set, dropped: Counter) -> str:
    """The description without boilerplate sentences and without the synopsis as a sentence."""
    copies = {plain(synopsis), plain(package.synopsis)}
    kept = []
    for sentence in sentences_of(package):
        if plain(sentence) in boilerplate:
            dropped["boilerplate sentences"] += 1
        elif without_subject(sentence, package.name) in copies:
            dropped["sentences that only repeat the synopsis"] += 1
        else:
            kept.append(sentence)
    return " ".join(kept)


def without_subject(sentence: str, name: str) -> str:
    """A sentence in plain form without an opening such as "This package is a"."""
    text = plain(sentence)
    for subject in (plain(name), "it"):
        if text.startswith(subject + " "):
            text = f"this package {text[len(subject) + 1 :]}"
    return OPENING.sub("", text)


def without_duplicates(pairs: list[Pair], dropped: Counter) -> list[Pair]:
    """Of pairs with the same synopsis or description only the first."""
    seen: set = set()
    kept = []
    for pair in pairs:
        keys = {("synopsis", plain(pair.synopsis)), ("description", plain(pair.description))}
        if keys & seen:
            dropped["duplicates of another synopsis or description"] += 1
        else:
            seen |= keys
            kept.append(pair)
    return kept
