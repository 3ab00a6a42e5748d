"""What a model's ONNX exports weigh, how fast they are and how well they rank, beside Sparrow itself.

    python Tools/onnx_quality.py MODEL_FOLDER COLLECTION_FOLDER [DOCUMENT_COUNT]

Exports the model with .build/release/sparrow in both number formats, encodes the documents and test
queries of a collection in BEIR's layout, cut at 256 tokens, and compares every query with every
document. With a DOCUMENT_COUNT only the judged documents and so many others are taken. Speed is in
documents for each second of processor time, on one thread, so that other work on the machine matters
little; Sparrow's includes starting the program, and writing the vectors as JSON. Needs
Tools/requirements-onnx.txt beside Tools/requirements.txt.
"""

import collections
import json
import math
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
from onnx_check import TextModel
from scipy.sparse import csr_array, vstack

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPARROW = os.environ.get("SPARROW", str(ROOT / ".build" / "release" / "sparrow"))
MAXIMUM_LENGTH = 256
BATCH = 16


def records(file):
    return [json.loads(line) for line in open(file, encoding="utf-8")]


class Collection:
    """Documents, and the queries of the test split with their judgments."""

    def __init__(self, folder, count):
        self.judgments = collections.defaultdict(dict)
        for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
            query, document, grade = line.split("\t")
            self.judgments[query][document] = int(grade)
        judged = {document for grades in self.judgments.values() for document in grades}
        documents = records(folder / "corpus.jsonl")
        documents.sort(key=lambda document: document["_id"] not in judged)
        documents = documents[:len(documents) if count is None else len(judged) + count]
        self.documents = [document["_id"] for document in documents]
        self.texts = [f"{d.get('title', '')} {d['text']}".strip() for d in documents]
        self.queries = [q for q in records(folder / "queries.jsonl") if q["_id"] in self.judgments]

    def quality(self, queries, documents):
        """nDCG@10 of rows of weights; of equal scores the smaller id comes first."""
        total = 0.0
        for query, row in zip(self.queries, (queries @ documents.T).toarray()):
            grades = self.judgments[query["_id"]]
            best = sorted(range(len(row)), key=lambda i: (-row[i], self.documents[i]))[:10]
            gains = [grades.get(self.documents[i], 0) for i in best]
            total += gain(gains) / gain(sorted(grades.values(), reverse=True)[:10])
        return total / len(self.queries)


def gain(grades):
    return sum(grade / math.log2(rank + 2) for rank, grade in enumerate(grades))


def encoded_by_onnx(model, texts):
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    rows = [None] * len(texts)
    for start in range(0, len(order), BATCH):
        part = order[start:start + BATCH]
        weights = model.encode([texts[i] for i in part], MAXIMUM_LENGTH)
        for i, row in zip(part, weights):
            rows[i] = csr_array(row[None])
    return vstack(rows).tocsr()


def encoded_by_sparrow(folder, texts, dimension, scratch):
    lines = "\n".join(json.dumps({"_id": str(i), "text": text}) for i, text in enumerate(texts))
    (scratch / "texts.jsonl").write_text(lines + "\n")
    subprocess.run(
        [SPARROW, "encode", "--model", str(folder), "--threads", "1", "--quiet", "--max-length",
         str(MAXIMUM_LENGTH), "--input", str(scratch / "texts.jsonl"),
         "--output", str(scratch / "vectors.jsonl")], check=True)
    rows = records(scratch / "vectors.jsonl")
    starts = np.cumsum([0] + [len(row["indices"]) for row in rows])
    return csr_array(
        (np.concatenate([row["values"] for row in rows]),
         np.concatenate([row["indices"] for row in rows]).astype(np.int64), starts),
        shape=(len(rows), dimension))


def processor_time():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def report(name, collection, encode, byte_count):
    start = processor_time()
    documents = encode(collection.texts)
    seconds = processor_time() - start
    queries = encode([query["text"] for query in collection.queries])
    print(json.dumps({
        "model": name, "bytes": byte_count,
        "ndcg@10": round(collection.quality(queries, documents), 4),
        "documents per processor second": round(len(collection.texts) / seconds, 1)}), flush=True)
    return documents.shape[1]


def main(folder, collection, count=None):
    collection = Collection(pathlib.Path(collection), None if count is None else int(count))
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for precision in ["float32", "int8"]:
            file = scratch / f"{precision}.onnx"
            subprocess.run(
                [SPARROW, "export", "onnx", "--model", folder, "--precision", precision,
                 "--output", str(file), "--quiet"], check=True, stdout=subprocess.DEVNULL)
            model = TextModel(folder, file, threads=1)
            dimension = report(
                f"ONNX {precision}", collection, lambda texts: encoded_by_onnx(model, texts),
                file.stat().st_size)
        weights = sum(file.stat().st_size for file in pathlib.Path(folder).rglob("*.safetensors"))
        report(
            "Sparrow float32", collection,
            lambda texts: encoded_by_sparrow(folder, texts, dimension, scratch), weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
