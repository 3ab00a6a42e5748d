"""Writes Tests/Fixtures/evaluation: what the reference's evaluators say about a stand-in model.

    python Tools/make_evaluation_fixtures.py

Needs the packages named in Tools/requirements.txt. The stand-in model looks texts up in a table of
random sparse vectors whose weights are multiples of a quarter, so that sums are exact and equal scores
are common.
"""

import hashlib
import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.cross_encoder import evaluation as pair_evaluation
from sentence_transformers.sparse_encoder import evaluation
from sentence_transformers.util import (
    dot_score,
    euclidean_sim,
    manhattan_sim,
    pairwise_cos_sim,
    pairwise_dot_score,
    pairwise_euclidean_sim,
    pairwise_manhattan_sim,
)

OUTPUT = Path(__file__).resolve().parent.parent / "Tests" / "Fixtures" / "evaluation"
DIMENSION = 48
FUNCTIONS = ["cosine", "dot", "euclidean", "manhattan"]
MATRIX = {"dot": dot_score, "euclidean": euclidean_sim, "manhattan": manhattan_sim}


class TableModel:
    """Answers the calls that evaluators make, from a table."""

    similarity_fn_name = "dot"
    similarity = staticmethod(dot_score)
    sparsity = staticmethod(SparseEncoder.sparsity)
    model_card_data = SimpleNamespace(set_evaluation_metrics=lambda *args, **kwargs: None)

    def __init__(self, table):
        self.table = table

    def encode(self, sentences, convert_to_sparse_tensor=True, convert_to_tensor=True, **kwargs):
        dense = torch.tensor(np.stack([self.table[text] for text in sentences]))
        if not convert_to_sparse_tensor:
            return dense
        if not convert_to_tensor:
            return [row.to_sparse() for row in dense]
        return dense.to_sparse()

    encode_query = encode_document = encode


class PairModel:
    """Scores pairs as evaluators ask for it, from a table."""

    num_labels = 1
    model_card_data = SimpleNamespace(set_evaluation_metrics=lambda *args, **kwargs: None)

    def __init__(self, table):
        self.table = table

    def predict(self, pairs, **kwargs):
        return np.array([self.table[f"{query}|{text}"] for query, text in pairs], dtype=np.float32)


def random_vector(random, most):
    vector = np.zeros(DIMENSION, dtype=np.float32)
    active = random.choice(DIMENSION, size=random.integers(0, most + 1), replace=False)
    vector[active] = random.integers(1, 9, size=len(active)) / 4
    return vector


def make_table(random, query_count, document_count):
    """Document n is query n (in turns) with some weights left out and others put in."""
    table = {f"query {n}": random_vector(random, 8) for n in range(query_count)}
    for n in range(document_count):
        kept = random.integers(0, 3, size=DIMENSION) > 0
        noise = random_vector(random, 5)
        table[f"document {n}"] = np.maximum(table[f"query {n % query_count}"] * kept, noise)
    return table


def run(evaluator, model, **arguments):
    with tempfile.TemporaryDirectory() as folder:
        call = (model,) if model else ()
        metrics = evaluator(*call, output_path=folder, epoch=0.5, steps=7)
        files = {
            path.name: path.read_bytes().decode() for path in sorted(Path(folder).iterdir())
        }
    return {
        "args": arguments,
        "primary_metric": evaluator.primary_metric,
        "metrics": {key: float(value) for key, value in metrics.items()},
        "files": files,
    }


