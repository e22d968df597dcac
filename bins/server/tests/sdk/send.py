"""Sends page views and identifications with the official Python SDK, and prints what it sent.

    send.py URL TOKEN

Prints one JSON object: {"views": [[person, "YYYY-MM-DD"], ...]}, a person being the same whether anonymous or identified.
"""

import json
import sys
from datetime import datetime, timedelta, timezone

from posthog import Posthog

PERSONS = 60
VIEWS = 1000
FIRST_DAY = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def main() -> None:
    url, token = sys.argv[1:]
    failures = []
    client = Posthog(
        token, host=url, gzip=True, flush_at=100, on_error=lambda error, _batch: failures.append(str(error))
    )
    identified = set()
    views = []
    for number in range(VIEWS):
        person = number * 7919 % PERSONS
        at = FIRST_DAY + timedelta(days=number * 31 % 14, minutes=number % 240)
        # A person browses anonymously until their fifth view, then is identified in one of the two ways there are.
        if number >= PERSONS * 4 and person not in identified:
            identified.add(person)
            if person % 2:
                client.capture(
                    "$identify",
                    distinct_id=f"user-{person}",
                    properties={"$anon_distinct_id": f"anon-{person}", "$set": {"email": f"{person}@example.com"}},
                    timestamp=at,
                )
            else:
                client.alias(f"anon-{person}", f"user-{person}", timestamp=at)
                client.set(distinct_id=f"user-{person}", properties={"email": f"{person}@example.com"}, timestamp=at)
        name = f"user-{person}" if person in identified else f"anon-{person}"
        client.capture("page_viewed", distinct_id=name, properties={"number": number}, timestamp=at)
        views.append([person, at.strftime("%Y-%m-%d")])
    client.shutdown()
    if failures:
        sys.exit(f"the SDK reports failures: {failures[:3]}")
    print(json.dumps({"views": views}))


main()
