#!/usr/bin/env python3
"""Reads with the engines' own clients what Sparrow wrote, and compares.

    read_back.py FILE [--qdrant URL] [--elasticsearch URL] [--opensearch URL] [--postgresql URI]

FILE and the collections `sparrow_read_back` come from EngineFaultTests. Exit code 1: something differs.
"""

import argparse
import json
import math
import sys


def from_qdrant(url):
    """Documents by identifier: a dictionary of weights and the words of the field topic."""
    from qdrant_client import QdrantClient

    points, _ = QdrantClient(url=url).scroll(
        "sparrow_read_back", limit=1000, with_vectors=True, with_payload=True)
    found = {}
    for point in points:
        vector = point.vector["sparse"]
        identifier = point.payload.get("_id", str(point.id))
        found[identifier] = (dict(zip(vector.indices, vector.values)), point.payload["topic"])
    return found


def from_lucene(client):
    """The same from Elasticsearch or OpenSearch."""
    answer = client.search(index="sparrow_read_back", body={"size": 1000, "query": {"match_all": {}}})
    return {
        hit["_id"]: (
            {int(key): weight for key, weight in hit["_source"]["sparse"].items()},
            hit["_source"]["topic"],
        )
        for hit in answer["hits"]["hits"]
    }


def from_elasticsearch(url):
    """The same from Elasticsearch."""
    from elasticsearch import Elasticsearch

    headers = {
        "accept": "application/vnd.elasticsearch+json; compatible-with=8",
        "content-type": "application/vnd.elasticsearch+json; compatible-with=8",
    }
    return from_lucene(Elasticsearch(url, headers=headers))


def from_opensearch(url):
    """The same from OpenSearch."""
    from opensearchpy import OpenSearch

    return from_lucene(OpenSearch(url))


def from_postgresql(uri):
    """The same from PostgreSQL, whose indices count from 1."""
    import psycopg

    found = {}
    with psycopg.connect(uri) as connection:
        for identifier, vector, topic in connection.execute(
            "select id, sparse::text, topic from sparrow_read_back"
        ):
            entries = vector.split("/")[0].strip("{}").split(",")
            pairs = (entry.split(":") for entry in entries if entry)
            weights = {int(index) - 1: float(weight) for index, weight in pairs}
            found[identifier] = (weights, topic[0] if len(topic) == 1 else topic)
    return found


def main():
    """Reads from every engine that is named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("file")
    readers = {
        "qdrant": from_qdrant, "elasticsearch": from_elasticsearch,
        "opensearch": from_opensearch, "postgresql": from_postgresql,
    }
    for name in readers:
        parser.add_argument(f"--{name}")
    arguments = parser.parse_args()
    with open(arguments.file, encoding="utf-8") as file:
        written = json.load(file)
    problems = 0
    for name, reader in readers.items():
        address = getattr(arguments, name)
        if not address:
            continue
        found = reader(address)
        wrong = [
            document["id"] for document in written
            if document["id"] not in found or not same(document, *found[document["id"]])
        ]
        problems += len(wrong) + abs(len(found) - len(written))
        state = "all as written" if not wrong else f"differ: {wrong[:5]}"
        print(f"{name}: {len(found)} documents read by its own client, {state}")
    return 1 if problems else 0


def same(document, weights, topic):
    """Whether a document's vector and field are what was written."""
    return (
        sorted(weights) == document["indices"]
        and all(
            math.isclose(weights[index], value, rel_tol=1e-6)
            for index, value in zip(document["indices"], document["values"])
        )
        and topic == document["topic"]
    )


if __name__ == "__main__":
    sys.exit(main())
