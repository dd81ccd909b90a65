"""Files of rows in every kind that is read."""

import csv
import gzip
import io
import json

import pandas as pd
import pyarrow as pa

PLAIN = ("jsonl", "ndjson", "json", "csv", "tsv", "parquet")
KINDS = tuple(f"{kind}{packed}" for kind in PLAIN for packed in ("", ".gz", ".zst"))


def packed(content, suffix):
    """Return bytes as they are, or compressed as a suffix says."""
    if suffix == "gz":
        return gzip.compress(content, mtime=0)
    if suffix == "zst":
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(content)
        return sink.getvalue().to_pybytes()
    return content


def content_of(rows, kind):
    """Return what a file of this kind holds."""
    if kind in ("jsonl", "ndjson"):
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    if kind == "json":
        return json.dumps(rows, ensure_ascii=False).encode()
    if kind == "parquet":
        stream = io.BytesIO()
        pd.DataFrame(rows).to_parquet(stream)
        return stream.getvalue()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter="\t" if kind == "tsv" else ",")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_rows(rows, path):
    """Write rows in the kind that the suffixes of the path name."""
    kind, _, suffix = path.name.partition(".")[2].partition(".")
    path.write_bytes(packed(content_of(rows, kind), suffix))
    return path
