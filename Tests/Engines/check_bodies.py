#!/usr/bin/env python3
"""Validates request bodies against the engines' published descriptions of their interfaces.

    check_bodies.py SPECS BODIES...

SPECS is a folder with qdrant/openapi-*.json, elasticsearch/elasticsearch-*-openapi.json and
opensearch/api-spec/spec/. BODIES are files of lines {"engine", "method", "path", "body"}, which
RequestBodyTests writes. Needs jsonschema, referencing and PyYAML. Exit code 1: a body is not valid.

Qdrant's description is strict. Those of Elasticsearch and OpenSearch have alternatives that overlap
and lack some members that exist, so they are loosened: they catch wrong types and shapes, and
unknown members only where a schema names its members.
"""

import json
import sys
from pathlib import Path

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012


# Documented parameters that the plugin's test mapping leaves at their defaults.
QUANTIZATION = {"quantization_ceiling_ingest", "quantization_ceiling_search"}


def adapted(node, is_lax):
    """A schema of OpenAPI 3.0 as JSON schema; a lax one allows overlapping alternatives."""
    if isinstance(node, list):
        return [adapted(item, is_lax) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: adapted(value, is_lax) for key, value in node.items()}
    if result.pop("nullable", False):
        result = {"anyOf": [result, {"type": "null"}]}
    result.pop("discriminator", None)
    if is_lax:
        if "oneOf" in result:
            result["anyOf"] = result.pop("oneOf") + result.get("anyOf", [])
        result.pop("maxProperties", None)
    return result


class Description:
    """One engine's description, which validates bodies by method and path."""

    def __init__(self, paths, documents, is_lax):
        self.paths = paths
        self.registry = Registry().with_resources(
            (uri, Resource.from_contents(adapted(document, is_lax), DRAFT202012))
            for uri, document in documents.items()
        )

    def problem(self, method, path, body):
        """What is wrong with a body, None when it is valid, "unknown" when nobody describes it."""
        parts = path.split("?")[0].strip("/").split("/")
        for template, reference in self.paths.get(method, {}).items():
            names = template.strip("/").split("/")
            if len(names) == len(parts) and all(
                name.startswith("{") or name == part for name, part in zip(names, parts)
            ):
                validator = jsonschema.Draft202012Validator(
                    {"$ref": reference}, registry=self.registry
                )
                errors = sorted(validator.iter_errors(body), key=lambda error: -len(error.path))
                if not errors:
                    return None
                place = "/".join(str(part) for part in errors[0].path)
                return f"{place}: {errors[0].message[:300]}"
        return "unknown"


def without_sparse_vectors(body, known):
    """A body without mappings of OpenSearch's sparse_vector, which its description lacks.

    Their shape is compared with a mapping that the plugin's own tests use.
    """
    properties = body.get("mappings", {}).get("properties", {})
    for name, mapping in properties.items():
        if mapping.get("type") == "sparse_vector":
            if set(mapping["method"]) != set(known["method"]):
                raise ValueError(f"{name}: {mapping['method']} is not shaped like {known['method']}")
            odd = set(mapping["method"]["parameters"]) - set(known["method"]["parameters"])
            if odd - QUANTIZATION:
                raise ValueError(f"{name}: unknown parameters {odd}")
            properties = dict(properties, **{name: {"type": "rank_features"}})
            body = dict(body, mappings=dict(body["mappings"], properties=properties))
    return body


def pointer(*parts):
    """A JSON pointer."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def single_file(path, uri, is_lax):
    """A description that is one JSON file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    paths = {}
    for template, methods in document["paths"].items():
        for method, operation in methods.items():
            if not isinstance(operation, dict) or "requestBody" not in operation:
                continue
            steps = ["paths", template, method, "requestBody"]
            body = operation["requestBody"]
            if "$ref" in body:
                steps = ["components", "requestBodies", body["$ref"].split("/")[-1]]
                body = document["components"]["requestBodies"][steps[-1]]
            kinds = body["content"]
            kind = "application/json" if "application/json" in kinds else next(iter(kinds))
            reference = f"{uri}#{pointer(*steps, 'content', kind, 'schema')}"
            paths.setdefault(method.upper(), {})[template] = reference
    return Description(order(paths), {uri: document}, is_lax)


def many_files(folder):
    """OpenSearch's description, a folder of YAML files that refer to each other."""
    documents, paths = {}, {}
    base = "http://opensearch/"
    for path in sorted(folder.rglob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        uri = base + str(path.relative_to(folder))
        documents[uri] = document
        for template, methods in document.get("paths", {}).items():
            for method, operation in methods.items():
                body = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
                if "$ref" not in body:
                    continue
                reference = body["$ref"].split("#")[1] + pointer("content")
                kinds = document["components"]["requestBodies"][reference.split("/")[3]]["content"]
                kind = next(iter(kinds))
                target = f"{uri}#{reference}{pointer(kind, 'schema')}"
                paths.setdefault(method.upper(), {})[template] = target
    return Description(order(paths), documents, is_lax=True)


def order(paths):
    """Paths with fixed names before those with placeholders in the same place."""
    return {method: dict(sorted(of.items(), key=lambda item: item[0].replace("{", "~")))
            for method, of in paths.items()}


def main():
    """Validates all bodies and prints one line for each engine and path."""
    specs = Path(sys.argv[1])
    descriptions = {
        "qdrant": single_file(next((specs / "qdrant").glob("openapi-*.json")), "urn:qdrant", False),
        "elasticsearch": single_file(
            next((specs / "elasticsearch").glob("*-openapi.json")), "urn:elastic", True),
        "opensearch": many_files(specs / "opensearch/api-spec/spec"),
    }
    mapping = json.loads((specs / "opensearch/tests/SparseAnnIndexMappings.json").read_text())
    sparse = mapping["mappings"]["properties"]["sparse_embedding"]
    failures = unknown = valid = 0
    for name in sys.argv[2:]:
        for line in Path(name).read_text(encoding="utf-8").splitlines():
            sent = json.loads(line)
            engine = sent["engine"].split("-")[0]
            body = sent["body"]
            if engine == "opensearch":
                body = without_sparse_vectors(body, sparse)
            problem = descriptions[engine].problem(sent["method"], sent["path"], body)
            if problem is None:
                valid += 1
            elif problem == "unknown":
                unknown += 1
                print(f"not described: {sent['engine']} {sent['method']} {sent['path']}")
            else:
                failures += 1
                print(f"INVALID: {sent['engine']} {sent['method']} {sent['path']}: {problem}\n"
                      f"  {json.dumps(sent['body'])[:600]}")
    print(f"{valid} bodies are valid, {failures} are not, {unknown} are not described.")
    return 1 if failures or not valid else 0


if __name__ == "__main__":
    sys.exit(main())
