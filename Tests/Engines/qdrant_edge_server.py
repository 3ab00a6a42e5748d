#!/usr/bin/env python3
"""A small Qdrant REST endpoint for tests, backed by qdrant-edge (Qdrant's own segment, sparse index, filter, IDF and fusion code, as a PyPI wheel).
What is real: parsing by the official pydantic models (qdrant_client.http.models, generated from Qdrant's OpenAPI), storage, scoring, filters, IDF, RRF/DBSF, scroll, payload operations.
What is not: the HTTP layer, error texts, sharding, replication, auth beyond one api-key, gRPC, async `wait=false` timing. Loopback only.
  pip install qdrant-edge-py qdrant-client ; python qdrant_edge_server.py --port 6333 --data DIR [--api-key K] [--fail-every N]   (--fail-every: every Nth write answers 503, to test retries)"""
import argparse, json, os, shutil, struct, threading, time, uuid, gzip
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse, parse_qs, unquote
from pydantic import TypeAdapter, ValidationError
from qdrant_client.http import models as m
import qdrant_edge as E

class Err(Exception):
    def __init__(s, code, msg): s.code, s.msg = code, msg
def bad(msg): return Err(400, "Wrong input: " + msg)
TA = {}
def parse(t, body):
    try: return TA.setdefault(t, TypeAdapter(t)).validate_python(body)
    except ValidationError as e: raise Err(400, "Format error in JSON body: " + "; ".join(".".join(map(str, x["loc"])) + ": " + x["msg"] for x in e.errors()[:3]))

# ---- requests -> qdrant_edge ------------------------------------------------------------------------------------
DT = {"float32": E.VectorStorageDatatype.Float32, "float16": E.VectorStorageDatatype.Float16, "uint8": E.VectorStorageDatatype.Uint8}
DIST = {"Cosine": E.Distance.Cosine, "Euclid": E.Distance.Euclid, "Dot": E.Distance.Dot, "Manhattan": E.Distance.Manhattan}
def check_sparse(v, where):
    if len(v.indices) != len(v.values): raise Err(422, f"Validation error in JSON body: [{where}.values: Validation error: must be the same length as indices [{{}}]]")
    if len(set(v.indices)) != len(v.indices): raise Err(422, f"Validation error in JSON body: [{where}.indices: Validation error: must be unique [{{}}]]")
def check_raw(x, where):
    """sparse-vector rules on the raw JSON, before pydantic, so that all errors of one vector are reported as the server does"""
    if isinstance(x, dict):
        if isinstance(x.get("indices"), list) and isinstance(x.get("values"), list):
            er = []
            if len(x["indices"]) != len(x["values"]): er.append(f"{where}.values: Validation error: must be the same length as indices [{{}}]")
            if len(set(map(str, x["indices"]))) != len(x["indices"]): er.append(f"{where}.indices: Validation error: must be unique [{{}}]")
            if er: raise Err(422, "Validation error in JSON body: [" + "\n".join(sorted(er)) + "]")
        for k, y in x.items(): check_raw(y, f"{where}.{k}" if where else k) if k not in ("vector",) else [check_raw(z, f"{where}.vector.?") for z in (y.values() if isinstance(y, dict) and "indices" not in y else [y])]
    elif isinstance(x, list):
        for i, y in enumerate(x):
            if isinstance(y, (dict, list)): check_raw(y, f"{where}[{i}]")
def vec(v, where="vector"):
    if isinstance(v, m.SparseVector): check_sparse(v, where); return E.SparseVector(indices=list(v.indices), values=[float(x) for x in v.values])
    if isinstance(v, list): return [[float(x) for x in r] for r in v] if v and isinstance(v[0], list) else [float(x) for x in v]
    raise bad(f"{type(v).__name__} needs server-side inference, which this endpoint lacks")
def vecs(v, where="vector"):
    if isinstance(v, dict): return {k: vec(x, f"{where}.?") for k, x in v.items()}
    return vec(v, where)
