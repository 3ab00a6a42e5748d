"""Writes Tests/Fixtures/families: small random models of each encoder family, and what they give.

    python Tools/make_family_fixtures.py

Needs the packages named in Tools/requirements.txt. For each family there is a folder with a masked-LM
model and one with a cross-encoder, each as transformers saves it, and expected.safetensors beside it:
token ids, hidden states, logits and the gradients of one weighted sum of logits, computed in float64
from each text alone and rounded to float32.
"""

import hashlib
import json
import pathlib
import shutil

import numpy
import torch
import transformers
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "Tests" / "Fixtures" / "families"
SEED = 20
VOCABULARY = 48
LENGTHS = [1, 2, 5, 33, 140]
PADDING = 1

COMMON = {
    "vocab_size": VOCABULARY, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
    "intermediate_size": 24, "pad_token_id": PADDING, "num_labels": 1}
FAMILIES = {
    "bert": {**COMMON, "max_position_embeddings": 140, "pad_token_id": 0},
    "roberta": {
        **COMMON, "max_position_embeddings": 142, "type_vocab_size": 1, "layer_norm_eps": 1e-5},
    "xlm-roberta": {
        **COMMON, "max_position_embeddings": 142, "type_vocab_size": 1, "layer_norm_eps": 1e-5},
    "distilbert": {
        "vocab_size": VOCABULARY, "dim": 16, "n_layers": 2, "n_heads": 4, "hidden_dim": 24,
        "max_position_embeddings": 140, "pad_token_id": 0, "num_labels": 3},
    "mpnet": {**COMMON, "max_position_embeddings": 142, "layer_norm_eps": 1e-5},
    "modernbert": {
        **COMMON, "num_hidden_layers": 3, "max_position_embeddings": 140, "local_attention": 12,
        "global_attn_every_n_layers": 2, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
        "cls_token_id": 2, "sep_token_id": 3, "classifier_pooling": "mean"},
}


def randomize(model, generator):
    """Gives every parameter a size at which it matters."""
    for name, parameter in model.named_parameters():
        values = torch.tensor(generator.standard_normal(parameter.shape), dtype=torch.float64)
        is_norm = "norm" in name.lower()
        if parameter.dim() == 1:
            values = values * 0.2 + (1.0 if is_norm and name.endswith("weight") else 0.0)
        elif "embeddings" not in name and "relative" not in name:
            values = values / parameter.shape[-1] ** 0.5
        parameter.data.copy_(values)
    # What is saved is what is computed with.
    model.float().double()


def batch(generator, with_padding_token):
    """Texts of all lengths, padded; one may have the padding token in its midst."""
    rows = len(LENGTHS)
    ids = torch.full((rows, max(LENGTHS)), PADDING)
    types = torch.zeros_like(ids)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.tensor(generator.integers(2, VOCABULARY, length))
        types[row, length // 2:length] = 1
        mask[row, :length] = 1
    if with_padding_token:
        ids[3, 7] = PADDING
    return ids, types, mask


def run(model, family, ids, types, mask):
    inputs = {"input_ids": ids, "attention_mask": mask, "output_hidden_states": True}
    if family == "bert":
        inputs["token_type_ids"] = types
    return model(**inputs)


def packed(values, mask):
    """The rows of real tokens, one after another."""
    return values[mask.bool()]


def write(folder, model, tensors):
    folder.mkdir(parents=True)
    model.float().save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tensors = {
        name: (value.float() if value.is_floating_point() else value.int()).contiguous()
        for name, value in tensors.items()}
    save_file(tensors, folder / "expected.safetensors")


def run_apart(model, family, ids, types, mask):
    """The outputs of each text run alone."""
    return [
        run(model, family, *(part[row:row + 1, :length] for part in (ids, types, mask)))
        for row, length in enumerate(LENGTHS)]


def check_padding(model, family, ids, types, mask, logits):
    """A padded batch must give what the texts give alone, or the fixture would be of no use.

    ModernBERT's padded form gives NaN for padding out of reach of any token, and is left out.
    """
    if family != "modernbert":
        padded = packed(run(model, family, ids, types, mask).logits, mask)
        assert (padded - logits).abs().max() < 1e-12, family


def gradients(model):
    """The gradient of each parameter, a tied output layer under the name of the word table."""
    tables = {
        parameter: name for name, parameter in model.named_parameters(remove_duplicate=False)
        if "embeddings" in name}
    for name, parameter in model.named_parameters():
        yield "gradient." + tables.get(parameter, name), parameter.grad


def make_masked(family, settings, generator):
    config = transformers.AutoConfig.for_model(family, **settings)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForMaskedLM.from_config(config).double().eval()
    randomize(model, generator)
    ids, types, mask = batch(generator, with_padding_token=False)
    outputs = run_apart(model, family, ids, types, mask)
    logits = torch.cat([output.logits[0] for output in outputs])
    states = torch.cat([output.hidden_states[-1][0] for output in outputs])
    check_padding(model, family, ids, types, mask, logits)
    rows, columns = logits.shape
    weights = (torch.arange(rows)[:, None] * 7 + torch.arange(columns)[None, :] * 3) % 11 - 5
    (logits * weights).sum().mul(1 / 64).backward()
    tensors = {
        "ids": packed(ids, mask), "types": packed(types, mask), "lengths": mask.sum(1),
        "hidden": states, "logits": logits, **dict(gradients(model))}
    ids, types, mask = batch(generator, with_padding_token=True)
    tensors["padding_token.ids"] = packed(ids, mask)
    tensors["padding_token.types"] = packed(types, mask)
    with torch.no_grad():
        outputs = run_apart(model, family, ids, types, mask)
    tensors["padding_token.logits"] = torch.cat([output.logits[0] for output in outputs])
    write(OUTPUT / family, model, tensors)


def make_classifier(family, settings, generator):
    config = transformers.AutoConfig.for_model(family, **settings)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForSequenceClassification.from_config(config).double().eval()
    randomize(model, generator)
    ids, types, mask = batch(generator, with_padding_token=False)
    logits = torch.cat([output.logits for output in run_apart(model, family, ids, types, mask)])
    rows, columns = logits.shape
    weights = (torch.arange(rows)[:, None] * 7 + torch.arange(columns)[None, :] * 3) % 11 - 5
    (logits * weights).sum().backward()
    tensors = {
        "ids": packed(ids, mask), "types": packed(types, mask), "lengths": mask.sum(1),
        "logits": logits, **dict(gradients(model))}
    write(OUTPUT / (family + "-classifier"), model, tensors)


def main():
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    for number, (family, settings) in enumerate(FAMILIES.items()):
        make_masked(family, settings, numpy.random.default_rng([SEED, number, 0]))
        make_classifier(family, settings, numpy.random.default_rng([SEED, number, 1]))
    files = sorted(path for path in OUTPUT.rglob("*") if path.is_file())
    manifest = {
        "generator": "Tools/make_family_fixtures.py",
        "seed": SEED,
        "versions": {"transformers": transformers.__version__, "torch": "2.15.0"},
        "files": [
            {
                "file": str(path.relative_to(OUTPUT)),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for path in files]}
    (OUTPUT / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files)} bytes")


if __name__ == "__main__":
    main()
