"""Makes an inference-free model: a table of query weights before splade-tiny for documents.

usage: make_inference_free.py FOLDER COLLECTION   (reads .models/splade-tiny)

The table has a weight for every token, as trained tables have; the collection is not read.
"""

import os
import sys

import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Router, Transformer
from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding, SpladePooling


def main():
    folder = sys.argv[1]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    documents = Transformer(
        os.path.join(root, ".models", "splade-tiny"), transformer_task="fill-mask")
    size = len(documents.tokenizer)
    generator = torch.Generator().manual_seed(42)
    queries = SparseStaticEmbedding(
        tokenizer=documents.tokenizer, weight=torch.rand(size, generator=generator) * 8 + 0.5)
    router = Router.for_query_document(
        query_modules=[queries], document_modules=[documents, SpladePooling("max")])
    temporary = folder + ".new"
    SparseEncoder(modules=[router], device="cpu").save_pretrained(
        temporary, create_model_card=False)
    os.rename(temporary, folder)


if __name__ == "__main__":
    main()