def pid(x): return int(x) if isinstance(x, int) else str(uuid.UUID(str(x)))
def lst(x): return None if x is None else x if isinstance(x, list) else [x]
def match(x):
    if isinstance(x, m.MatchValue): return E.MatchValue(x.value)
    if isinstance(x, m.MatchAny): return E.MatchAny(x.any)
    if isinstance(x, m.MatchExcept): return E.MatchExcept(x.except_)
    if isinstance(x, m.MatchText): return E.MatchText(x.text)
    for n, f in (("MatchTextAny", "text_any"), ("MatchPhrase", "phrase"), ("MatchPrefix", "prefix"), ("MatchSubstring", "substring")):
        if hasattr(m, n) and isinstance(x, getattr(m, n)): return getattr(E, n)(getattr(x, f))
    raise bad(f"unsupported match {x!r}")
def gp(p): return E.GeoPoint(lon=p.lon, lat=p.lat)
def cond(c):
    if isinstance(c, m.Filter): return flt(c)
    if isinstance(c, m.FieldCondition):
        k = {}
        if c.match is not None: k["match"] = match(c.match)
        if c.range is not None:
            r = c.range; d = {a: getattr(r, a) for a in ("lt", "lte", "gt", "gte")}
            k["range"] = E.RangeDateTime(**{a: (b.isoformat() if b is not None and hasattr(b, "isoformat") else b) for a, b in d.items()}) if isinstance(r, m.DatetimeRange) else E.RangeFloat(**d)
        if c.values_count is not None: k["values_count"] = E.ValuesCount(**{a: getattr(c.values_count, a) for a in ("lt", "lte", "gt", "gte")})
        if c.geo_radius is not None: k["geo_radius"] = E.GeoRadius(gp(c.geo_radius.center), c.geo_radius.radius)
        if c.geo_bounding_box is not None: k["geo_bounding_box"] = E.GeoBoundingBox(gp(c.geo_bounding_box.top_left), gp(c.geo_bounding_box.bottom_right))
        if c.geo_polygon is not None: k["geo_polygon"] = E.GeoPolygon([gp(p) for p in c.geo_polygon.exterior.points], [[gp(p) for p in r.points] for r in c.geo_polygon.interiors] if c.geo_polygon.interiors else None)
        for a in ("is_empty", "is_null"):
            if getattr(c, a, None) is not None: k[a] = getattr(c, a)
        if not k: raise bad("Condition requires one of match, range, ...")
        return E.FieldCondition(c.key, **k)
    if isinstance(c, m.HasIdCondition): return E.HasIdCondition({pid(i) for i in c.has_id})
    if isinstance(c, m.IsEmptyCondition): return E.IsEmptyCondition(c.is_empty.key)
    if isinstance(c, m.IsNullCondition): return E.IsNullCondition(c.is_null.key)
    if isinstance(c, m.HasVectorCondition): return E.HasVectorCondition(c.has_vector)
    if isinstance(c, m.NestedCondition): return E.NestedCondition(c.nested.key, flt(c.nested.filter))
    raise bad(f"unsupported condition {type(c).__name__}")
def flt(f):
    if f is None: return None
    ms = f.min_should and E.MinShould([cond(c) for c in f.min_should.conditions], f.min_should.min_count)
    L = lambda x: None if x is None else [cond(c) for c in lst(x)]
    return E.Filter(must=L(f.must), should=L(f.should), must_not=L(f.must_not), min_should=ms)
def wp(x, default):
    if x is None: return default
    if isinstance(x, m.PayloadSelectorInclude): return E.PayloadSelector.Include(x.include)
    if isinstance(x, m.PayloadSelectorExclude): return E.PayloadSelector.Exclude(x.exclude)
    return x
def params(p):
    if p is None: return None
    k = {}
    if getattr(p, "idf", None) is not None: k["idf"] = E.IdfParams(corpus=flt(getattr(p.idf, "corpus", None)))
    return E.SearchParams(hnsw_ef=p.hnsw_ef, exact=bool(p.exact), indexed_only=bool(p.indexed_only), **k)

