"""Writes Tests/Fixtures/index: stems, words and BM25 scores of the reference packages.

    python Tools/make_index_fixtures.py SCIFACT_FOLDER

Needs the packages named in Tools/requirements-index.txt. SCIFACT_FOLDER is a BEIR folder; of its
text only hashes are kept.
"""

import hashlib
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

import bm25s
import Stemmer

OUTPUT = Path(__file__).resolve().parent.parent / "Tests" / "Fixtures" / "index"
BUCKETS = 64
WORD = re.compile(r"\b\w\w+\b")

WORDS = """
    abilities ability able abusing accompanying added adding adjustment administration agreed
    aim aimed airliner allow allowance andes angularity apologist arsenal arsenic atlas attend
    bed bedding beautiful bias biology bled blessed bluntly bowled boys by canning cannings caring
    caresses cats ceremonial ceremonious communal commune communism communities conditional
    conformably connection connections consignment consist consolations controlling cosmos cries
    cry crying dances decisiveness defensible dependent differently digitizer dying earring early
    ebbed effective egged electrical electricity emergence emergency enjoy evening excessively
    exceed exceeded exceedingly failing falling feed feudalism filing fizzed fluently formality
    formative gaps gas general generalizations generally generate generic generously gently goodness
    gyroscopic hers herring hesitancy hissing hopeful hopefulness hoping hopping howe hurried ideology
    idly inference inning innings intermediate international interning irritant its kiwis knack lateral
    later later lying luxuriated luxury meetings motoring multiplied news nightly off only operator
    opportunist organ organic organization outing owed owned past paste pasting plastered playing
    plotted ponies possibly predication proceed proceeded probate radically rate rational
    rationalist reed replacement revival roll runner running saying sensibility sensitivity sensational
    shed sing singing singly sized skies skis sky snowed snowing sometimes string succeed
    succeeding tanned ties tying toys triplicate troubled tying ugly universe university university's
    usefully vietnamization vile vying wining yellow yelling 'yes' youth yoyo yy sayer dog's dogs' dogs's'
    a ab i's us ss sss ies ied pied aged ingly eed eedly edly naïve naïvely cafés café's éed xying
    ying ching flies classes process processes processing processors cells cellular proteins
    transcriptional phosphorylated methylation immunodeficiency
""".split()

DOCUMENTS = [
    "The quick brown fox jumps over the lazy dog, and the dog sleeps on.",
    "Foxes are small animals; a red fox sleeps in a den and hunts at night.",
    "Sleeping dogs lie. Sleeping dogs lie where they slept before.",
    "Ärzte und Ärztinnen: 42 Ärzte, 7 x_ray images, naïve café owners (½ of them).",
    "",
    "Connections between cells: connected cells connect, connecting cellular connections.",
    "No more. It is as it was, and they will be there.",
    "Hunting at night needs night vision, which dogs and foxes have and which people lack.",
]
QUERIES = [
    "sleeping foxes", "connections of cells", "the and of", "dog dogs night", "ärzte x_ray", "zebra",
]


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def hashes(keyed_lines):
    """Joined hashes of lines, in buckets, so that a difference can be narrowed down."""
    buckets = [0] * BUCKETS
    for key, line in keyed_lines:
        bucket = fnv1a(key) % BUCKETS
        buckets[bucket] = (buckets[bucket] + fnv1a(line)) & 0xFFFFFFFFFFFFFFFF
    return [f"{bucket:016x}" for bucket in buckets]


def stemmer_fixture(folder):
    stemmer = Stemmer.Stemmer("english")
    texts = []
    with open(folder / "corpus.jsonl", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts.append((row["_id"], row["title"] + " " + row["text"]))
    words = {identifier: WORD.findall(text.lower()) for identifier, text in texts}
    vocabulary = sorted({word for list_ in words.values() for word in list_})
    return {
        "words": {word: stemmer.stemWord(word) for word in sorted(set(WORDS))},
        "scifact": {
            "vocabulary_count": len(vocabulary),
            "word_count": sum(map(len, words.values())),
            "stem_hashes": hashes(
                (word, f"{word}\t{stemmer.stemWord(word)}") for word in vocabulary),
            "word_hashes": hashes(
                (identifier, identifier + "\t" + " ".join(list_))
                for identifier, list_ in words.items()),
        },
    }


def bm25_fixture():
    stemmer = Stemmer.Stemmer("english")
    cases = []
    for method in ["lucene", "robertson", "atire"]:
        for k1, b in [(0.9, 0.4), (1.5, 0.75)]:
            tokens = bm25s.tokenize(
                DOCUMENTS, stopwords="en", stemmer=stemmer, show_progress=False, return_ids=False)
            model = bm25s.BM25(method=method, k1=k1, b=b, dtype="float64")
            model.index(tokens, show_progress=False)
            scores = []
            for query in QUERIES:
                terms = bm25s.tokenize(
                    query, stopwords="en", stemmer=stemmer, show_progress=False, return_ids=False)[0]
                scores.append(
                    [float(score) for score in model.get_scores(terms)]
                    if terms else [0.0] * len(DOCUMENTS))
            cases.append({"variant": method, "k1": k1, "b": b, "scores": scores})
    return {"documents": DOCUMENTS, "queries": QUERIES, "cases": cases}


def main():
    folder = Path(sys.argv[1])
    OUTPUT.mkdir(parents=True, exist_ok=True)
    files = {"stemmer.json": stemmer_fixture(folder), "bm25.json": bm25_fixture()}
    manifest = {
        "generator": "Tools/make_index_fixtures.py",
        "packages": {name: version(name) for name in ["bm25s", "PyStemmer"]},
        "files": {},
    }
    for name, content in files.items():
        data = (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
        (OUTPUT / name).write_bytes(data)
        manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest()}
    (OUTPUT / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
