"""Writes the Unicode tables of SparrowText from what the `tokenizers` library does.

Each table is measured: every code point goes through a normaliser or pre-tokeniser of the library,
because its parts follow different versions of Unicode (9 for decompositions, 17 for lower-casing).

    python Tools/make_unicode_tables.py

rewrites `Sources/SparrowText/Unicode/UnicodeData+*.swift`. Needs `Tools/requirements.txt`.
"""

import pathlib
import unicodedata

import tokenizers
from tokenizers import normalizers, pre_tokenizers

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


def lower_case_runs(mapping):
    """Runs `first-last/step+distance` of single mappings, and the others one by one."""
    single = {c: ord(m) - c for c, m in mapping.items() if len(m) == 1}
    words = []
    done = set()
    for c in sorted(single):
        if c in done:
            continue
        best = [c]
        for step in (1, 2):
            run = [c]
            while single.get(run[-1] + step) == single[c]:
                run.append(run[-1] + step)
            if len(run) > len(best):
                best, best_step = run, step
        done.update(best)
        sign = "+" if single[c] > 0 else "-"
        distance = f"{sign}{abs(single[c]):x}"
        if len(best) == 1:
            words.append(f"{c:x}{distance}")
        else:
            words.append(f"{best[0]:x}-{best[-1]:x}/{best_step}{distance}")
    for c, m in mapping.items():
        if len(m) > 1:
            words.append(f"{c:x}=" + ",".join(f"{ord(x):x}" for x in m))
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
    lowered = {c: m for c in SCALARS if (m := lower.normalize_str(chr(c))) != chr(c)}
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
    spell = lambda table, c: f"{c:x}=" + ",".join(f"{p:x}" for p in table[c])
    write("Canonical", [
        ("canonicalDecomposition", "One step of canonical decomposition, Hangul left out.",
         [spell(canonical, c) for c in sorted(canonical)]),
        ("compositionExclusion", "Pairs that are never composed again.", spell_ranges(excluded)),
    ])
    write("Lowercase", [
        ("lowercase", "Lower-casing without context: `first-last/step+distance`.",
         lower_case_runs(lowered)),
    ])


if __name__ == "__main__":
    main()
