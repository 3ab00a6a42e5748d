"""Makes a SPLADE model of the MiniLM-L6 shape: all-MiniLM-L6-v2 with a fresh masked-LM head.

usage: make_minilm_splade.py FOLDER   (reads .models/all-MiniLM-L6-v2)
"""

import os
import sys

import torch
from sentence_transformers import SparseEncoder
from transformers import AutoModelForMaskedLM, AutoTokenizer

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
source = os.path.join(root, ".models", "all-MiniLM-L6-v2")
torch.manual_seed(42)
plain = sys.argv[1] + ".plain"
AutoModelForMaskedLM.from_pretrained(source).save_pretrained(plain)
AutoTokenizer.from_pretrained(source).save_pretrained(plain)
model = SparseEncoder(plain)
model.save_pretrained(sys.argv[1], create_model_card=False)
for name in os.listdir(plain):
    os.remove(os.path.join(plain, name))
os.rmdir(plain)
