"""Asks ClickHouse (embedded, chdb) and DuckDB the questions of `cargo xtask bench insights` and times them.

    peers.py EVENTS.ndjson FOLDER OUT.json [--runs 5] [--threads 2] [--engines clickhouse,duckdb]

EVENTS.ndjson is what `cargo xtask generate` writes. FOLDER keeps the peers' tables from one run to the next. OUT.json gets, for
each engine and question, the seconds of each run and the rows of the answer.

Both peers have the best case: typed columns, one native table sorted by event, person and time, nothing to parse. Every answer is
exact (uniqExact, count distinct), and means what PostHog means by it.
"""

import argparse
import json
import time
from pathlib import Path

RARE = ("signup_started", "signup_completed", "purchase")
HEAVY = ("$pageview", "add_to_cart", "purchase")
WINDOW_SECONDS = 14 * 86_400
# the Sunday on or before the first day of the set
FIRST_WEEK = "2025-12-28"

COLUMNS = "event, distinct_id, person, ts, browser, os, country, plan, url, revenue"


def clickhouse_funnel(steps, breakdown="''"):
    conditions = ", ".join(f"event = '{step}'" for step in steps)
    names = ", ".join(f"'{step}'" for step in steps)
    return f"""
        SELECT value, level, count() FROM (
            SELECT person, any({breakdown}) AS value,
                   windowFunnel({WINDOW_SECONDS * 1000})(toUInt64(toUnixTimestamp64Milli(ts)), {conditions}) AS level
            FROM events WHERE event IN ({names}) GROUP BY person)
        WHERE level > 0 GROUP BY value, level"""


def duckdb_funnel(steps, breakdown="''"):
    first, second, third = steps
    limit = f"first_ts + INTERVAL {WINDOW_SECONDS} SECOND"
    return f"""
        WITH first AS (SELECT person, ts AS first_ts, {breakdown} AS value FROM events WHERE event = '{first}'),
        second AS (SELECT person, ts AS second_ts FROM events WHERE event = '{second}'),
        third AS (SELECT person, ts AS third_ts FROM events WHERE event = '{third}'),
        two AS (SELECT first.*, second_ts FROM first ASOF LEFT JOIN second
                ON first.person = second.person AND first_ts <= second_ts),
        three AS (SELECT two.*, third_ts FROM two ASOF LEFT JOIN third
                  ON two.person = third.person AND second_ts <= third_ts),
        levels AS (SELECT person, any_value(value) AS value, max(CASE
                       WHEN second_ts IS NULL OR second_ts > {limit} THEN 1
                       WHEN third_ts IS NULL OR third_ts > {limit} THEN 2
                       ELSE 3 END) AS level
                   FROM three GROUP BY person)
        SELECT value, level, count(*) FROM levels GROUP BY value, level"""


def by_day(of, where, unique="count(DISTINCT person)", more=""):
    return f"SELECT {more}ts::date AS day, {of.format(unique=unique)} FROM events WHERE {where} GROUP BY ALL"


def paths(previous, following, all_rows):
    """Sessions end where half an hour passes; of equal pages in a row the last counts; five pages of a session are looked at."""
    return f"""
        WITH pages AS (
            SELECT person, ts, url, {previous}(ts) OVER (PARTITION BY person ORDER BY ts, url {all_rows}) AS before
            FROM views),
        numbered AS (
            SELECT person, ts, url, sum(CASE WHEN before IS NULL OR ts >= before + INTERVAL 1800 SECOND THEN 1 ELSE 0 END)
                OVER (PARTITION BY person ORDER BY ts, url ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session
            FROM pages),
        compacted AS (
            SELECT person, session, ts, url FROM (
                SELECT *, {following}(url) OVER (PARTITION BY person, session ORDER BY ts, url {all_rows}) AS next_url
                FROM numbered) AS looked_ahead
            WHERE next_url IS NULL OR next_url <> url),
        steps AS (
            SELECT url, row_number() OVER (PARTITION BY person, session ORDER BY ts, url) AS step,
                   {following}(url) OVER (PARTITION BY person, session ORDER BY ts, url {all_rows}) AS target
            FROM compacted)
        SELECT step, url, target, count(*) AS n FROM steps WHERE step <= 4 AND target IS NOT NULL
        GROUP BY step, url, target ORDER BY n DESC, step, url, target LIMIT 50"""


