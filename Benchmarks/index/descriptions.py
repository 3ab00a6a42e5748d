#!/usr/bin/env python3
"""Makes vectors of real texts: apt's package descriptions, encoded by a SPLADE model.

    descriptions.py FOLDER --sparrow .build/release/sparrow --model .models/splade-tiny

Writes FOLDER/collection (scripts/demo-data, 20,000 documents), then FOLDER/docs.csr and
FOLDER/queries.csr, the latter of the test queries. What is there already is not made again.
"""

import argparse
import array
import json
import struct
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
MAGIC = b"SPCSR1\0\0"
# With the 1,500 test and development pairs, 20,000 documents.
TRAINING_PAIRS = 18500


def lines(path):
    """The JSON values of a file, one a line."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def test_queries(collection):
    """The queries that the test qrels name, in the order of their file."""
    with (collection / "qrels/test.tsv").open(encoding="utf-8") as file:
        wanted = {line.split("\t")[0] for line in file}
    return [query for query in lines(collection / "queries.jsonl") if query["_id"] in wanted]


def encode(arguments, texts, role, target):
    """Encodes a file of texts and writes the vectors in SPCSR1 format."""
    vectors = target.with_suffix(".jsonl")
    subprocess.run(
        [arguments.sparrow, "encode", "--model", arguments.model, "--role", role, "--input", texts,
         "--output", vectors],
        check=True)
    offsets, indices, values = array.array("Q", [0]), array.array("I"), array.array("f")
    for vector in lines(vectors):
        indices.extend(vector["indices"])
        values.extend(vector["values"])
        offsets.append(len(indices))
    vocabulary = json.loads((Path(arguments.model) / "config.json").read_text())["vocab_size"]
    with target.with_suffix(".new").open("wb") as file:
        file.write(MAGIC + struct.pack("<IIQQ", 1, vocabulary, len(offsets) - 1, len(indices)))
        for part in (offsets, indices, values):
            if sys.byteorder == "big":
                part.byteswap()
            part.tofile(file)
    target.with_suffix(".new").rename(target)
    vectors.unlink()


def main():
    """Reads the command line and makes what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sparrow", required=True)
    parser.add_argument("--model", required=True)
    arguments = parser.parse_args()
    collection = arguments.folder / "collection"
    subprocess.run(
        [sys.executable, SCRIPTS / "demo-data", "--output", collection, "--train",
         str(TRAINING_PAIRS)],
        check=True)
    if not (arguments.folder / "docs.csr").exists():
        encode(arguments, collection / "corpus.jsonl", "document", arguments.folder / "docs.csr")
    if not (arguments.folder / "queries.csr").exists():
        queries = arguments.folder / "test-queries.jsonl"
        queries.write_text("".join(json.dumps(query) + "\n" for query in test_queries(collection)))
        encode(arguments, queries, "query", arguments.folder / "queries.csr")
        queries.unlink()


if __name__ == "__main__":
    main()
