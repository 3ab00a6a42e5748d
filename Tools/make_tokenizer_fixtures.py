"""Writes Tests/Fixtures/tokenizers: hashes of the ids and offsets that `tokenizers` gives.

    python Tools/make_tokenizer_fixtures.py MODEL_FOLDER DATA_FOLDER

Needs the packages named in Tools/requirements.txt. MODEL_FOLDER holds splade-tiny and DATA_FOLDER
the retrieval and similarity collections; of their texts only hashes are kept. Texts are hashed in
groups: FNV-1a (64 bits) over each number as four bytes, the number of tokens before the tokens of
each text. The small vocabularies that Tools/train_tokenizers.py made are read, not made again.
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


def multilingual_texts(data):
    """All of xquad in 12 languages, and all sentences of SICK and of STSb in 11 languages."""
    texts = []
    for folder in sorted((data / "xquad").iterdir()):
        if folder.is_dir():
            texts += beir_texts(folder / "corpus.jsonl") + beir_texts(folder / "queries.jsonl")
    for file in sorted((data / "sts").rglob("*.jsonl")):
        for line in open(file, encoding="utf-8"):
            record = json.loads(line)
            texts += [record["sentence1"], record["sentence2"]]
    return texts


class Hash:
    def __init__(self):
        self.value = 0xCBF29CE484222325

    def add(self, number):
        self.add_bytes(number.to_bytes(4, "little"))

    def add_bytes(self, text):
        for byte in text:
            self.value = ((self.value ^ byte) * 0x100000001B3) & MASK


def digest(encodings, numbers_of, group):
    """The hash of each group of encodings."""
    hashes = []
    for i in range(0, len(encodings), group):
        state = Hash()
        for encoding in encodings[i:i + group]:
            state.add(len(encoding.ids))
            for number in numbers_of(encoding):
                state.add(number)
        hashes.append(f"{state.value:016x}")
    return hashes


def offsets_of(encoding):
    return [number for offsets in encoding.offsets for number in offsets]


def record(encodings, group=GROUP):
    return {
        "texts": len(encodings), "tokens": sum(len(e.ids) for e in encodings), "group": group,
        "ids": digest(encodings, lambda e: e.ids, group),
        "typeIDs": digest(encodings, lambda e: e.type_ids, group),
        "offsets": digest(encodings, offsets_of, group)}


def cases(tokenizer, texts, group=GROUP):
    return record(tokenizer.encode_batch(texts), group)


def truncated_pairs(tokenizer, texts, side):
    """Neighbours as pairs, truncated to a length that changes from pair to pair."""
    encodings = []
    for index in range(len(texts) - 1):
        tokenizer.enable_truncation(4 + index % 45, direction=side)
        encodings.append(tokenizer.encode(texts[index], texts[index + 1]))
    tokenizer.no_truncation()
    return record(encodings)


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def write(name, content):
    file = OUTPUT / name
    file.write_text(json.dumps(content, indent=1) + "\n")
    return {"file": name, "sha256": sha256(file)}


def reference(content):
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(content))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def splade(models, data, random):
    """The demo model's tokenizer: real texts, all code points, random texts, truncated pairs."""
    source = models / "splade-tiny" / "tokenizer.json"
    tokenizer = reference(json.loads(source.read_text()))
    return {
        "tokenizer": "splade-tiny", "sha256": sha256(source),
        "real": cases(tokenizer, real_texts(data)),
        "scalars": cases(tokenizer, scalar_texts()),
        "random": cases(tokenizer, random),
        "pairs": truncated_pairs(tokenizer, random, "right"),
        "pairsLeft": truncated_pairs(tokenizer, random, "left"),
    }


def decodings(tokenizer, texts):
    """What becomes of texts that are encoded and decoded again: one hash of all of them."""
    result = {"texts": len(texts)}
    encodings = tokenizer.encode_batch(texts)
    for name, skips in (("withoutSpecial", True), ("withSpecial", False)):
        state = Hash()
        for encoding in encodings:
            state.add_bytes(tokenizer.decode(encoding.ids, skip_special_tokens=skips).encode())
            state.add_bytes(b"\0")
        result[name] = f"{state.value:016x}"
    return result


def small(data, random):
    """Every variant of the small tokenizers: a base file and the members that replace its own."""
    multilingual = multilingual_texts(data)
    result = {}
    for name, variant in json.loads((OUTPUT / "variants.json").read_text()).items():
        content = json.loads((OUTPUT / variant["base"]).read_text())
        content |= {k: v for k, v in variant["members"].items() if k != "model"}
        content["model"] |= variant["members"].get("model", {})
        tokenizer = reference(content)
        texts = random if variant["thorough"] else random[:500]
        result[name] = {
            "random": cases(tokenizer, texts), "pairs": truncated_pairs(tokenizer, texts[:400], "right"),
            "decoded": decodings(tokenizer, texts[:300])}
        if variant["thorough"]:
            result[name]["multilingual"] = cases(tokenizer, multilingual, 1000)
        print(name, result[name]["random"]["tokens"])
    return result


def main(models, data):
    OUTPUT.mkdir(exist_ok=True, parents=True)
    random = random_texts(5000, seed=1)
    files = [
        write("splade-tiny.json", splade(models, data, random)),
        write("small.json", small(data, random))]
    for file in sorted(OUTPUT.glob("*.json")):
        if file.name not in ("MANIFEST.json", "splade-tiny.json", "small.json"):
            files.append({"file": file.name, "sha256": sha256(file)})
    manifest = {
        "generator": "Tools/make_tokenizer_fixtures.py", "seed": 1,
        "versions": {"tokenizers": tokenizers.__version__}, "files": files}
    (OUTPUT / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
