"""Compares models on disk with the Python reference, both ways.

A folder saved by Sparrow must load in sentence-transformers and give the same embeddings, and the
other way round. Needs the peer environment (make peers) and a built sparrow (make build).

usage: interop.py [--data FOLDER] [--count N] [--model FOLDER]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 2e-5


def documents(folder, count):
    """Title, a space, text of the first documents of a BEIR corpus."""
    texts = []
    with open(folder / "corpus.jsonl", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts.append(f"{row.get('title', '')} {row['text']}".strip())
            if len(texts) == count:
                break
    return texts


def sparrow_embeddings(model, texts, folder):
    """What `sparrow encode` makes of the texts, as one dictionary of weights a text."""
    source, target = folder / "texts.jsonl", folder / "vectors.jsonl"
    with open(source, "w", encoding="utf-8") as lines:
        for index, text in enumerate(texts):
            lines.write(json.dumps({"_id": str(index), "text": text}) + "\n")
    subprocess.run(
        [ROOT / ".build/release/sparrow", "encode", "--model", model, "--role", "document",
         "--input", source, "--output", target], check=True)
    rows = [json.loads(line) for line in open(target, encoding="utf-8")]
    assert [row["id"] for row in rows] == [str(index) for index in range(len(texts))]
    return [dict(zip(row["indices"], row["values"])) for row in rows]


def reference_embeddings(model, texts):
    """What sentence-transformers makes of the texts."""
    rows = []
    for embedding in model.encode_document(texts, batch_size=16, convert_to_tensor=False):
        embedding = embedding.coalesce()
        rows.append(dict(zip(embedding.indices()[0].tolist(), embedding.values().tolist())))
    return rows


def largest_difference(left, right):
    """The largest difference of two weights of the same text and term."""
    return max(
        (abs(a.get(term, 0.0) - b.get(term, 0.0))
         for a, b in zip(left, right, strict=True) for term in a.keys() | b.keys()), default=0.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/scifact")
    parser.add_argument("--model", type=Path, default=ROOT / ".models/splade-tiny")
    parser.add_argument("--count", type=int, default=500)
    options = parser.parse_args()
    if not (options.data / "corpus.jsonl").exists():
        sys.exit(f"error: {options.data} has no corpus.jsonl; give a BEIR folder with --data")

    from sentence_transformers import SparseEncoder

    texts = documents(options.data, options.count)
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        ours, theirs = folder / "sparrow", folder / "reference"
        subprocess.run(
            [ROOT / ".build/release/sparrow", "convert", "--model", options.model, "--output",
             ours], check=True)
        SparseEncoder(str(options.model), device="cpu").save_pretrained(
            str(theirs), create_model_card=False)
        for name, saved in [("saved by Sparrow", ours), ("saved by the reference", theirs)]:
            reference = SparseEncoder(str(saved), device="cpu")
            difference = largest_difference(
                sparrow_embeddings(saved, texts, folder), reference_embeddings(reference, texts))
            agrees = difference <= TOLERANCE
            failed = failed or not agrees
            print(f"{name}: {len(texts)} documents, largest difference {difference:.2e}, "
                  f"{'within' if agrees else 'ABOVE'} {TOLERANCE:.0e}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
