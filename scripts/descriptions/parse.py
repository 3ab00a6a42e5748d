"""Reads the stanzas of apt's lists."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """A package as its description presents it.

    `paragraphs` is the long description, each paragraph on one line.
    """

    name: str
    source: str
    section: str
    synopsis: str
    paragraphs: tuple


def stanzas(text: str):
    """Each stanza as a dictionary from field to value; continued lines keep their line breaks."""
    for block in re.split(r"\n\s*\n", text):
        fields: dict = {}
        name = None
        for line in block.split("\n"):
            if line[:1] in (" ", "\t"):
                if name is not None:
                    fields[name] += "\n" + line
            elif ":" in line:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        if "Package" in fields:
            yield fields


def paragraphs_of(lines: list[str]) -> tuple:
    """The paragraphs of a long description; a line with only a dot parts two paragraphs."""
    paragraphs, current = [], []
    for line in lines + [" ."]:
        if line.strip() == ".":
            if current:
                paragraphs.append(" ".join(" ".join(current).split()))
            current = []
        else:
            current.append(line.strip())
    return tuple(paragraphs)


def packages(translations: list[str], indexes: list[str]) -> list[Package]:
    """The packages that have an English description, in the order of their names.

    `indexes` are lists of packages; they say from which source a package is built. Of a package that
    is described several times the first description counts.
    """
    sources: dict = {}
    for text in indexes:
        for fields in stanzas(text):
            source = fields.get("Source", fields["Package"]).split(" ")[0]
            sources.setdefault(fields["Package"], (source, fields.get("Section", "")))
    found: dict = {}
    for text in translations:
        for fields in stanzas(text):
            name, description = fields["Package"], fields.get("Description-en")
            if description is None or name in found:
                continue
            synopsis, *lines = description.split("\n")
            source, section = sources.get(name, (name, ""))
            found[name] = Package(
                name, source, section, " ".join(synopsis.split()), paragraphs_of(lines)
            )
    return [found[name] for name in sorted(found)]
