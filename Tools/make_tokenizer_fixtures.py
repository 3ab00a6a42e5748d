"""Writes Tests/Fixtures/tokenizers: hashes of the ids and offsets that `tokenizers` gives.

    python Tools/make_tokenizer_fixtures.py MODEL_FOLDER DATA_FOLDER

Needs the packages named in Tools/requirements.txt. MODEL_FOLDER holds splade-tiny and DATA_FOLDER
the retrieval collections; of their texts only hashes are kept. Texts are hashed in groups: FNV-1a
(64 bits) over each number as four bytes, the number of tokens before the tokens of each text.
"""

import hashlib
import json
import pathlib
import sys

import tokenizers

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "Tests" / "Fixtures" / "tokenizers"
GROUP = 100
MASK = (1 << 64) - 1


class SplitMix64:
    """The generator of the same name in the tests."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, count):
        return self.next() % count


LITERALS = [
    "[MASK]", "[SEP]", "[PAD]", "[CLS]", "[UNK]", "<s>", "</s>", "<mask>", "<|endoftext|>",
    "don't", "I'LL", "x²½", "https://example.org/a_b?c=1", "1234567", "  ", "\r\n", "ΣΑΣ", "ﬁ"]
SPACES = " \t\n\r\u00a0\u2003\u3000\u200b\u0085\u000b"
RANGES = [
    (0x61, 0x7A), (0x41, 0x5A), (0x30, 0x39), (0x21, 0x2F), (0x5B, 0x60), (0xC0, 0x24F),
    (0x300, 0x36F), (0x370, 0x52F), (0x591, 0x6FF), (0x900, 0x97F), (0xE01, 0xE5B), (0xF71, 0xF84),
    (0x1100, 0x11FF), (0x2000, 0x206F), (0x3029, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF), (0xFB00, 0xFFFD), (0x1D165, 0x1D182), (0x1F1E6, 0x1F64F), (0x1, 0xD7FF),
    (0xE000, 0x10FFFF)]


def random_text(generator):
    parts = []
    for _ in range(generator.below(24)):
        kind = generator.below(40)
        if kind < 14:
            low, high = RANGES[generator.below(3)]
            size = 1 + generator.below(9)
            parts += [chr(low + generator.below(high - low + 1)) for _ in range(size)]
            parts.append(" ")
        elif kind < 17:
            parts.append(SPACES[generator.below(len(SPACES))])
        elif kind < 20:
            parts.append(LITERALS[generator.below(len(LITERALS))])
        else:
            low, high = RANGES[3 + generator.below(len(RANGES) - 3)]
            size = 1 + generator.below(4)
            parts += [chr(low + generator.below(high - low + 1)) for _ in range(size)]
    return "".join(parts)


def random_texts(count, seed):
    generator = SplitMix64(seed)
    return [random_text(generator) for _ in range(count)]


def scalar_texts():
    """Every code point, 64 a text, inside a word and alone."""
    scalars = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    return [
        " ".join(f"a{chr(c)}b {chr(c)}" for c in scalars[i:i + 64])
        for i in range(0, len(scalars), 64)]


def beir_texts(file, limit=None):
    texts = []
    for line in open(file, encoding="utf-8"):
        record = json.loads(line)
        title = record.get("title") or ""
        texts.append(f"{title} {record['text']}" if title else record["text"])
    return texts[:limit]


def real_texts(data):
    return (
        beir_texts(data / "scifact/corpus.jsonl") + beir_texts(data / "scifact/queries.jsonl")
        + beir_texts(data / "tldr_pages/corpus.jsonl")
        + beir_texts(data / "tldr_pages/queries.jsonl", 6283))


class Hash:
    def __init__(self):
        self.value = 0xCBF29CE484222325

    def add(self, number):
        for byte in number.to_bytes(4, "little"):
            self.value = ((self.value ^ byte) * 0x100000001B3) & MASK


def digest(encodings, numbers_of):
    """The hash of each group of encodings."""
    hashes = []
    for i in range(0, len(encodings), GROUP):
        state = Hash()
        for encoding in encodings[i:i + GROUP]:
            state.add(len(encoding.ids))
            for number in numbers_of(encoding):
                state.add(number)
        hashes.append(f"{state.value:016x}")
    return hashes


def offsets_of(encoding):
    return [number for offsets in encoding.offsets for number in offsets]


def cases(tokenizer, texts, **parts):
    encodings = tokenizer.encode_batch(texts, **parts)
    return {
        "texts": len(texts), "tokens": sum(len(e.ids) for e in encodings),
        "ids": digest(encodings, lambda e: e.ids),
        "typeIDs": digest(encodings, lambda e: e.type_ids),
        "offsets": digest(encodings, offsets_of)}


def truncated_pairs(tokenizer, texts, side):
    """Neighbours as pairs, truncated to a length that changes from pair to pair."""
    encodings = []
    for index in range(len(texts) - 1):
        tokenizer.enable_truncation(4 + index % 45, direction=side)
        encodings.append(tokenizer.encode(texts[index], texts[index + 1]))
    tokenizer.no_truncation()
    return {
        "texts": len(encodings), "tokens": sum(len(e.ids) for e in encodings),
        "ids": digest(encodings, lambda e: e.ids),
        "typeIDs": digest(encodings, lambda e: e.type_ids),
        "offsets": digest(encodings, offsets_of)}


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def write(name, content):
    file = OUTPUT / name
    file.write_text(json.dumps(content, indent=1) + "\n")
    return {"file": name, "sha256": sha256(file)}


def main(models, data):
    OUTPUT.mkdir(exist_ok=True, parents=True)
    random = random_texts(5000, seed=1)
    source = models / "splade-tiny" / "tokenizer.json"
    tokenizer = tokenizers.Tokenizer.from_file(str(source))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    files = [write("splade-tiny.json", {
        "tokenizer": "splade-tiny", "sha256": sha256(source),
        "real": cases(tokenizer, real_texts(data)),
        "scalars": cases(tokenizer, scalar_texts()),
        "random": cases(tokenizer, random),
        "pairs": truncated_pairs(tokenizer, random, "right"),
        "pairsLeft": truncated_pairs(tokenizer, random, "left"),
    })]
    manifest = {
        "generator": "Tools/make_tokenizer_fixtures.py", "seed": 1, "group": GROUP,
        "versions": {"tokenizers": tokenizers.__version__}, "files": files}
    (OUTPUT / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
