"""The reference's side of the benchmarks: sentence-transformers doing the same work.

Run by compare.py in a process of its own; prints one JSON object as its last line.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import time


def texts_of(path, count, max_chars=None):
    """Title, a space, text of the first `count` documents of a BEIR corpus."""
    rows = []
    with open(os.path.join(path, "corpus.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            title, text = row.get("title", ""), row["text"]
            rows.append(f"{title} {text}".strip())
            if len(rows) == count:
                break
    return rows


def pairs_of(path, count):
    """The first `count` (query, relevant document) pairs of the train split, file order."""
    corpus, queries, pairs = {}, {}, []
    with open(os.path.join(path, "corpus.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            corpus[row["_id"]] = f"{row.get('title', '')} {row['text']}".strip()
    with open(os.path.join(path, "queries.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            queries[row["_id"]] = row["text"]
    seen = set()
    with open(os.path.join(path, "qrels", "train.tsv"), encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            query, document, _ = line.split("\t")
            if query in seen or document in seen:
                continue
            seen.update((query, document))
            pairs.append((queries[query], corpus[document]))
            if len(pairs) == count:
                break
    return pairs


def measure(body, rounds, warmups, warm_up=None):
    """The median duration of `body`, after the warm-ups, which are `body` unless given."""
    for _ in range(warmups):
        (warm_up or body)()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["train", "encode", "query", "tokenize"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--collection", required=True)
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warmups", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    if options.work == "tokenize":
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(os.path.join(options.model, "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(options.max_length)
        texts = texts_of(options.collection, options.count)
        seconds = measure(
            lambda: tokenizer.encode_batch_fast(texts), options.rounds, options.warmups)
        amount = len(texts)
    else:
        import torch

        torch.set_num_threads(options.threads)
        from sentence_transformers import SparseEncoder

        dtype = torch.bfloat16 if options.precision == "bf16" else torch.float32
        training = options.work == "train"
        model = SparseEncoder(
            options.model, device="cpu",
            model_kwargs={} if training else {"dtype": dtype})
        model.max_seq_length = options.max_length
        if options.work == "encode":
            texts = texts_of(options.collection, options.count)
            seconds = measure(
                lambda: model.encode_document(texts, batch_size=32), options.rounds,
                options.warmups, lambda: model.encode_document(texts[:16]))
            amount = len(texts)
        elif options.work == "query":
            texts = [" ".join(q.split()[:8]) for q, _ in pairs_of(options.collection, options.count)]
            position = iter(range(10**9))
            seconds = measure(
                lambda: model.encode_query(texts[next(position) % len(texts)]),
                options.rounds, options.warmups)
            amount = 1
        else:
            from sentence_transformers.sparse_encoder import losses

            steps = options.warmups + options.rounds
            pairs = pairs_of(options.collection, steps * options.count)
            batches = iter([
                [pairs[(step * options.count + row) % len(pairs)] for row in range(options.count)]
                for step in range(steps)])
            loss = losses.SpladeLoss(
                model, losses.SparseMultipleNegativesRankingLoss(model),
                query_regularizer_weight=5e-5, document_regularizer_weight=3e-5)
            optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
            model.train()

            def step():
                batch = next(batches)
                features = [model.preprocess([pair[0] for pair in batch]),
                            model.preprocess([pair[1] for pair in batch])]
                with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
                    parts = loss(features, None)
                sum(parts.values()).backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()

            seconds = measure(step, options.rounds, options.warmups)
            amount = 1
    print(json.dumps({
        "seconds": seconds, "amount": amount,
        "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    sys.exit(main())