VIEWS = "event = '$pageview'"
TOP_COUNTRIES = """country IN (SELECT country FROM events WHERE event = 'purchase'
                               GROUP BY country ORDER BY sum(revenue) DESC LIMIT 25)"""
FILTERED = f"{VIEWS} AND browser = 'Chrome' AND plan = 'pro' AND country IN ('US', 'DE', 'GB')"

# what each peer is asked: ClickHouse, DuckDB
QUESTIONS = {
    "trends_total": (
        f"SELECT toDate(ts) AS day, count() FROM events WHERE {VIEWS} GROUP BY day",
        by_day("count(*)", VIEWS),
    ),
    "trends_dau": (
        f"SELECT toDate(ts) AS day, uniqExact(person) FROM events WHERE {VIEWS} GROUP BY day",
        by_day("{unique}", VIEWS),
    ),
    "trends_dau_breakdown": (
        f"SELECT browser, toDate(ts) AS day, uniqExact(person) FROM events WHERE {VIEWS} GROUP BY browser, day",
        by_day("{unique}", VIEWS, more="browser, "),
    ),
    "trends_weekly_active": (
        f"""SELECT day, uniqExact(person) FROM (
                SELECT person, arrayJoin(arrayMap(n -> toDate(ts) + n, range(7))) AS day
                FROM events WHERE {VIEWS} GROUP BY person, day)
            GROUP BY day""",
        f"""SELECT day, count(*) FROM (
                SELECT DISTINCT person, seen + unnest(range(7))::int AS day
                FROM (SELECT DISTINCT person, ts::date AS seen FROM events WHERE {VIEWS}))
            GROUP BY day""",
    ),
    "trends_sum_breakdown": (
        f"""SELECT country, toDate(ts) AS day, sum(revenue) FROM events
            WHERE event = 'purchase' AND {TOP_COUNTRIES} GROUP BY country, day""",
        by_day("sum(revenue)", f"event = 'purchase' AND {TOP_COUNTRIES}", more="country, "),
    ),
    "trends_filtered": (
        f"SELECT toDate(ts) AS day, uniqExact(person) FROM events WHERE {FILTERED} GROUP BY day",
        by_day("{unique}", FILTERED),
    ),
    "trends_high_cardinality": (
        f"SELECT distinct_id, count() AS n FROM events WHERE {VIEWS} GROUP BY distinct_id ORDER BY n DESC, distinct_id LIMIT 25",
        f"SELECT distinct_id, count(*) AS n FROM events WHERE {VIEWS} GROUP BY distinct_id ORDER BY n DESC, distinct_id LIMIT 25",
    ),
    "trends_url_breakdown": (
        f"SELECT url, count() AS n, uniqExact(person) FROM events WHERE {VIEWS} GROUP BY url ORDER BY n DESC, url LIMIT 25",
        f"SELECT url, count(*) AS n, count(DISTINCT person) FROM events WHERE {VIEWS} GROUP BY url ORDER BY n DESC, url LIMIT 25",
    ),
    "unique_all_events": ("SELECT uniqExact(person) FROM events", "SELECT count(DISTINCT person) FROM events"),
    "funnel_rare": (clickhouse_funnel(RARE), duckdb_funnel(RARE)),
    "funnel_heavy": (clickhouse_funnel(HEAVY), duckdb_funnel(HEAVY)),
    "funnel_breakdown": (clickhouse_funnel(HEAVY, "browser"), duckdb_funnel(HEAVY, "browser")),
    "retention_weekly": (
        f"""SELECT start, back - start AS week, count() FROM (
                SELECT person, groupUniqArray(intDiv(toDate(ts) - toDate('{FIRST_WEEK}'), 7)) AS weeks
                FROM events WHERE {VIEWS} GROUP BY person)
            ARRAY JOIN weeks AS start ARRAY JOIN weeks AS back WHERE back >= start GROUP BY start, week""",
        f"""WITH active AS (SELECT DISTINCT person, (ts::date - DATE '{FIRST_WEEK}') // 7 AS week FROM events WHERE {VIEWS})
            SELECT start.week, back.week - start.week, count(*) FROM active AS start
            JOIN active AS back ON start.person = back.person AND back.week >= start.week GROUP BY ALL""",
    ),
    "retention_daily_first_time": (
        f"""SELECT start - toDate('2026-01-01') AS first_day, back - start AS day, count() FROM (
                SELECT person, groupUniqArray(toDate(ts)) AS days, arrayMin(days) AS start
                FROM events WHERE {VIEWS} GROUP BY person)
            ARRAY JOIN days AS back WHERE back <= start + 30 GROUP BY first_day, day""",
        f"""WITH active AS (SELECT DISTINCT person, ts::date AS day FROM events WHERE {VIEWS}),
            begun AS (SELECT person, min(day) AS start FROM active GROUP BY person)
            SELECT start - DATE '2026-01-01', day - start, count(*) FROM active JOIN begun USING (person)
            WHERE day <= start + 30 GROUP BY ALL""",
    ),
    "stickiness": (
        f"""SELECT days, count() FROM (SELECT person, uniqExact(toDate(ts)) AS days FROM events WHERE {VIEWS} GROUP BY person)
            GROUP BY days""",
        f"""SELECT days, count(*) FROM (
                SELECT person, count(DISTINCT ts::date) AS days FROM events WHERE {VIEWS} GROUP BY person)
            GROUP BY days""",
    ),
    "lifecycle": (
        f"""SELECT change.1 AS day, change.2 AS status, count() FROM (
                SELECT person, arraySort(groupUniqArray(toDate(ts))) AS days, arrayEnumerate(days) AS at,
                       arrayConcat(
                           arrayMap((day, i) -> (day, if(i > 1 AND days[i - 1] = day - 1, 'returning', 'arriving')), days, at),
                           arrayMap((day, i) -> (day + 1, 'dormant'),
                                    arrayFilter((day, i) -> i = length(days) OR days[i + 1] != day + 1, days, at),
                                    arrayFilter((i, day) -> i = length(days) OR days[i + 1] != day + 1, at, days))) AS changes
                FROM events WHERE {VIEWS} GROUP BY person)
            ARRAY JOIN changes AS change GROUP BY day, status""",
        f"""WITH active AS (SELECT DISTINCT person, ts::date AS day FROM events WHERE {VIEWS}),
            neighbours AS (SELECT person, day, lag(day) OVER one AS before, lead(day) OVER one AS after
                           FROM active WINDOW one AS (PARTITION BY person ORDER BY day))
            SELECT day, status, count(*) FROM (
                SELECT day, CASE WHEN before = day - 1 THEN 'returning' ELSE 'arriving' END AS status FROM neighbours
                UNION ALL
                SELECT day + 1, 'dormant' FROM neighbours WHERE after IS NULL OR after <> day + 1)
            GROUP BY ALL""",
    ),
    "paths": (
        "WITH views AS (SELECT person, ts, url FROM events WHERE event = '$pageview'),"
        + paths("lagInFrame", "leadInFrame", "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING")
        .lstrip().removeprefix("WITH")
        .replace("lagInFrame(ts)", "lagInFrame(toNullable(ts))")
        .replace("leadInFrame(url)", "leadInFrame(toNullable(toString(url)))"),
        "WITH views AS (SELECT person, ts, url FROM events WHERE event = '$pageview'),"
        + paths("lag", "lead", "").lstrip().removeprefix("WITH"),
    ),
    "sql_group_by": (
        "SELECT browser, os, count(), uniqExact(person), avg(revenue) FROM events GROUP BY browser, os",
        "SELECT browser, os, count(*), count(DISTINCT person), avg(revenue) FROM events GROUP BY ALL",
    ),
}