def cross_encoder_fixture():
    """What the reference's evaluators of cross-encoders say about a table of scores."""
    random = np.random.default_rng(21)
    texts = [f"document {n}" for n in range(30)]
    samples = []
    for position in range(25):
        chosen = [texts[int(n)] for n in random.permutation(30)[: 8 + position % 7]]
        positive = chosen[: 1 + position % 3]
        # Some relevant documents are not among those found; of some queries none is.
        found = chosen[position % 4 :]
        samples.append({
            "query": f"query {position}", "positive": positive,
            "documents": [found[int(n)] for n in random.permutation(len(found))]})
    lists = [
        {"query": sample["query"], "positive": sample["positive"],
         "negative": [text for text in sample["documents"] if text not in sample["positive"]]}
        for sample in samples]
    # No two documents of a query have the same score: there the reference's order is by chance.
    table = {}
    for sample in samples:
        for place, number in enumerate(random.permutation(30)):
            table[f"{sample['query']}|{texts[place]}"] = float(np.float32((number + 1) / 32))
    model = PairModel(table)
    pairs = [[sample["query"], text] for sample in samples for text in sample["documents"]][:120]
    labels = [int(value) for value in random.integers(0, 2, size=120)]
    scores = [float(value) / 10 for value in random.integers(0, 11, size=120)]
    return {
        "scores": table,
        "samples": samples,
        "lists": lists,
        "pairs": {"queries": [pair[0] for pair in pairs], "documents": [pair[1] for pair in pairs],
                  "labels": labels, "scores": scores},
        "reranking": [
            run(
                pair_evaluation.CrossEncoderRerankingEvaluator(
                    samples if ranked else lists, at_k=at_k, always_rerank_positives=every,
                    name=name),
                model, ranked=ranked, at_k=at_k, always_rerank_positives=every, name=name)
            for ranked, at_k, every, name in [
                (True, 10, True, "first"), (True, 3, False, ""), (False, 10, True, "lists")]
        ],
        "classification": [
            run(
                pair_evaluation.CrossEncoderClassificationEvaluator(pairs, labels, name=name),
                model, name=name)
            for name in ["", "dev"]
        ],
        "correlation": [
            run(
                pair_evaluation.CrossEncoderCorrelationEvaluator(pairs, scores, name="sts"), model,
                name="sts")
        ],
    }


