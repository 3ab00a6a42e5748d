"""Compares models on disk with the Python reference, both ways, for each architecture.

A folder saved by Sparrow must load in sentence-transformers and give the same embeddings or scores, and
the other way round, before and after a few steps of training in either. Needs the peer environment
(make peers), the demo models (make setup-minilm) and a built sparrow (make build).

usage: interop.py [--data FOLDER] [--count N] [--sparrow PROGRAM] [ARCHITECTURE …]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 2e-5
PAIR_COUNT = 32
BATCH_SIZE = 8


def splade(modules, activation="relu"):
    transformer = modules.Transformer(
        str(ROOT / ".models/splade-tiny"), transformer_task="fill-mask")
    return [transformer, modules.SpladePooling("max", activation_function=activation)]


def inference_free(modules):
    documents = splade(modules, activation="log1p_relu")
    queries = [modules.SparseStaticEmbedding(tokenizer=documents[0].tokenizer, frozen=False)]
    return [modules.Router.for_query_document(query_modules=queries, document_modules=documents)]


def csr(modules):
    transformer = modules.Transformer(str(ROOT / ".models/all-MiniLM-L6-v2"))
    width = transformer.get_embedding_dimension()
    return [
        transformer, modules.Pooling(width), modules.Normalize(),
        modules.SparseAutoEncoder(input_dim=width, hidden_dim=4 * width, k=32)]


ARCHITECTURES = {"splade": splade, "inference-free": inference_free, "csr": csr}
# What `sparrow train` and the reference's trainer need beside model, data and loss.
ROUTES = {"inference-free": {"query": "query", "document": "document"}}
SPLADE_LOSS = {
    "name": "SpladeLoss", "loss": {"name": "SparseMultipleNegativesRankingLoss"},
    "document_regularizer_weight": 3e-5}
LOSSES = {"splade": SPLADE_LOSS, "inference-free": SPLADE_LOSS, "csr": {"name": "CSRLoss"},
          "cross-encoder": {"name": "BinaryCrossEntropyLoss"}}


def reference_model(architecture):
    """A fresh model of an architecture."""
    from types import SimpleNamespace

    from sentence_transformers import SparseEncoder
    from sentence_transformers.base.modules import Normalize, Router, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from sentence_transformers.sparse_encoder.modules import (
        SparseAutoEncoder, SparseStaticEmbedding, SpladePooling)

    modules = SimpleNamespace(
        Normalize=Normalize, Router=Router, Transformer=Transformer, Pooling=Pooling,
        SparseAutoEncoder=SparseAutoEncoder, SparseStaticEmbedding=SparseStaticEmbedding,
        SpladePooling=SpladePooling)
    return SparseEncoder(
        modules=ARCHITECTURES[architecture](modules), device="cpu", similarity_fn_name="dot")


def documents(folder, count):
    """Title, a space, text of the first documents of a BEIR corpus."""
    texts = []
    with open(folder / "corpus.jsonl", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts.append((row.get("title", ""), row["text"]))
            if len(texts) == count:
                break
    return texts


class Interop:
    """One architecture's comparisons in a temporary folder."""

    def __init__(self, architecture, sparrow, documents, folder):
        self.architecture = architecture
        self.sparrow = sparrow
        self.texts = {
            "document": [f"{title} {text}".strip() for title, text in documents],
            "query": [title or text[:80] for title, text in documents]}
        self.folder = folder
        self.failed = False

    def run(self, *arguments):
        subprocess.run([self.sparrow, *map(str, arguments)], check=True, capture_output=True)

    def run_all(self):
        fresh = self.folder / "reference"
        self.reference_model().save_pretrained(str(fresh), create_model_card=False)
        self.compare("saved by the reference", fresh)
        self.run("convert", "--model", fresh, "--output", self.folder / "sparrow")
        self.compare("saved by Sparrow", self.folder / "sparrow")
        self.compare("trained by Sparrow", self.train_in_sparrow(fresh))
        self.compare("trained by the reference", self.train_in_reference(fresh))

    def reference_model(self):
        return reference_model(self.architecture)

    def compare(self, name, saved):
        """The embeddings of both systems for a folder, queries and documents."""
        from sentence_transformers import SparseEncoder

        model = SparseEncoder(str(saved), device="cpu")
        encode = {"query": model.encode_query, "document": model.encode_document}
        worst = 0.0
        for role, texts in self.texts.items():
            theirs = [
                dict(zip(row.coalesce().indices()[0].tolist(), row.coalesce().values().tolist()))
                for row in encode[role](texts, batch_size=16, convert_to_tensor=False)]
            assert any(theirs), "the reference gave empty vectors"
            worst = max(worst, largest_difference(self.sparrow_embeddings(saved, role), theirs))
        self.tell(name, f"{len(texts)} queries and documents", worst)

    def tell(self, name, what, worst):
        """Says how far the two systems are apart."""
        agrees = worst <= TOLERANCE
        self.failed = self.failed or not agrees
        print(f"{self.architecture}, {name}: {what}, largest difference {worst:.2e}, "
              f"{'within' if agrees else 'ABOVE'} {TOLERANCE:.0e}", flush=True)

    def sparrow_embeddings(self, model, role):
        """What `sparrow encode` makes of the texts, as one dictionary of weights a text."""
        source, target = self.folder / "texts.jsonl", self.folder / "vectors.jsonl"
        with open(source, "w", encoding="utf-8") as lines:
            for index, text in enumerate(self.texts[role]):
                lines.write(json.dumps({"_id": str(index), "text": text}) + "\n")
        self.run("encode", "--model", model, "--role", role, "--input", source, "--output", target)
        rows = [json.loads(line) for line in open(target, encoding="utf-8")]
        assert [row["id"] for row in rows] == [str(index) for index in range(len(rows))]
        return [dict(zip(row["indices"], row["values"])) for row in rows]

    def pairs(self):
        return [
            {"query": query, "document": document}
            for query, document in zip(self.texts["query"], self.texts["document"])][:PAIR_COUNT]

    def train_in_sparrow(self, model):
        data = self.folder / "pairs.jsonl"
        data.write_text("".join(json.dumps(pair) + "\n" for pair in self.pairs()))
        recipe = self.folder / "recipe.json"
        recipe.write_text(json.dumps({
            "model": self.recipe_model(model), "train_dataset": str(data), "loss": LOSSES[self.architecture],
            "router_mapping": ROUTES.get(self.architecture, {}), "save_strategy": "no",
            "output_dir": str(self.folder / "run"), "num_train_epochs": 1,
            "per_device_train_batch_size": BATCH_SIZE, "learning_rate": 1e-4}))
        self.run("train", recipe)
        return self.folder / "run/final"

    def recipe_model(self, model):
        return str(model)

    def train_in_reference(self, model):
        """A few steps without the reference's trainer, which needs further packages."""
        import torch
        from sentence_transformers import SparseEncoder
        from sentence_transformers.sparse_encoder import losses

        encoder = SparseEncoder(str(model), device="cpu").train()
        if self.architecture == "csr":
            loss = losses.CSRLoss(encoder)
        else:
            loss = losses.SpladeLoss(
                encoder, losses.SparseMultipleNegativesRankingLoss(encoder),
                document_regularizer_weight=3e-5)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=1e-4)
        pairs = self.pairs()
        for start in range(0, len(pairs), BATCH_SIZE):
            batch = pairs[start:start + BATCH_SIZE]
            features = [
                encoder.preprocess(
                    [pair[side] for pair in batch],
                    **({"task": side} if self.architecture in ROUTES else {}))
                for side in ("query", "document")]
            optimizer.zero_grad()
            sum(loss(features, None).values()).backward()
            optimizer.step()
        encoder.eval().save_pretrained(
            str(self.folder / "reference-trained"), create_model_card=False)
        return self.folder / "reference-trained"


