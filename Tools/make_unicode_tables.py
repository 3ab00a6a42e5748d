"""Writes the Unicode tables of SparrowText from what the `tokenizers` library does.

Each table is measured: every code point goes through a normaliser or pre-tokeniser of the library,
because its parts follow different versions of Unicode (9 for decompositions, 17 for lower-casing).

    python Tools/make_unicode_tables.py

rewrites `Sources/SparrowText/Unicode/UnicodeData+*.swift`. Needs `Tools/requirements.txt`.
"""

import base64
import pathlib
import unicodedata

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

from charsmap import make_charsmap

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "Sources" / "SparrowText" / "Unicode"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xAC00 + 11172)


def ranges(points):
    result = []
    for point in sorted(points):
        if result and result[-1][1] == point - 1:
            result[-1][1] = point
        else:
            result.append([point, point])
    return result


def spell_ranges(points):
    return [f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in ranges(points)]


def set_of_splits(pre_tokenizer, count):
    text = lambda c: "a" + chr(c) + "b"
    return [c for c in SCALARS if len(pre_tokenizer.pre_tokenize_str(text(c))) == count]


def set_of_class(pattern):
    split = pre_tokenizers.Split(Regex(pattern), behavior="removed")
    return [c for c in SCALARS if not split.pre_tokenize_str(chr(c))]


def bert(**flags):
    options = dict(
        clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**options, **flags})


def decompose_once(point):
    """One step of decomposition: (is canonical, code points) or None."""
    fields = unicodedata.decomposition(chr(point)).split()
    if not fields:
        return None
    canonical = not fields[0].startswith("<")
    return canonical, [int(f, 16) for f in (fields if canonical else fields[1:])]


def expand(point, table):
    if point not in table:
        return [point]
    return [q for p in table[point] for q in expand(p, table)]


def combining_classes():
    """Canonical combining classes, checked by the order in which the library puts marks."""
    nfd = normalizers.NFD().normalize_str
    classes = {}
    representatives = {}
    for c in SCALARS:
        value = unicodedata.combining(chr(c))
        if value == 0:
            continue
        # A class that the library does not know counts as a starter: nothing moves across it.
        if nfd("a\u0345" + chr(c)) == "a\u0345" + chr(c) and value < 240:
            continue
        classes[c] = value
        if len(nfd(chr(c))) == 1:
            representatives.setdefault(value, chr(c))
    for c in SCALARS:
        value = classes.get(c, 0)
        if len(nfd(chr(c))) > 1:
            continue
        if value == 0:
            assert nfd("a\u0345" + chr(c))[1] == "\u0345", hex(c)
            continue
        for other, mark in representatives.items():
            moved = nfd("a" + chr(c) + mark) != nfd("a") + nfd(chr(c)) + mark
            assert moved == (value > other), (hex(c), value, other)
    return classes


def precompiled(rules):
    """A normaliser that replaces only what `rules` names."""
    return normalizers.Precompiled(base64.b64decode(make_charsmap(rules))).normalize_str


def cluster_sets():
    """What joins the cluster before it, what the next joins, and what nothing joins.

    A map that knows only one character of a cluster replaces the whole cluster by it, so the length
    of the result tells where clusters end.
    """
    after = precompiled({"a": "X"})
    extending = [c for c in SCALARS if after("a" + chr(c)) == "X" and c != 0]
    # Clusters of six bytes and more are not replaced as a whole, so above U+FFFF only a character
    # that an ASCII letter joins makes a difference.
    suspects = [
        c for c in SCALARS
        if unicodedata.category(chr(c)) in ("Cc", "Cf", "Zl", "Zp") and c != 0
        or 0x0D00 <= c < 0x0D80 or 0xFFF0 <= c < 0x10000 or 0x11000 <= c < 0x12000]
    suspects = [c for c in suspects if c not in set(extending)]
    alone = precompiled({chr(c): "X" for c in suspects})
    breaking = [c for c in suspects if c < 0x10000 and alone(chr(c) + "\u0301") != "X"]
    prepending = [c for c in suspects if alone(chr(c) + "a") == "X" and c not in breaking]
    return extending, prepending, breaking


def spell_mapping(table):
    """Runs `first-last/step+distance` of single images, other images as `key=image,image`."""
    single = {c: m[0] - c for c, m in table.items() if len(m) == 1}
    words = []
    done = set()
    for c in sorted(table):
        if c in done:
            continue
        if c not in single:
            words.append(f"{c:x}=" + ",".join(f"{m:x}" for m in table[c]))
            continue
        best, best_step = [c], 1
        for step in (1, 2):
            run = [c]
            while single.get(run[-1] + step) == single[c]:
                run.append(run[-1] + step)
            if len(run) > len(best):
                best, best_step = run, step
        done.update(best)
        distance = f"{'+' if single[c] > 0 else '-'}{abs(single[c]):x}"
        if len(best) == 1:
            words.append(f"{c:x}{distance}")
        else:
            words.append(f"{best[0]:x}-{best[-1]:x}/{best_step}{distance}")
    return words