class Collection:
    def __init__(s, path, meta=None):
        s.path, s.lock, s.op, s.meta = path, threading.RLock(), 0, meta
        if meta is None: s.meta = json.load(open(os.path.join(path, "meta.json"))); s.shard = E.EdgeShard.load(os.path.join(path, "shard"))
        else:
            os.makedirs(os.path.join(path, "shard")); c = parse(m.CreateCollection, meta); V = c.vectors or {}; V = V if isinstance(V, dict) else {"": V}
            if "" in (c.sparse_vectors or {}): raise Err(422, "Validation error in JSON body: [sparse_vectors: Validation error: Sparse vector name cannot be empty]")
            for n in V:
                if n in (c.sparse_vectors or {}): raise bad(f"Dense and sparse vector names must be unique - duplicate found with '{n}'")
            S = {}
            for n, p in (c.sparse_vectors or {}).items():
                dt = p.index and p.index.datatype; dt = getattr(dt, "value", dt)
                if dt is not None and dt not in DT: raise bad(f"sparse vectors do not support datatype {dt}")
                S[n] = E.EdgeSparseVectorParams(full_scan_threshold=p.index and p.index.full_scan_threshold, on_disk=p.index and p.index.on_disk, datatype=dt and DT[dt], modifier=E.Modifier.Idf if getattr(p.modifier, "value", p.modifier) == "idf" else None)
            D = {}
            for n, p in V.items():
                dt = getattr(p.datatype, "value", p.datatype); D[n] = E.EdgeVectorParams(size=p.size, distance=DIST[getattr(p.distance, "value", p.distance)], datatype=dt and DT.get(dt), multivector_config=E.MultiVectorConfig(E.MultiVectorComparator.MaxSim) if p.multivector_config else None)
            s.shard = E.EdgeShard.create(os.path.join(path, "shard"), E.EdgeConfig(vectors=D or None, sparse_vectors=S or None)); json.dump(meta, open(os.path.join(path, "meta.json"), "w"))
        V = s.meta.get("vectors") or {}; s.dense = {"": V} if "size" in V else V; s.sparse = s.meta.get("sparse_vectors") or {}
    def upd(s, o):
        with s.lock:
            try: s.shard.update(o)
            except Err: raise
            except Exception as e: raise bad(str(e).removeprefix("Wrong input: "))
            s.op += 1; return {"operation_id": s.op, "status": "completed"}
    def patch(s, b):
        sv = b.get("sparse_vectors") or {}
        with s.lock:
            for n, p in sv.items():
                if n not in s.sparse: raise bad(f"Not existing vector name error: {n}")
            meta = json.loads(json.dumps(s.meta))
            for n, p in sv.items(): meta["sparse_vectors"][n] = {**meta["sparse_vectors"][n], **{k: ({**(meta["sparse_vectors"][n].get("index") or {}), **v} if k == "index" else v) for k, v in p.items()}}
            if "metadata" in b: meta["metadata"] = {**(meta.get("metadata") or {}), **b["metadata"]}
            if sv:
                if any((p.get("modifier") or "none") != (s.sparse[n].get("modifier") or "none") for n, p in meta["sparse_vectors"].items()): raise bad("qdrant-edge cannot change a sparse modifier after creation (the server can)")
                s.shard.close(); s.shard = E.EdgeShard.load(os.path.join(s.path, "shard"), E.EdgeConfig(sparse_vectors={n: E.EdgeSparseVectorParams(modifier=E.Modifier.Idf if p.get("modifier") == "idf" else None, on_disk=(p.get("index") or {}).get("on_disk"), full_scan_threshold=(p.get("index") or {}).get("full_scan_threshold"), datatype=DT.get((p.get("index") or {}).get("datatype"))) for n, p in meta["sparse_vectors"].items()}))
            s.meta = meta; s.sparse = meta.get("sparse_vectors") or {}; json.dump(meta, open(os.path.join(s.path, "meta.json"), "w"))
        return True
    def known(s, names):
        for n in names:
            if n not in s.dense and n not in s.sparse: raise bad(f"Not existing vector name error: {n}")
    def info(s):
        i = s.shard.info(); pc = {"shard_number": 1, "replication_factor": 1, "write_consistency_factor": 1, "on_disk_payload": True}
        for k in ("vectors", "sparse_vectors"):
            if s.meta.get(k): pc[k] = s.meta[k]
        sch = {k: {"data_type": str(v.data_type).split(".")[-1].lower(), "points": v.points} for k, v in i.payload_schema.items()}
        r = {"status": "green", "optimizer_status": "ok", "indexed_vectors_count": i.indexed_vectors_count, "points_count": i.points_count, "segments_count": i.segments_count, "payload_schema": sch, "config": {"params": pc,
             "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000, "max_indexing_threads": 0, "on_disk": False}, "optimizer_config": {"deleted_threshold": .2, "vacuum_min_vector_number": 1000, "default_segment_number": 0, "max_segment_size": None, "memmap_threshold": None, "indexing_threshold": 10000, "flush_interval_sec": 5, "max_optimization_threads": None}, "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0}, "quantization_config": None}}
        if s.meta.get("metadata"): r["config"]["metadata"] = s.meta["metadata"]
        return r
    # ---- queries
    def resolve(s, v, using, ex):
        if isinstance(v, (int, str, uuid.UUID)):
            r = s.shard.retrieve([pid(v)], False, True)
            if not r: raise Err(404, f"Not found: No point with id {v} found")
            ex.append(pid(v)); x = r[0].vector; x = x.get(using) if isinstance(x, dict) else x
            if x is None: raise bad(f"No vector {using} for point {v}")
            return x
        x = vec(v, "query")
        if using not in s.sparse and using not in s.dense: raise bad(f"Not existing vector name error: {using}")
        if isinstance(x, E.SparseVector) != (using in s.sparse): raise bad(f"Conversion between sparse and regular vectors failed")
        if using in s.dense and isinstance(x, list) and x and not isinstance(x[0], list) and len(x) != s.dense[using]["size"]: raise bad(f"Vector dimension error: expected dim: {s.dense[using]['size']}, got {len(x)}")
        return x
    def scoring(s, q, using, ex):
        using = using or ""
        if q is None: return None
        if isinstance(q, m.NearestQuery):
            v = s.resolve(q.nearest, using, ex)
            if q.mmr is not None: return E.Mmr(v, lambda_=1.0 - (q.mmr.diversity if q.mmr.diversity is not None else .5), using=using, candidates_limit=q.mmr.candidates_limit or 100)
            return E.Query.Nearest(v, using)
        if isinstance(q, m.FusionQuery): return E.Fusion.Rrf(k=2) if q.fusion == m.Fusion.RRF else E.Fusion.Dbsf()
        if isinstance(q, m.RrfQuery): return E.Fusion.Rrf(k=q.rrf.k if q.rrf.k is not None else 2, weights=q.rrf.weights)
        if isinstance(q, m.OrderByQuery):
            o = q.order_by; o = m.OrderBy(key=o) if isinstance(o, str) else o; return E.OrderBy(o.key, E.Direction.Desc if getattr(o.direction, "value", o.direction) == "desc" else E.Direction.Asc, o.start_from)
        if isinstance(q, m.SampleQuery): return E.Sample.Random
        if isinstance(q, m.RecommendQuery):
            R = q.recommend; P = [s.resolve(x, using, ex) for x in R.positive or []]; N = [s.resolve(x, using, ex) for x in R.negative or []]; st = getattr(R.strategy, "value", R.strategy) or "average_vector"
            if st == "average_vector": 
                if not P or any(not isinstance(x, list) for x in P + N): raise bad("average_vector recommendation needs dense positives")
                a = [sum(c) / len(P) for c in zip(*P)]; b = [sum(c) / len(N) for c in zip(*N)] if N else None; return E.Query.Nearest([x + x - y for x, y in zip(a, b)] if b else a, using)
            return (E.Query.RecommendBestScore if st == "best_score" else E.Query.RecommendSumScores)(E.RecommendQuery(P, N), using)
        if isinstance(q, (list, int, str, uuid.UUID, m.SparseVector)): return E.Query.Nearest(s.resolve(q, using, ex), using)
        raise bad(f"query type {type(q).__name__} is not supported by this endpoint")
    def excl(s, f, ex):
        f = flt(f)
        if not ex: return f
        n = E.HasIdCondition(set(ex)); return E.Filter(must=[f] if f else None, must_not=[n])
    def prefetch(s, p):
        ex = []; q = s.scoring(p.query, p.using, ex); return E.Prefetch(limit=p.limit or 10, query=q, prefetches=[s.prefetch(x) for x in lst(p.prefetch) or []], params=params(p.params), filter=s.excl(p.filter, ex), score_threshold=p.score_threshold)
    def query(s, r):
        if (r.limit is not None and r.limit < 1): raise Err(422, "Validation error in JSON body: [internal.limit: value 0 invalid, must be 1 or larger]")
        ex = []; q = s.scoring(r.query, r.using, ex); pf = [s.prefetch(x) for x in lst(r.prefetch) or []]
        if isinstance(q, (E.Fusion.Rrf, E.Fusion.Dbsf)) and not pf: raise bad("Validation error: Fusion queries cannot be combined with no prefetches")
        Q = E.QueryRequest(limit=r.limit or 10, offset=r.offset or 0, query=q, prefetches=pf, with_vector=r.with_vector if r.with_vector is not None else False, with_payload=wp(r.with_payload, False), filter=s.excl(r.filter, ex), score_threshold=r.score_threshold, params=params(r.params))
        with s.lock:
            try: return [scored(x) for x in s.shard.query(Q)]
            except Exception as e: raise bad(str(e).removeprefix("Wrong input: "))
