"""Writes Tests/Fixtures/training/mining.json: hard negatives mined by the reference.

    python Tools/make_mining_fixtures.py

Needs the packages named in Tools/requirements.txt and Tools/requirements-training.txt. The "encoder"
is a table of vectors, so that the file holds everything that is needed to mine again.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import datasets.arrow_dataset
import numpy as np
import torch
from datasets import Dataset
from sentence_transformers.util import mine_hard_negatives, pairwise_dot_score, dot_score

# Fingerprints pickle all loaded modules, which not every pyarrow survives; nothing here needs them.
datasets.arrow_dataset.generate_fingerprint = lambda dataset: "0"

OUTPUT = Path(__file__).resolve().parent.parent / "Tests" / "Fixtures" / "training" / "mining.json"


class Table:
    """Looks vectors up by text."""

    device = torch.device("cpu")

    def __init__(self, vectors):
        self.vectors = vectors
        self.similarity = dot_score
        self.similarity_pairwise = pairwise_dot_score

    def encode_query(self, texts, **_):
        return np.array([self.vectors[text] for text in texts], dtype=np.float32)

    encode_document = encode_query


def main():
    generator = np.random.default_rng(7)
    queries = [f"query {number}" for number in range(9)]
    documents = [f"document {number}" for number in range(14)]
    extra = [f"extra {number}" for number in range(6)]
    vectors = {}
    for text in queries + documents + extra:
        vector = generator.normal(size=5)
        vectors[text] = (vector / np.linalg.norm(vector)).astype(np.float32)
    # Near their own document, so that margins mean something; the second query has two documents.
    rows = [(query, documents[place]) for place, query in enumerate(queries)]
    rows.append((queries[1], documents[9]))
    for query, document in rows[:9]:
        mixed = vectors[query] + 0.8 * vectors[document]
        vectors[query] = (mixed / np.linalg.norm(mixed)).astype(np.float32)
    dataset = Dataset.from_dict(
        {"question": [row[0] for row in rows], "answer": [row[1] for row in rows]})
    model = Table(vectors)
    cases = []
    for options in [
        {},
        {"num_negatives": 1, "output_scores": True},
        {"num_negatives": 2, "range_min": 2, "output_format": "n-tuple", "output_scores": True},
        {"num_negatives": 2, "absolute_margin": 0.3, "output_format": "n-tuple"},
        {"num_negatives": 2, "relative_margin": 0.2, "range_max": 12},
        {"num_negatives": 4, "max_score": 0.6, "min_score": 0.1, "output_format": "labeled-pair"},
        {"num_negatives": 3, "output_format": "labeled-pair", "output_scores": True},
        {"num_negatives": 3, "relative_margin": 0.5, "output_format": "labeled-list"},
        {"num_negatives": 3, "range_max": 6, "output_format": "labeled-list",
         "output_scores": True},
        {"num_negatives": 3, "corpus": extra, "absolute_margin": 0.1},
    ]:
        mined = mine_hard_negatives(dataset, model, verbose=False, **options)
        cases.append({"options": options, "columns": mined.column_names,
                      "rows": [[row[name] for name in mined.column_names] for row in mined]})
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps({
        "vectors": {text: [float(value) for value in vector] for text, vector in vectors.items()},
        "pairs": rows, "documents": documents, "cases": cases}, indent=1) + "\n")
    packages = ["sentence-transformers", "datasets", "pyarrow", "torch", "numpy"]
    manifest = {
        "generator": "Tools/make_mining_fixtures.py",
        "packages": {name: version(name) for name in packages},
        "files": {OUTPUT.name: {"sha256": hashlib.sha256(OUTPUT.read_bytes()).hexdigest()}}}
    OUTPUT.with_name("MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