def wrap(words, indent="    "):
    lines, line = [], indent
    for word in words:
        if len(line) + len(word) + 1 > 98:
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    return "\n".join(lines + [line.rstrip()])


def write(name, members):
    body = "\n".join(
        f"  /// {doc}\n  static let {member} =\n    \"\"\"\n{wrap(words)}\n    \"\"\"\n"
        for member, doc, words in members)
    (FOLDER / f"UnicodeData+{name}.swift").write_text(
        f"// Made by Tools/make_unicode_tables.py from tokenizers {tokenizers.__version__}.\n\n"
        f"extension UnicodeData {{\n{body}}}\n")


def main():
    FOLDER.mkdir(exist_ok=True, parents=True)
    canonical, compatible = {}, {}
    for c in SCALARS:
        step = decompose_once(c)
        if step:
            compatible[c] = step[1]
            if step[0]:
                canonical[c] = step[1]
    for form, table in ((normalizers.NFD(), canonical), (normalizers.NFKD(), compatible)):
        # Drop what the library's older Unicode does not decompose, then check all the rest.
        for c in list(table):
            if form.normalize_str(chr(c)) == chr(c):
                del table[c]
        for c in SCALARS:
            if c not in HANGUL:
                expected = "".join(map(chr, expand(c, table)))
                assert form.normalize_str(chr(c)) == expected, hex(c)
    nfc = normalizers.NFC().normalize_str
    excluded = [c for c, parts in canonical.items() if len(parts) == 2 and nfc(chr(c)) != chr(c)]

    clean = bert(clean_text=True)
    cleaned = {c: clean.normalize_str("a" + chr(c) + "b")[1:-1] for c in SCALARS}
    nonspacing = [
        c for c in SCALARS
        if c not in canonical and bert(strip_accents=True).normalize_str("a" + chr(c) + "b") == "ab"
        and c not in HANGUL]
    lower = normalizers.Lowercase()
    lowered = {
        c: [ord(x) for x in m] for c in SCALARS if (m := lower.normalize_str(chr(c))) != chr(c)}
    classes = combining_classes()
    class_words = []
    for value in sorted(set(classes.values())):
        class_words.append(f"{value}:")
        class_words += spell_ranges([c for c in classes if classes[c] == value])

    write("Properties", [
        ("control", "What BERT's cleaning drops: categories Cc, Cf, Co, and U+FFFD.",
         spell_ranges([c for c, m in cleaned.items() if m == ""])),
        ("whitespace", "What counts as white space between words.",
         spell_ranges(set_of_splits(pre_tokenizers.WhitespaceSplit(), 2))),
        ("punctuation", "ASCII punctuation and category P.",
         spell_ranges(set_of_splits(pre_tokenizers.Punctuation(), 3))),
        ("word", "Word characters: letters, marks, decimal digits, connectors and joiners.",
         spell_ranges(set_of_splits(pre_tokenizers.Whitespace(), 1))),
        ("nonspacingMark", "Category Mn, dropped when accents are stripped.",
         spell_ranges(nonspacing)),
        ("combiningClass", "Canonical combining classes: `class:` before its code points.",
         class_words),
    ])
    digits = pre_tokenizers.Digits(individual_digits=True)
    strip = normalizers.StripAccents()
    extending, prepending, breaking = cluster_sets()
    write("Classes", [
        ("letter", "Category L, as regular expressions have it.",
         spell_ranges(set_of_class(r"\p{L}"))),
        ("number", "Category N, as regular expressions have it.",
         spell_ranges(set_of_class(r"\p{N}"))),
        ("numeric", "What the pre-tokeniser for digits takes for one.",
         spell_ranges(set_of_splits(digits, 3))),
        ("combiningMark", "Category M, dropped by StripAccents.",
         spell_ranges([c for c in SCALARS if strip.normalize_str("a" + chr(c) + "b") == "ab"])),
        ("clusterExtending", "What joins the grapheme cluster before it.", spell_ranges(extending)),
        ("clusterPrepending", "What the next character joins.", spell_ranges(prepending)),
        ("clusterBreaking", "Controls below U+10000, which no mark joins.", spell_ranges(breaking)),
    ])
    write("Canonical", [
        ("canonicalDecomposition", "One step of canonical decomposition, Hangul left out.",
         spell_mapping(canonical)),
        ("compositionExclusion", "Pairs that are never composed again.", spell_ranges(excluded)),
    ])
    only = {c: m for c, m in compatible.items() if c not in canonical}
    write("Compatibility", [
        ("compatibilityDecomposition", "One step of the decompositions that are not canonical.",
         spell_mapping(only)),
    ])
    write("Lowercase", [
        ("lowercase", "Lower-casing without context: `first-last/step+distance`.",
         spell_mapping(lowered)),
    ])


if __name__ == "__main__":
    main()