class DuckDB:
    """A DuckDB file with one table."""

    def __init__(self, ndjson, folder, threads):
        import duckdb

        self.connection = duckdb.connect(str(folder / "events.duckdb"))
        self.connection.execute(f"SET threads = {threads}; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        tables = [row[0] for row in self.connection.execute("SHOW TABLES").fetchall()]
        if "events" not in tables:
            self.load(ndjson)
        self.parquet(folder)

    def load(self, ndjson):
        keys = {"browser": "$browser", "os": "$os", "country": "$geoip_country_code", "plan": "plan", "url": "$current_url"}
        texts = ", ".join(f"""properties->>'$."{key}"' AS {name}""" for name, key in keys.items())
        self.connection.execute(f"""
            CREATE TABLE events AS
            SELECT event, distinct_id, substr(distinct_id, 6)::UINTEGER AS person, "timestamp" AS ts, {texts},
                   (properties->>'$.revenue')::DOUBLE AS revenue
            FROM read_json('{ndjson}', format = 'newline_delimited', columns = {{
                event: 'VARCHAR', distinct_id: 'VARCHAR', "timestamp": 'TIMESTAMP', properties: 'JSON'}})
            ORDER BY event, person, ts""")
        self.connection.execute("CHECKPOINT")

    def parquet(self, folder):
        """The same rows for the other peer, typed."""
        file = folder / "events.parquet"
        if not file.exists():
            self.connection.execute(f"COPY events TO '{file}' (FORMAT parquet, COMPRESSION zstd)")

    def ask(self, question):
        return self.connection.execute(QUESTIONS[question][1]).fetchall()


class ClickHouse:
    """An embedded ClickHouse with one table."""

    def __init__(self, folder, threads):
        from chdb import session

        self.session = session.Session(str(folder / "clickhouse"))
        self.threads = threads
        self.session.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        exists = json.loads(self.session.query("EXISTS TABLE bench.events", "JSONCompact").bytes())["data"][0][0]
        if int(exists) == 0:
            self.session.query("""
                CREATE TABLE bench.events (event LowCardinality(String), distinct_id String, person UInt32, ts DateTime64(3, 'UTC'),
                    browser LowCardinality(String), os LowCardinality(String), country LowCardinality(String),
                    plan LowCardinality(String), url LowCardinality(String), revenue Nullable(Float64))
                ENGINE = MergeTree ORDER BY (event, person, ts)""")
            file = (folder / "events.parquet").resolve()
            self.session.query(f"INSERT INTO bench.events SELECT {COLUMNS} FROM file('{file}', Parquet)")
            self.session.query("OPTIMIZE TABLE bench.events FINAL")

    def ask(self, question):
        sql = QUESTIONS[question][0].replace("FROM events", "FROM bench.events")
        answer = self.session.query(f"{sql} SETTINGS max_threads = {self.threads}", "JSONCompact")
        return json.loads(answer.bytes())["data"]


def plain(value):
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ndjson")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    started = time.time()
    # DuckDB first: it makes the file that ClickHouse loads
    engines = {"duckdb": DuckDB(arguments.ndjson, arguments.folder, arguments.threads)}
    engines["clickhouse"] = ClickHouse(arguments.folder, arguments.threads)
    print(f"peers loaded in {time.time() - started:.1f} s", flush=True)
    report = {name: {} for name in engines}
    for question in QUESTIONS:
        if arguments.only not in question:
            continue
        for name, engine in engines.items():
            rows = engine.ask(question)
            seconds = []
            for _ in range(arguments.runs):
                begun = time.perf_counter()
                engine.ask(question)
                seconds.append(time.perf_counter() - begun)
            report[name][question] = {"seconds": seconds, "rows": [[plain(value) for value in row] for row in rows]}
        shown = "  ".join(f"{name} {sorted(report[name][question]['seconds'])[arguments.runs // 2] * 1000:.1f} ms" for name in engines)
        print(f"{question:<28} {shown}", flush=True)
    arguments.out.write_text(json.dumps(report))


main()
