"""Sends logs with OpenTelemetry's official SDK for Python and its OTLP/HTTP exporter, and prints what it sent.

    send_logs.py URL TOKEN

Prints one JSON object: {"logs": [{"time_us", "level", "service", "scope", "body", "attributes", "trace_id", "span_id"}, ...]}, in the order of
sending.
"""

import json
import sys
from datetime import datetime, timezone

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

LOGS = 600
FIRST = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
STEP_US = 17_000_001
LEVELS = [
    ("debug", SeverityNumber.DEBUG),
    ("info", SeverityNumber.INFO),
    ("info", SeverityNumber.INFO),
    ("warn", SeverityNumber.WARN),
    ("error", SeverityNumber.ERROR),
]


def main() -> None:
    url, token = sys.argv[1:]
    providers = []
    for number, service in enumerate(["shop", "billing"]):
        exporter = OTLPLogExporter(
            endpoint=f"{url}/v1/logs",
            headers={"Authorization": f"Bearer {token}"},
            compression=Compression.Gzip if number == 0 else Compression.NoCompression,
        )
        provider = LoggerProvider(resource=Resource.create({"service.name": service, "deployment.environment": "test"}))
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_export_batch_size=100))
        providers.append((service, provider, provider.get_logger("checkout", "1.4.0")))

    logs = []
    first_us = int(FIRST.timestamp()) * 1_000_000
    for number in range(LOGS):
        service, _, logger = providers[number % len(providers)]
        level, severity = LEVELS[number * 7 % len(LEVELS)]
        attributes = {
            "http.method": ["GET", "POST", "PUT"][number % 3],
            "http.status_code": [200, 404, 500][number * 5 % 3],
            "duration_ms": number / 4,
            "cached": number % 4 == 0,
            "tags": ["a", f"t{number % 5}"],
        }
        if number % 10 == 3:
            body = {"order": number, "paid": False, "items": ["x", 2]}
            text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        else:
            body = text = f"{attributes['http.method']} /order/{number} – done"
        trace_id, span_id = (number + 1, number + 2) if number % 6 == 0 else (0, 0)
        context = None
        if trace_id:
            span = SpanContext(trace_id, span_id, is_remote=False, trace_flags=TraceFlags(1))
            context = set_span_in_context(NonRecordingSpan(span))
        time_us = first_us + number * STEP_US
        logger.emit(
            LogRecord(
                timestamp=time_us * 1000 + 999,
                context=context,
                severity_number=severity,
                severity_text=severity.name,
                body=body,
                attributes=attributes,
            )
        )
        logs.append(
            {
                "time_us": time_us,
                "level": level,
                "service": service,
                "scope": "checkout@1.4.0",
                "body": text,
                "attributes": attributes,
                "trace_id": f"{trace_id:032x}" if trace_id else "",
                "span_id": f"{span_id:016x}" if span_id else "",
            }
        )
    for _, provider, _ in providers:
        if not provider.force_flush():
            sys.exit("the SDK could not send all logs")
        provider.shutdown()
    print(json.dumps({"logs": logs}))


main()
