#!/usr/bin/env python3
"""Scans log records with DuckDB: an export of them to one Parquet file, and the files that they are kept in.

    logs.py SEGMENTS EXPORT OUT.json --words a,b [--runs 5] [--threads 2]

SEGMENTS is a pattern of Parquet files. The export is written by DuckDB itself, as it likes files best. Each word is looked for in the bodies of
all records; the newest hundred that have it are asked for whole.
"""
import argparse
import json
import os
import time

import duckdb


def scan(connection, source, word, runs):
    sql = f"SELECT * FROM {source} WHERE contains(body, ?) ORDER BY timestamp DESC LIMIT 100"
    n_rows = connection.execute(f"SELECT count(*) FROM {source} WHERE contains(body, ?)", [word]).fetchone()[0]
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        connection.execute(sql, [word]).fetchall()
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds, "n_rows": n_rows}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("segments")
    parser.add_argument("export")
    parser.add_argument("out")
    parser.add_argument("--words", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    connection = duckdb.connect()
    connection.execute(f"SET threads = {arguments.threads}")
    # dictionaries of attributes come in all types that a segment may have; columns that a segment lacks are null there
    segments = f"read_parquet('{arguments.segments}', union_by_name = true)"
    connection.execute(f"COPY (SELECT * FROM {segments}) TO '{arguments.export}' (FORMAT parquet, COMPRESSION zstd)")
    export = f"read_parquet('{arguments.export}')"
    words = arguments.words.split(",")
    report = {
        "n_rows": connection.execute(f"SELECT count(*) FROM {export}").fetchone()[0],
        "export_bytes": os.path.getsize(arguments.export),
        "export": {word: scan(connection, export, word, arguments.runs) for word in words},
        "segments": {word: scan(connection, segments, word, arguments.runs) for word in words},
    }
    with open(arguments.out, "w") as out:
        json.dump(report, out)


main()