def f32(x):
    """shortest decimal that reads back as the same float32, as serde_json prints it"""
    for p in (6, 7, 8, 9):
        y = float(f"{x:.{p}g}")
        if struct.pack("<f", y) == struct.pack("<f", x): return y
    return x
def jv(v):
    if isinstance(v, E.SparseVector): return {"indices": list(v.indices), "values": [f32(x) for x in v.values]}
    if isinstance(v, list): return [jv(x) for x in v]
    if isinstance(v, float): return f32(v)
    if isinstance(v, dict): return jv(v[""]) if list(v) == [""] else {k: jv(x) for k, x in v.items()}
    return v
def scored(x):
    d = {"id": x.id if isinstance(x.id, int) else str(x.id), "version": x.version, "score": f32(x.score)}
    if x.payload is not None: d["payload"] = x.payload
    if x.vector is not None: d["vector"] = jv(x.vector)
    if getattr(x, "order_value", None) is not None: d["order_value"] = x.order_value
    return d
def record(x):
    d = {"id": x.id if isinstance(x.id, int) else str(x.id)}
    if x.payload is not None: d["payload"] = x.payload
    if x.vector is not None: d["vector"] = jv(x.vector)
    return d
PST = {k.lower(): getattr(E.PayloadSchemaType, k) for k in ("Keyword", "Integer", "Float", "Geo", "Text", "Bool", "Datetime", "Uuid")}

