"""Trains the small vocabularies of Tests/Fixtures/tokenizers and writes variants.json.

    python Tools/train_tokenizers.py DATA_FOLDER

Needs the packages named in Tools/requirements.txt. Vocabularies that are there are kept: training
need not give the same ones twice. Tools/make_tokenizer_fixtures.py has to run afterwards.
"""

import collections
import json
import pathlib
import sys
import unicodedata

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from charsmap import make_charsmap
from make_tokenizer_fixtures import OUTPUT, multilingual_texts

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN = CL100K.replace("{1,3}", "")


def charsmap():
    """A part of SentencePiece's nmt_nfkc: wide and compatible forms, marks that compose, controls."""
    rules = {chr(c): "" for c in [*range(1, 9), *range(0x0E, 0x20), 0x7F, 0x8F, 0x9F]}
    rules |= {c: " " for c in "\t\n\r\u00a0\u2003\u3000\u200b\u200e\ufeff\u2581"}
    for c in [
            *range(0xA8, 0xBF), *range(0x2070, 0x209D), *range(0x2100, 0x2140),
            *range(0x2460, 0x2500), *range(0x3300, 0x3358), *range(0xFB00, 0xFB07),
            *range(0xFB1D, 0xFB50), *range(0xFDF0, 0xFDFD), *range(0xFE30, 0xFE45),
            *range(0xFF01, 0xFFEF), *range(0x1D400, 0x1D434)]:
        folded = unicodedata.normalize("NFKC", chr(c))
        if folded != chr(c):
            rules[chr(c)] = folded
    for c in [*range(0xC0, 0x180), *range(0x3040, 0x3100)]:
        parts = unicodedata.normalize("NFD", chr(c))
        if len(parts) == 2:
            rules[parts] = chr(c)
    return make_charsmap(rules)


def template(first, last, pair_typed):
    second = 1 if pair_typed else 0
    between = [] if pair_typed else [f"{last}:0"]
    return ([f"{first}:0", "$A:0", f"{last}:0"],
            [f"{first}:0", "$A:0", f"{last}:0", *between, f"$B:{second}", f"{last}:{second}"])


def member(part):
    """A part of a tokenizer as tokenizer.json has it."""
    return json.loads(part.__getstate__())


def save(tokenizer, name, change=None):
    content = json.loads(tokenizer.to_str())
    if change:
        change(content)
    file = OUTPUT / name
    file.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")))
    assert file.stat().st_size < 200_000, (name, file.stat().st_size)
    return content


def kept(train):
    """The tokenizer of the function's name, trained only if its file is not there."""
    def make(texts):
        file = OUTPUT / (train.__name__.replace("_", "") + ".json")
        return json.loads(file.read_text()) if file.exists() else train(texts)
    return make


@kept
def word_piece(texts):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(
        vocab_size=4000, limit_alphabet=1500, show_progress=False,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", tokenizer.token_to_id("[SEP]")), ("[CLS]", tokenizer.token_to_id("[CLS]")))
    return save(tokenizer, "wordpiece.json")


@kept
def byte_level(texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=3500, show_progress=False,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return save(tokenizer, "bytelevel.json")


@kept
def char_pairs(texts):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
        decoders.Strip(" ", 1, 0)])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=3000, limit_alphabet=700, show_progress=False,
        special_tokens=["<unk>", "<s>", "</s>", *BYTES]))

    def change(content):
        content["pre_tokenizer"] = None
        content["added_tokens"] = [t for t in content["added_tokens"] if t["id"] < 3]

    return save(tokenizer, "charpairs.json", change)


@kept
def affixes(texts):
    """Byte pairs that tell apart where in a word they stand."""
    tokenizer = Tokenizer(models.BPE(
        unk_token="<unk>", continuing_subword_prefix="@@", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.BPEDecoder()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=1500, limit_alphabet=300, show_progress=False, special_tokens=["<unk>"],
        continuing_subword_prefix="@@", end_of_word_suffix="</w>"))
    return save(tokenizer, "affixes.json")


def without_rare_characters(texts, count):
    """The texts that consist of the most frequent characters: Unigram has to hold all it sees."""
    frequencies = collections.Counter(c for text in texts for c in text)
    kept = {c for c, _ in frequencies.most_common(count)}
    return [text for text in texts if kept.issuperset(text)]


