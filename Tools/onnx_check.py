"""Compares exported ONNX models with the reference, for Tests/SparrowExportTests.

    python Tools/onnx_check.py make SPLADE_FOLDER OUTPUT_FOLDER
    python Tools/onnx_check.py compare MODEL_FOLDER ONNX_FILE
    python Tools/onnx_check.py quality MODEL_FOLDER COLLECTION_FOLDER ONNX_FILE...

`make` saves small models with random weights (seed 0) over the tokenizer of SPLADE_FOLDER: a SPLADE
model over BERT and one over DistilBERT, an inference-free model and a CSR model. `compare` prints the
largest difference of a weight over some texts, and checks the model with onnx.checker. `quality`
prints nDCG@10 of each file on the test queries of a collection. Needs Tools/requirements-onnx.txt
beside Tools/requirements.txt.
"""

import collections
import json
import math
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

TEXTS = [
    "", "wireless router", "The quick brown fox jumps over the lazy dog.",
    "Crème brûlée, naïve façade; Größe 42 & co.", "statins lower the risk of heart attacks " * 30,
    "日本語の文 with some English"]
BATCH = 16


def make(source, output):
    import torch
    from sentence_transformers import SparseEncoder
    from sentence_transformers.models import Normalize, Pooling, Router, Transformer
    from sentence_transformers.sparse_encoder.models import (
        MLMTransformer, SparseAutoEncoder, SparseStaticEmbedding, SpladePooling)
    from transformers import (
        AutoTokenizer, BertConfig, BertForMaskedLM, BertModel, DistilBertConfig,
        DistilBertForMaskedLM)

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(source)
    bert = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        initializer_range=0.3, type_vocab_size=2)
    distil = DistilBertConfig(
        dim=32, n_layers=2, n_heads=4, hidden_dim=64, initializer_range=0.3)

    def plain(name, model):
        model.save_pretrained(output / "plain" / name)
        tokenizer.save_pretrained(output / "plain" / name)
        return str(output / "plain" / name)

    bert_folder = plain("bert", BertForMaskedLM(bert))
    distil_folder = plain("distilbert", DistilBertForMaskedLM(distil))
    dense_folder = plain("dense", BertModel(bert))
    models = {
        "bert": [MLMTransformer(bert_folder), SpladePooling("sum")],
        "distilbert": [
            MLMTransformer(distil_folder),
            SpladePooling("max", activation_function="log1p_relu")],
        "inference-free": [Router.for_query_document(
            query_modules=[SparseStaticEmbedding(tokenizer=tokenizer)],
            document_modules=[MLMTransformer(bert_folder), SpladePooling("max")])],
        "csr": [
            Transformer(dense_folder), Pooling(32, pooling_mode="mean"), Normalize(),
            SparseAutoEncoder(32, hidden_dim=128, k=16, k_aux=16)],
    }
    for name, modules in models.items():
        encoder = SparseEncoder(modules=modules)
        with torch.no_grad():
            for parameter in encoder[-1].parameters():
                parameter.normal_()
        encoder.save_pretrained(str(output / name))


class ONNXEncoder:
    """A model file and the tokenizer of a folder."""

    def __init__(self, folder, file):
        from tokenizers import Tokenizer

        found = sorted(pathlib.Path(folder).rglob("tokenizer.json"), key=lambda p: "query" in str(p))
        self.tokenizer = Tokenizer.from_file(str(found[0]))
        self.session = onnxruntime.InferenceSession(
            str(file), providers=["CPUExecutionProvider"])
        self.length = int(
            self.session.get_modelmeta().custom_metadata_map["maximum_length"])

    def encode(self, texts, length=None):
        self.tokenizer.enable_truncation(length or self.length)
        self.tokenizer.enable_padding()
        encodings = self.tokenizer.encode_batch(texts)
        return self.session.run(["sparse_embedding"], {
            "input_ids": np.array([e.ids for e in encodings], np.int64),
            "attention_mask": np.array([e.attention_mask for e in encodings], np.int64)})[0]


def compare(folder, file):
    from sentence_transformers import SparseEncoder

    onnx.checker.check_model(str(file), full_check=True)
    encoder = SparseEncoder(str(folder), device="cpu")
    expected = encoder.encode_document(
        TEXTS, convert_to_sparse_tensor=False, batch_size=4, show_progress_bar=False)
    found = ONNXEncoder(folder, file).encode(TEXTS)
    expected = np.asarray(expected, dtype=np.float32)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    print(json.dumps({
        "difference": float(np.abs(found - expected).max()),
        "largest": float(expected.max()), "active": int((expected > 0).sum())}))


def records(file):
    return [json.loads(line) for line in open(file, encoding="utf-8")]


def quality(folder, collection, files):
    documents = records(collection / "corpus.jsonl")
    judgments = collections.defaultdict(dict)
    for line in list(open(collection / "qrels" / "test.tsv"))[1:]:
        query, document, grade = line.split("\t")
        judgments[query][document] = int(grade)
    queries = [q for q in records(collection / "queries.jsonl") if q["_id"] in judgments]
    from scipy.sparse import csr_array, vstack

    for file in files:
        encoder = ONNXEncoder(folder, file)

        def encoded(texts):
            order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
            rows = [None] * len(texts)
            for i in range(0, len(order), BATCH):
                part = order[i:i + BATCH]
                weights = encoder.encode([texts[j] for j in part], 256)
                for j, row in zip(part, weights):
                    rows[j] = csr_array(row[None])
            return vstack(rows).tocsr()

        table = encoded([f"{d.get('title', '')} {d['text']}".strip() for d in documents])
        scores = (encoded([q["text"] for q in queries]) @ table.T).toarray()
        total = 0.0
        for query, row in zip(queries, scores):
            grades = judgments[query["_id"]]
            best = sorted(range(len(row)), key=lambda i: (-row[i], documents[i]["_id"]))[:10]
            gain = sum(
                grades.get(documents[i]["_id"], 0) / math.log2(rank + 2)
                for rank, i in enumerate(best))
            ideal = sum(
                grade / math.log2(rank + 2)
                for rank, grade in enumerate(sorted(grades.values(), reverse=True)[:10]))
            total += gain / ideal
        print(json.dumps({
            "file": str(file), "bytes": pathlib.Path(file).stat().st_size,
            "ndcg@10": round(total / len(queries), 4)}), flush=True)


if __name__ == "__main__":
    action, *paths = sys.argv[1:]
    paths = [pathlib.Path(path) for path in paths]
    if action == "make":
        make(str(paths[0]), paths[1])
    elif action == "compare":
        compare(*paths)
    else:
        quality(paths[0], paths[1], paths[2:])
