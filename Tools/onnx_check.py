"""Compares exported ONNX models with the reference, for Tests/SparrowExportTests.

    python Tools/onnx_check.py make SPLADE_FOLDER OUTPUT_FOLDER
    python Tools/onnx_check.py compare MODEL_FOLDER ONNX_FILE [MODEL_FOLDER ONNX_FILE ...]
    python Tools/onnx_check.py golden FIXTURE_FOLDER ONNX_FILE [FIXTURE_FOLDER ONNX_FILE ...]

`make` saves small models with random weights (seed 0) over the tokenizer of SPLADE_FOLDER: a SPLADE
model of each family, an inference-free model, a CSR model, a cross-encoder and a dense encoder with every
way of pooling. `compare` prints the largest difference of each file from what Sentence
Transformers gives for some texts, padded together. `golden` does the same for folders of
Tests/Fixtures/families, whose expected numbers need no torch. Both check files with onnx.checker first.
Needs
Tools/requirements-onnx.txt beside Tools/requirements.txt.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

TEXTS = [
    "", "wireless router", "The quick brown fox jumps over the lazy dog.",
    "Crème brûlée, naïve façade; Größe 42 & co.", "statins lower the risk of heart attacks " * 30,
    "日本語の文 with some English"]
PAIRS = [(TEXTS[1], text) for text in TEXTS] + [(TEXTS[2], TEXTS[3])]


class ONNXModel:
    """A model file, checked, in a session that uses few threads."""

    def __init__(self, file, threads=0):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"])
        self.output = self.session.get_outputs()[0].name
        self.length = int(self.session.get_modelmeta().custom_metadata_map["maximum_length"])

    def run(self, ids, mask, types):
        values = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        names = [entry.name for entry in self.session.get_inputs()]
        return self.session.run(
            [self.output], {name: np.asarray(values[name], np.int64) for name in names})[0]


class TextModel(ONNXModel):
    """A model file and the tokenizer of a folder."""

    def __init__(self, folder, file, threads=0):
        from tokenizers import Tokenizer

        super().__init__(file, threads)
        found = sorted(pathlib.Path(folder).rglob("tokenizer.json"), key=lambda p: "query" in str(p))
        self.tokenizer = Tokenizer.from_file(str(found[0]))
        self.tokenizer.enable_padding()

    def encode(self, texts, length=None):
        self.tokenizer.enable_truncation(length or self.length)
        encodings = self.tokenizer.encode_batch(texts)
        return self.run(
            [e.ids for e in encodings], [e.attention_mask for e in encodings],
            [e.type_ids for e in encodings])


def make(source, output):
    import torch
    from sentence_transformers import CrossEncoder, SentenceTransformer, SparseEncoder
    from sentence_transformers.models import Dense, Normalize, Pooling, Router, Transformer
    from sentence_transformers.sparse_encoder.models import (
        MLMTransformer, SparseAutoEncoder, SparseStaticEmbedding, SpladePooling)
    from transformers import (
        AutoConfig, AutoModel, AutoModelForMaskedLM, AutoModelForSequenceClassification,
        AutoTokenizer)

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(source)
    common = {
        "vocab_size": len(tokenizer), "hidden_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 4, "intermediate_size": 64, "initializer_range": 0.3,
        "pad_token_id": 0}
    families = {
        "bert": common,
        "distilbert": {
            "vocab_size": len(tokenizer), "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64,
            "initializer_range": 0.3},
        "roberta": {**common, "type_vocab_size": 1, "max_position_embeddings": 514},
        "xlm-roberta": {**common, "type_vocab_size": 1, "max_position_embeddings": 514},
        "mpnet": {**common, "max_position_embeddings": 514},
        "modernbert": {
            **common, "num_hidden_layers": 3, "max_position_embeddings": 512,
            "local_attention": 32, "global_attn_every_n_layers": 2, "bos_token_id": 101,
            "eos_token_id": 102, "cls_token_id": 101, "sep_token_id": 102}}

    def plain(family, auto, suffix, **settings):
        folder = output / "plain" / (family + suffix)
        config = AutoConfig.for_model(family, **families[family], **settings)
        auto.from_config(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return str(folder)

    def save(name, encoder):
        with torch.no_grad():
            for parameter in encoder[-1].parameters():
                parameter.normal_()
        encoder.save_pretrained(str(output / name))

    masked = {family: plain(family, AutoModelForMaskedLM, "-masked") for family in families}
    poolings = {
        "bert": SpladePooling("sum"),
        "distilbert": SpladePooling("max", activation_function="log1p_relu")}
    for family, folder in masked.items():
        pooling = poolings.get(family, SpladePooling("max"))
        save(family, SparseEncoder(modules=[MLMTransformer(folder), pooling]))
    classifier = plain("bert", AutoModelForSequenceClassification, "-classifier", num_labels=2)
    CrossEncoder(classifier, max_length=512).save_pretrained(str(output / "pairs"))
    dense = plain("bert", AutoModel, "-dense")
    save("inference-free", SparseEncoder(modules=[Router.for_query_document(
        query_modules=[SparseStaticEmbedding(tokenizer=tokenizer)],
        document_modules=[MLMTransformer(masked["bert"]), SpladePooling("max")])]))
    save("csr", SparseEncoder(modules=[
        Transformer(dense), Pooling(32, pooling_mode="mean"), Normalize(),
        SparseAutoEncoder(32, hidden_dim=128, k=16, k_aux=16)]))
    modes = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]
    save("dense", SentenceTransformer(modules=[
        Transformer(dense), Pooling(32, pooling_mode=modes), Dense(32 * len(modes), 24),
        Normalize()]))


def difference(found, expected):
    expected = np.asarray(expected, dtype=np.float32)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    return {
        "difference": float(np.abs(found - expected).max()),
        "largest": float(np.abs(expected).max()), "active": int((expected > 0).sum())}


def compare(folder, file):
    import torch
    from sentence_transformers import CrossEncoder, SentenceTransformer, SparseEncoder

    onnx.checker.check_model(str(file), full_check=True)
    model = TextModel(folder, file)
    settings = {"batch_size": 4, "show_progress_bar": False}
    if model.output == "logits":
        scorer = CrossEncoder(str(folder), device="cpu")
        expected = scorer.predict(PAIRS, activation_fn=torch.nn.Identity(), **settings)
        return difference(model.encode(PAIRS), np.reshape(expected, (len(PAIRS), -1)))
    if model.output == "sentence_embedding":
        encoder = SentenceTransformer(str(folder), device="cpu")
        return difference(model.encode(TEXTS), encoder.encode(TEXTS, **settings))
    encoder = SparseEncoder(str(folder), device="cpu")
    return difference(
        model.encode(TEXTS),
        encoder.encode_document(TEXTS, convert_to_sparse_tensor=False, **settings))


def golden(folder, file):
    from safetensors.numpy import load_file

    onnx.checker.check_model(str(file), full_check=True)
    model = ONNXModel(file)
    expected = load_file(folder / "expected.safetensors")
    lengths = expected["lengths"]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    shape = (len(lengths), max(lengths))
    padding = json.loads((folder / "config.json").read_text())["pad_token_id"]
    ids, types = np.full(shape, padding), np.zeros(shape)
    mask = np.arange(shape[1])[None] < lengths[:, None]
    ids[mask], types[mask] = expected["ids"], expected["types"]

    def texts(values):
        return [values[start:start + length] for start, length in zip(starts, lengths)]

    found = model.run(ids, mask, types)
    if model.output == "logits":
        numbers = expected["logits"]
    elif model.output == "sentence_embedding":
        numbers = np.stack([states.mean(0) for states in texts(expected["hidden"])])
    else:
        numbers = np.log1p(np.maximum(
            [logits.max(0) for logits in texts(expected["logits"])], 0))
    return difference(found, numbers)


if __name__ == "__main__":
    action, *paths = sys.argv[1:]
    paths = [pathlib.Path(path) for path in paths]
    if action == "make":
        make(*paths)
    else:
        check = {"compare": compare, "golden": golden}[action]
        print(json.dumps([check(*pair) for pair in zip(paths[::2], paths[1::2])]))