@kept
def unigram(texts):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    common = without_rare_characters(texts, 1200)
    tokenizer.train_from_iterator(common, trainers.UnigramTrainer(
        vocab_size=3500, show_progress=False, unk_token="<unk>",
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>", *BYTES]))
    single, pair = template("<s>", "</s>", pair_typed=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=[("<s>", 0), ("</s>", 2)])

    def change(content):
        content["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": charsmap()}
        content["added_tokens"] = [t for t in content["added_tokens"] if t["id"] < 5]
        content["added_tokens"][-1]["lstrip"] = True
        for entry in content["model"]["vocab"][5:261]:
            entry[1] = -12.0
        for entry in content["model"]["vocab"]:
            entry[1] = round(entry[1], 5)

    return save(tokenizer, "unigram.json", change)


def added(content, **flags):
    names = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False,
             "special": False}
    return {"id": 0, "content": content, **names, **flags}


def variants(wordpiece, bytelevel, unigram):
    n, p = normalizers, pre_tokenizers
    bert = ("[CLS]", 2), ("[SEP]", 3)
    single, pair = template("[CLS]", "[SEP]", pair_typed=True)
    bert_template = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=list(bert))
    single, pair = template("<s>", "</s>", pair_typed=False)
    roberta_template = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=[("<s>", 0), ("</s>", 2)])
    mask = [t if t["content"] != "<mask>" else t | {"lstrip": True}
            for t in bytelevel["added_tokens"]]
    extra = [
        added("<mask>", lstrip=True, special=True), added("[E]", rstrip=True),
        added("the", single_word=True), added("Zürich", normalized=True),
        added("la", normalized=True, single_word=True, lstrip=True),
        added("x²½", normalized=True, lstrip=True, rstrip=True), added("don't"), added("don")]

    def variant(base, thorough=False, **members):
        parts = {k: v if v is None or isinstance(v, (dict, list)) else member(v)
                 for k, v in members.items()}
        return {"base": base, "thorough": thorough, "members": parts}

    w, b, c, u = "wordpiece.json", "bytelevel.json", "charpairs.json", "unigram.json"
    return {
        "wordpiece": variant(w, thorough=True),
        "wordpiece-added": variant(
            w, normalizer=n.BertNormalizer(), added_tokens=wordpiece["added_tokens"] + extra,
            post_processor=bert_template),
        "wordpiece-bare": variant(
            w, normalizer=n.BertNormalizer(
                clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False),
            post_processor=None, decoder=None),
        "wordpiece-folded": variant(
            w, normalizer=n.Sequence([n.NFKD(), n.StripAccents(), n.Lowercase(), n.Strip()]),
            pre_tokenizer=p.Sequence([p.Whitespace(), p.Digits(individual_digits=True)]),
            decoder=decoders.WordPiece(cleanup=False)),
        "wordpiece-split": variant(
            w, normalizer={
                "type": "Sequence", "normalizers": [
                    {"type": "NFC"}, {"type": "Nmt"},
                    {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}]},
            pre_tokenizer={"type": "Sequence", "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {"type": "Punctuation", "behavior": "Contiguous"},
                {"type": "Split", "pattern": {"String": "-"}, "behavior": "MergedWithNext",
                 "invert": False},
                {"type": "Split", "pattern": {"Regex": r"\p{N}{1,3}"},
                 "behavior": "MergedWithPrevious", "invert": False},
                {"type": "Digits", "individual_digits": False},
                {"type": "FixedLength", "length": 7}]}),
        "wordlevel": variant(
            w, normalizer=n.Lowercase(), pre_tokenizer=p.CharDelimiterSplit(" "),
            model={"type": "WordLevel"}),
        "affixes": variant("affixes.json"),
        "gpt2": variant(b),
        "roberta": variant(
            b, thorough=True, added_tokens=mask, pre_tokenizer=p.ByteLevel(add_prefix_space=True),
            post_processor=processors.RobertaProcessing(("</s>", 2), ("<s>", 0))),
        "modernbert": variant(
            b, added_tokens=mask, normalizer=n.NFC(), post_processor=roberta_template),
        "llama3": variant(
            b, thorough=True,
            pre_tokenizer={"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": CL100K}, "behavior": "Isolated",
                 "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                 "use_regex": False}]},
            post_processor={"type": "Sequence", "processors": [
                {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False,
                 "use_regex": True},
                member(roberta_template)]},
            model={"ignore_merges": True}),
        "qwen": variant(
            b, normalizer=n.NFC(),
            pre_tokenizer={"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": QWEN}, "behavior": "Isolated",
                 "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
                 "use_regex": False}]}),
        "bytes-without-words": variant(b, normalizer=n.ByteLevel(), pre_tokenizer=None),
        "byte-fallback": variant(c),
        "fused-unknown": variant(c, model={"byte_fallback": False}),
        "single-unknown": variant(
            c, model={"byte_fallback": False, "fuse_unk": False}, normalizer=n.NFKC(),
            pre_tokenizer=p.Metaspace(prepend_scheme="first")),
        "left-out": variant(c, model={"byte_fallback": False, "unk_token": None}),
        "unigram": variant(u, thorough=True),
        "unigram-first": variant(
            u, pre_tokenizer=p.Metaspace(prepend_scheme="first"),
            normalizer={"type": "Sequence", "normalizers": [
                unigram["normalizer"],
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}),
        "unigram-whole": variant(
            u, normalizer=n.Sequence([n.Nmt(), n.NFKC(), n.Strip(left=True, right=False)]),
            pre_tokenizer=p.Metaspace(split=False), model={"byte_fallback": True}),
        "unigram-never": variant(
            u, normalizer=n.NFD(), pre_tokenizer=p.Metaspace(prepend_scheme="never"),
            decoder=decoders.Metaspace(prepend_scheme="never")),
    }


def main(data):
    OUTPUT.mkdir(exist_ok=True, parents=True)
    texts = multilingual_texts(data)[::4]
    bases = word_piece(texts), byte_level(texts), unigram(texts)
    char_pairs(texts)
    affixes(texts)
    text = json.dumps(variants(*bases), ensure_ascii=False, indent=1)
    (OUTPUT / "variants.json").write_text(text + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