def main():
    random = np.random.default_rng(20)
    table = make_table(random, 60, 200)
    model = TableModel(table)
    queries = [text for text in table if text.startswith("query")]
    documents = [text for text in table if text.startswith("document")]
    result = {
        "vectors": {
            text: {str(index): float(vector[index]) for index in np.flatnonzero(vector)}
            for text, vector in table.items()
        },
        "dimension": DIMENSION,
    }

    def identifier(number):
        return f"d{(number * 37) % 101}"

    def collection(first_query, query_count, first_document, document_count):
        corpus = documents[first_document : first_document + document_count]
        return {
            "queries": {f"q{n}": text for n, text in enumerate(queries[first_query:][:query_count])},
            # Identifiers in another order than the documents; some relevant ones are not there.
            "corpus": {identifier(n): text for n, text in enumerate(corpus)},
            "relevant": {
                f"q{n}": [identifier(n), identifier(n + 60)]
                + [identifier(int(m)) for m in random.integers(0, 101, size=random.integers(0, 5))]
                for n in range(query_count)
            },
        }

    collections = {"NanoSciFact": collection(0, 40, 0, 100), "NanoNQ": collection(40, 20, 100, 80)}
    result["collections"] = collections

    def retrieval(name, functions, **arguments):
        parts = collections[name]
        return evaluation.SparseInformationRetrievalEvaluator(
            queries=parts["queries"],
            corpus=parts["corpus"],
            relevant_docs={query: set(found) for query, found in parts["relevant"].items()},
            name=name,
            score_functions={function: MATRIX[function] for function in functions},
            **arguments,
        )

    functions = ["dot", "euclidean", "manhattan"]
    result["information_retrieval"] = [
        run(retrieval("NanoSciFact", functions), model, collection="NanoSciFact", functions=functions)
    ]

    class Nano(evaluation.SparseNanoBEIREvaluator):
        def _load_dataset(self, dataset_name, **arguments):
            name = self._get_human_readable_name(dataset_name)
            arguments.pop("truncate_dim", None)
            arguments.pop("score_functions", None)
            arguments.pop("main_score_function", None)
            return retrieval(name, ["dot", "euclidean"], **arguments)

    nano = Nano(
        dataset_names=["scifact", "nq"],
        score_functions={name: MATRIX[name] for name in ["dot", "euclidean"]},
    )
    result["nano"] = [run(nano, model, functions=["dot", "euclidean"])]

    first = [queries[n % 60] for n in range(150)]
    second = [documents[n] for n in range(150)]
    pairwise = {
        "cosine": pairwise_cos_sim,
        "dot": pairwise_dot_score,
        "euclidean": pairwise_euclidean_sim,
        "manhattan": pairwise_manhattan_sim,
    }
    assert set(pairwise) == set(FUNCTIONS)
    # Pairs from position 60 on are shifted by one, so that they do not belong together.
    second[60:] = [documents[n + 1] for n in range(60, 150)]
    gold = [float(value) for value in random.integers(0, 6, size=150) / 10 + 0.5]
    gold[60:] = [value - 0.4 for value in gold[60:]]
    labels = [1] * 60 + [int(value) for value in random.integers(0, 2, size=90)]
    shuffled = [documents[int(n)] for n in random.integers(0, 200, size=150)]
    result["pairs"] = {
        "first": first, "second": second, "third": shuffled, "scores": gold, "labels": labels,
    }
    result["embedding_similarity"] = [
        run(
            evaluation.SparseEmbeddingSimilarityEvaluator(
                first, second, gold, similarity_fn_names=FUNCTIONS
            ),
            model,
        )
    ]
    result["binary_classification"] = [
        run(
            evaluation.SparseBinaryClassificationEvaluator(
                first, second, labels, similarity_fn_names=["dot", "euclidean", "manhattan"]
            ),
            model,
        )
    ]
    result["triplet"] = [
        run(
            evaluation.SparseTripletEvaluator(
                first, second, shuffled, similarity_fn_names=FUNCTIONS, margin=0.25
            ),
            model,
        )
    ]
    result["translation"] = [
        run(evaluation.SparseTranslationEvaluator(queries, documents[:60]), model)
    ]
    student = TableModel(
        {text: np.where(vector > 0, vector + np.float32(0.1), 0) for text, vector in table.items()}
    )
    result["mse"] = [
        run(
            evaluation.SparseMSEEvaluator(documents, documents, teacher_model=model),
            student,
            added=0.1,
        )
    ]
    samples = [
        {
            "query": query,
            "positive": [documents[position + 60 * n] for n in range(1 + position % 3)],
            "negative": [documents[int(n)] for n in random.integers(0, 200, size=4 + position % 9)],
        }
        for position, query in enumerate(queries)
    ]
    result["reranking_samples"] = samples
    result["reranking"] = [
        run(
            evaluation.SparseRerankingEvaluator(
                samples, at_k=at_k, similarity_fct=MATRIX[function], use_batched_encoding=batched
            ),
            model,
            at_k=at_k,
            function=function,
            together=batched,
        )
        for at_k, function, batched in [(10, "dot", True), (3, "manhattan", False)]
    ]
    OUTPUT.mkdir(exist_ok=True)
    files = {}
    for name, fixture in [
        ("evaluators.json", result), ("cross_encoder_evaluators.json", cross_encoder_fixture()),
    ]:
        text = json.dumps(fixture, indent=None, separators=(",", ":")) + "\n"
        (OUTPUT / name).write_text(text)
        files[name] = {"sha256": hashlib.sha256(text.encode()).hexdigest()}
    manifest = {
        "generator": "Tools/make_evaluation_fixtures.py",
        "packages": {
            name: version(name) for name in ["sentence-transformers", "torch", "numpy", "scipy"]
        },
        "files": files,
    }
    (OUTPUT / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