class DB:
    def __init__(s, root):
        s.root, s.c, s.lock = root, {}, threading.Lock(); os.makedirs(root, exist_ok=True)
        for n in os.listdir(root):
            if os.path.exists(os.path.join(root, n, "meta.json")): s.c[n] = Collection(os.path.join(root, n))
    def get(s, n):
        if n not in s.c: raise Err(404, f"Not found: Collection `{n}` doesn't exist!")
        return s.c[n]
    def create(s, n, body):
        with s.lock:
            if n in s.c: raise Err(409, f"Wrong input: Collection `{n}` already exists!")
            p = os.path.join(s.root, n); shutil.rmtree(p, ignore_errors=True)
            try: s.c[n] = Collection(p, body)
            except Exception: shutil.rmtree(p, ignore_errors=True); raise
        return True
    def drop(s, n):
        with s.lock:
            c = s.c.pop(n, None)
            if c: c.shard.close(); shutil.rmtree(c.path, ignore_errors=True)
        return c is not None

def selector(c, sel, by_ids, by_filter):
    pts, f = getattr(sel, "points", None), getattr(sel, "filter", None)
    if pts is not None: return c.upd(by_ids([pid(i) for i in pts]))
    if f is not None: return c.upd(by_filter(flt(f)))
    raise bad("either list of point ids or filter is required")