class CrossEncoderInterop(Interop):
    """The comparisons of a cross-encoder: scores of pairs instead of embeddings."""

    QUERY_COUNT = 5

    def reference_model(self):
        import torch
        from sentence_transformers import CrossEncoder

        torch.manual_seed(1)
        return CrossEncoder(
            str(ROOT / ".models/all-MiniLM-L6-v2"), num_labels=1, max_length=256, device="cpu")

    def compare(self, name, saved):
        """The scores of both systems for the first titles with all documents."""
        from sentence_transformers import CrossEncoder

        model = CrossEncoder(str(saved), device="cpu")
        documents = self.texts["document"]
        worst = 0.0
        for query in self.texts["query"][:self.QUERY_COUNT]:
            theirs = model.predict([(query, document) for document in documents], batch_size=16)
            ours = self.sparrow_scores(saved, query)
            worst = max(worst, max(abs(a - float(b)) for a, b in zip(ours, theirs, strict=True)))
        self.tell(name, f"{self.QUERY_COUNT} queries with {len(documents)} documents each", worst)

    def sparrow_scores(self, model, query):
        """What `sparrow rerank` gives the documents, in their order."""
        source = self.folder / "texts.jsonl"
        with open(source, "w", encoding="utf-8") as lines:
            for index, text in enumerate(self.texts["document"]):
                lines.write(json.dumps({"_id": str(index), "text": text}) + "\n")
        output = subprocess.run(
            [self.sparrow, "rerank", "--model", str(model), "--query", query, "--input",
             str(source), "--json", "--quiet"], check=True, capture_output=True).stdout
        scores = {hit["id"]: hit["score"] for hit in json.loads(output)["hits"]}
        return [scores[str(index)] for index in range(len(self.texts["document"]))]

    def pairs(self):
        """Each query with its document and with the next one's."""
        pairs = super().pairs()
        return [
            {"query": pair["query"], "document": document["document"], "label": label}
            for pair, other in zip(pairs, pairs[1:] + pairs[:1])
            for document, label in [(pair, 1), (other, 0)]]

    def recipe_model(self, model):
        return {"path": str(model), "cross_encoder": True}

    def train_in_reference(self, model):
        import torch
        from sentence_transformers import CrossEncoder
        from sentence_transformers.cross_encoder import losses

        encoder = CrossEncoder(str(model), device="cpu").train()
        loss = losses.BinaryCrossEntropyLoss(encoder)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=1e-4)
        pairs = self.pairs()
        for start in range(0, len(pairs), BATCH_SIZE):
            batch = pairs[start:start + BATCH_SIZE]
            optimizer.zero_grad()
            columns = [[pair[side] for pair in batch] for side in ("query", "document")]
            loss(columns, torch.tensor([pair["label"] for pair in batch])).backward()
            optimizer.step()
        encoder.eval().save_pretrained(
            str(self.folder / "reference-trained"), create_model_card=False)
        return self.folder / "reference-trained"


