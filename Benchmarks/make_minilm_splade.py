"""Makes a SPLADE model of the MiniLM-L6 shape: all-MiniLM-L6-v2 with a fresh masked-LM head.

usage: make_minilm_splade.py FOLDER COLLECTION   (reads .models/all-MiniLM-L6-v2)

A fresh head gives every other term a weight, a trained one about 250 of 30,522. So that encoding does
the work of a trained model, the head's bias is lowered until the collection's first documents have 250
positive terms at the median. The model finds nothing; it only takes the time of one that does.
"""

import os
import shutil
import sys

import torch
from sentence_transformers import SparseEncoder
from transformers import AutoModelForMaskedLM, AutoTokenizer

from reference import texts_of

ACTIVE_TERMS = 250


def main():
    folder, collection = sys.argv[1:]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    source = os.path.join(root, ".models", "all-MiniLM-L6-v2")
    torch.manual_seed(42)
    plain, temporary = folder + ".plain", folder + ".new"
    masked = AutoModelForMaskedLM.from_pretrained(source)
    tokenizer = AutoTokenizer.from_pretrained(source)
    bias = masked.cls.predictions.decoder.bias
    with torch.no_grad():
        lowered = []
        for text in texts_of(collection, 32):
            inputs = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
            largest = masked(**inputs).logits[0].amax(0)
            lowered.append(largest.topk(ACTIVE_TERMS).values[-1])
        bias -= torch.stack(lowered).median()
    masked.save_pretrained(plain)
    tokenizer.save_pretrained(plain)
    SparseEncoder(plain).save_pretrained(temporary, create_model_card=False)
    shutil.rmtree(plain)
    os.rename(temporary, folder)


if __name__ == "__main__":
    main()