def upsert(c, o):
    if isinstance(o, m.PointsBatch):
        b = o.batch; n = len(b.ids); V = b.vectors
        if isinstance(V, dict): vs = [{k: x[i] for k, x in V.items()} for i in range(n)]
        else: vs = V
        if len(vs) != n or (b.payloads and len(b.payloads) != n): raise Err(422, "Validation error in JSON body: [batch: Validation error: number of ids and vectors/payloads must be equal]")
        pts = [m.PointStruct.model_construct(id=i, vector=v, payload=(b.payloads or [None] * n)[j]) for j, (i, v) in enumerate(zip(b.ids, vs))]
    else: pts = o.points
    P = []
    for i, p in enumerate(pts):
        v = vecs(p.vector, f"points[{i}].vector"); c.known(v.keys() if isinstance(v, dict) else [""])
        for n, x in (v.items() if isinstance(v, dict) else [("", v)]):
            if isinstance(x, E.SparseVector) != (n in c.sparse): raise bad("Conversion between sparse and regular vectors failed")
            if n in c.dense and x and not isinstance(x[0], list) and len(x) != c.dense[n]["size"]: raise bad(f"Vector dimension error: expected dim: {c.dense[n]['size']}, got {len(x)}")
        P.append(E.Point(pid(p.id), v, p.payload or {}))
    f = getattr(o, "update_filter", None)
    return c.upd(E.UpdateOperation.upsert_points(P, **({"condition": flt(f)} if f else {})))
def upd_vectors(c, o):
    P = []
    for p in o.points: v = vecs(p.vector); c.known(v.keys() if isinstance(v, dict) else [""]); P.append(E.PointVectors(pid(p.id), v))
    have = {r.id for r in c.shard.retrieve([pid(p.id) for p in o.points], False, False)}
    for p in o.points:
        if pid(p.id) not in have: raise Err(404, f"Not found: No point with id {p.id} found")
    return c.upd(E.UpdateOperation.update_vectors(P))
def del_vectors(c, o): names = list(o.vector); c.known(names); return selector(c, o, lambda i: E.UpdateOperation.delete_vectors(i, names), lambda f: E.UpdateOperation.delete_vectors_by_filter(f, names))
def set_payload(c, o): return selector(c, o, lambda i: E.UpdateOperation.set_payload(i, o.payload, *([o.key] if o.key else [])), lambda f: E.UpdateOperation.set_payload_by_filter(f, o.payload, *([o.key] if o.key else [])))
def ow_payload(c, o): return selector(c, o, lambda i: E.UpdateOperation.overwrite_payload(i, o.payload, *([o.key] if o.key else [])), lambda f: E.UpdateOperation.overwrite_payload_by_filter(f, o.payload, *([o.key] if o.key else [])))
def del_payload(c, o): return selector(c, o, lambda i: E.UpdateOperation.delete_payload(i, list(o.keys)), lambda f: E.UpdateOperation.delete_payload_by_filter(f, list(o.keys)))
def clr_payload(c, o): return selector(c, o, E.UpdateOperation.clear_payload, E.UpdateOperation.clear_payload_by_filter)
def delete(c, o): return selector(c, o, E.UpdateOperation.delete_points, E.UpdateOperation.delete_points_by_filter)
def scroll(c, r):
    lim = r.limit if r.limit is not None else 10
    if lim < 1: raise Err(422, "Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]")
    ob = r.order_by; ob = m.OrderBy(key=ob) if isinstance(ob, str) else ob
    R, nxt = c.shard.scroll(E.ScrollRequest(offset=pid(r.offset) if r.offset is not None else None, limit=lim, filter=flt(r.filter), with_payload=wp(r.with_payload, True), with_vector=r.with_vector if r.with_vector is not None else False, order_by=ob and E.OrderBy(ob.key, E.Direction.Desc if getattr(ob.direction, "value", ob.direction) == "desc" else E.Direction.Asc, ob.start_from)))
    return {"points": [record(x) for x in R], "next_page_offset": nxt if nxt is None or isinstance(nxt, int) else str(nxt)}