def largest_difference(left, right):
    """The largest difference of two weights of the same text and term."""
    return max(
        (abs(a.get(term, 0.0) - b.get(term, 0.0))
         for a, b in zip(left, right, strict=True) for term in a.keys() | b.keys()), default=0.0)


def main():
    names = [*ARCHITECTURES, "cross-encoder"]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("architectures", nargs="*", metavar="ARCHITECTURE",
                        help=f"of {', '.join(names)}; all by default")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/scifact")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--sparrow", type=Path, default=ROOT / ".build/release/sparrow")
    options = parser.parse_args()
    if not (options.data / "corpus.jsonl").exists():
        sys.exit(f"error: {options.data} has no corpus.jsonl; give a BEIR folder with --data")
    for name in options.architectures:
        if name not in names:
            parser.error(f"there is no architecture '{name}'; there are {', '.join(names)}")
    import transformers

    transformers.utils.logging.disable_progress_bar()
    texts = documents(options.data, options.count)
    failed = False
    for architecture in options.architectures or names:
        kind = CrossEncoderInterop if architecture == "cross-encoder" else Interop
        with tempfile.TemporaryDirectory() as temporary:
            interop = kind(architecture, options.sparrow, texts, Path(temporary))
            interop.run_all()
            failed = failed or interop.failed
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