BATCH = {"upsert": (m.PointInsertOperations, upsert), "delete": (m.PointsSelector, delete), "set_payload": (m.SetPayload, set_payload), "overwrite_payload": (m.SetPayload, ow_payload), "delete_payload": (m.DeletePayload, del_payload), "clear_payload": (m.PointsSelector, clr_payload), "update_vectors": (m.UpdateVectors, upd_vectors), "delete_vectors": (m.DeleteVectors, del_vectors)}
def index(c, b):
    fs = b.get("field_schema") or b.get("field_type") or "keyword"; t = fs if isinstance(fs, str) else fs.get("type"); o = fs
    if t not in PST: raise bad(f"unknown schema {t}")
    if isinstance(fs, dict) and t == "text":
        tk = {"word": "Word", "whitespace": "Whitespace", "prefix": "Prefix", "multilingual": "Multilingual"}[fs.get("tokenizer", "word")]
        return c.upd(E.UpdateOperation.create_field_index(b["field_name"], E.TextIndexParams(tokenizer=getattr(E.TokenizerType, tk), **{k: fs[k] for k in ("min_token_len", "max_token_len", "lowercase", "phrase_matching") if k in fs})))
    return c.upd(E.UpdateOperation.create_field_index(b["field_name"], PST[t]))

def route(db, meth, path, q, b):
    P = [unquote(x) for x in path.strip("/").split("/")] if path != "/" else []
    if not P: return {"__raw__": {"title": "qdrant - vector search engine", "version": "1.19.0", "commit": "0" * 40}}
    if P[0] in ("healthz", "livez", "readyz"): return {"__text__": "healthz check passed"}
    if P[0] == "collections":
        if len(P) == 1: return {"collections": [{"name": n} for n in db.c]}
        n, R = P[1], P[2:]
        if not R:
            if meth == "GET": return db.get(n).info()
            if meth == "PUT": parse(m.CreateCollection, b); return db.create(n, b)
            if meth == "DELETE": return db.drop(n)
            if meth == "PATCH": return db.get(n).patch(b)
        if R == ["exists"]: return {"exists": n in db.c}
        c = db.get(n)
        if R == ["index"] and meth == "PUT": return index(c, b)
        if R[0] == "index" and meth == "DELETE": return c.upd(E.UpdateOperation.delete_field_index(R[1]))
        if R == ["points"] and meth == "PUT": return upsert(c, parse(m.PointInsertOperations, b))
        if R == ["points"] and meth == "POST": r = parse(m.PointRequest, b); return [record(x) for x in c.shard.retrieve([pid(i) for i in r.ids], wp(r.with_payload, True), r.with_vector if r.with_vector is not None else False)]
        if R == ["facet"]: r = parse(m.FacetRequest, b); return {"hits": [{"value": h.value, "count": h.count} for h in c.shard.facet(E.FacetRequest(r.key, r.limit or 10, bool(r.exact), flt(r.filter))).hits]}
        if R[0] == "points" and len(R) == 2 and meth == "GET":
            r = c.shard.retrieve([pid(int(R[1]) if R[1].isdigit() else R[1])], True, True)
            if not r: raise Err(404, f"Not found: Point with id {R[1]} does not exists!")
            return record(r[0])
        K = (meth, "/".join(R[1:]))
        if R[0] == "points":
            if K == ("POST", "query"): return {"points": c.query(parse(m.QueryRequest, b))}
            if K == ("POST", "query/batch"): return [{"points": c.query(x)} for x in parse(m.QueryRequestBatch, b).searches]
            if K == ("POST", "search"):
                r = parse(m.SearchRequest, b); v = r.vector; u, v = (v.name, v.vector) if hasattr(v, "name") else ("", v); return c.query(m.QueryRequest(query=v, using=u, filter=r.filter, params=r.params, limit=r.limit, offset=r.offset, with_payload=r.with_payload, with_vector=r.with_vector, score_threshold=r.score_threshold))
            if K == ("POST", "scroll"): return scroll(c, parse(m.ScrollRequest, b))
            if K == ("POST", "count"): r = parse(m.CountRequest, b); return {"count": c.shard.count(E.CountRequest(filter=flt(r.filter), exact=r.exact is not False))}
            if K == ("POST", "delete"): return delete(c, parse(m.PointsSelector, b))
            if K == ("PUT", "vectors"): return upd_vectors(c, parse(m.UpdateVectors, b))
            if K == ("POST", "vectors/delete"): return del_vectors(c, parse(m.DeleteVectors, b))
            if K == ("POST", "payload"): return set_payload(c, parse(m.SetPayload, b))
            if K == ("PUT", "payload"): return ow_payload(c, parse(m.SetPayload, b))
            if K == ("POST", "payload/delete"): return del_payload(c, parse(m.DeletePayload, b))
            if K == ("POST", "payload/clear"): return clr_payload(c, parse(m.PointsSelector, b))
            if K == ("POST", "batch"):
                out = []
                for o in b["operations"]: (k, v), = [(k, v) for k, v in o.items() if k in BATCH]; t, f = BATCH[k]; out.append(f(c, parse(t, v)))
                return out
    raise Err(404, "Not found")

class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"; wbufsize = 65536
    def log_message(s, *a): pass
    def go(s):
        t = time.perf_counter(); u = urlparse(s.path); n = int(s.headers.get("content-length") or 0); raw = s.rfile.read(n) if n else b""; code, out = 200, None
        try:
            if S.api_key and s.headers.get("api-key") != S.api_key and s.headers.get("authorization") != "Bearer " + S.api_key and u.path not in ("/healthz", "/livez", "/readyz"): raise Err(401, "Must provide an API key or an Authorization bearer token")
            if s.headers.get("content-encoding") == "gzip": raw = gzip.decompress(raw)
            if len(raw) > 32 << 20: raise Err(413, f"JSON payload ({len(raw)} bytes) is larger than allowed (limit: {32 << 20} bytes).")
            if S.fail_every and s.command in ("PUT", "POST") and "/points" in u.path:
                with S.lock: S.count += 1; k = S.count
                if k % S.fail_every == 0: raise Err(503, "Service unavailable (injected)")
            try: b = json.loads(raw) if raw else {}
            except ValueError as e: raise Err(400, f"Format error in JSON body: {e}")
            check_raw(b, "")
            if isinstance(b, dict) and "with_vectors" in b: b["with_vector"] = b.pop("with_vectors")
            out = route(S.db, s.command, u.path, parse_qs(u.query), b)
        except Err as e: code, out = e.code, e
        except ValueError as e: code, out = 400, Err(400, f"Format error: {e}")
        except Exception as e:
            import traceback; traceback.print_exc(); code, out = 500, Err(500, f"Service internal error: {type(e).__name__}: {e}")
        ct = "application/json"
        if isinstance(out, Err): d = json.dumps({"status": {"error": out.msg}, "time": time.perf_counter() - t}).encode()
        elif isinstance(out, dict) and "__raw__" in out: d = json.dumps(out["__raw__"]).encode()
        elif isinstance(out, dict) and "__text__" in out: d, ct = out["__text__"].encode(), "text/plain"
        else: d = json.dumps({"result": out, "status": "ok", "time": time.perf_counter() - t}).encode()
        s.send_response(code); s.send_header("content-type", ct); s.send_header("content-length", str(len(d)))
        if code in (429, 503): s.send_header("retry-after", "1")
        s.end_headers(); s.wfile.write(d); s.wfile.flush()
    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = go
if __name__ == "__main__":
    ap = argparse.ArgumentParser(); ap.add_argument("--port", type=int, default=6333); ap.add_argument("--host", default="127.0.0.1"); ap.add_argument("--data", required=True); ap.add_argument("--api-key"); ap.add_argument("--fail-every", type=int, default=0); ap.add_argument("--certificate"); ap.add_argument("--key")
    S = ap.parse_args(); S.lock, S.count = threading.Lock(), 0; S.db = DB(S.data); ThreadingHTTPServer.daemon_threads = True
    srv = ThreadingHTTPServer((S.host, S.port), H)
    if S.certificate:
        import ssl
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); tls.load_cert_chain(S.certificate, S.key); srv.socket = tls.wrap_socket(srv.socket, server_side=True)
    print("listening on %s:%d" % srv.server_address[:2], flush=True); srv.serve_forever()
