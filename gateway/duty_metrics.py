"""What the worker tells Prometheus: how its duties fare, and what waits in the database, whoever is to do it."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString, NamedTuple

import psycopg
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.error_text import describe
from gateway.local import LocalError

_log = structlog.get_logger()
# One series more of each counter, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Measure(NamedTuple):
    """A gauge that a query fills: rows of the label, if there is one, and the value."""

    name: str
    help: str
    query: LiteralString
    label: str | None = None


MEASURES = (
    Measure(
        "berth_sweep_lag_seconds", "How long the change that time made due first has waited.",
        "select extract(epoch from booking.sweep_lag())",
    ),
    Measure(
        "berth_event_consumer_lag_seconds", "How old the first event is that a consumer has not taken.",
        "select consumer, extract(epoch from lag) from booking.consumer_lag()", "consumer",
    ),
    Measure(
        "berth_webhook_lag_seconds", "How long the webhook that is due first has waited, but for endpoints that fail.",
        "select extract(epoch from booking.delivery_lag())",
    ),
    Measure(
        "berth_webhook_deliveries", "Webhook deliveries that are not finished.",
        "select status, rows from booking.count_waiting() where what = 'webhook deliveries'", "status",
    ),
    Measure(
        "berth_mails", "Mails that wait to be sent.",
        "select rows from booking.count_waiting() where what = 'mails'",
    ),
    Measure(
        "berth_oldest_writer_seconds", "Age of the oldest transaction that writes; nobody sees what it does, and vacuum waits.",
        "select extract(epoch from booking.oldest_writer())",
    ),
)  # fmt: skip


class DutyMetrics:
    """Counts what duties do; as a context of one duty, one run of it."""

    def __init__(self, duties: Sequence[str] = ()) -> None:
        self.registry = CollectorRegistry()
        self._failures = Counter("berth_duty_failures", "Runs that failed.", ["duty"], registry=self.registry)
        self._seconds = Histogram(
            "berth_duty_run_duration_seconds", "Time of a run, of the good ones.", ["duty"], registry=self.registry
        )
        self._succeeded = Gauge(
            "berth_duty_last_success_timestamp_seconds", "When a run last went well.", ["duty"], registry=self.registry
        )
        for duty in duties:
            self._failures.labels(duty)
            self._succeeded.labels(duty).set_to_current_time()

    @contextmanager
    def run(self, duty: str) -> Iterator[None]:
        """One run, which an exception makes a failure."""
        started = time.monotonic()
        try:
            yield
        except Exception:
            self._failures.labels(duty).inc()
            raise
        self._seconds.labels(duty).observe(time.monotonic() - started)
        self._succeeded.labels(duty).set_to_current_time()


class Waiting(Collector):
    """Asks the database at each scrape what waits in it."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._lock = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        # However many ask, the database is asked by one at a time.
        with self._lock:
            answers: list[Metric] = []
            try:
                answers = list(self._ask())
            except psycopg.Error as error:
                _log.warning("not measured", error=describe(error))
        yield GaugeMetricFamily("berth_database_up", "Whether the worker could ask the database.", value=bool(answers))
        yield from answers

    def _ask(self) -> Iterator[Metric]:
        with psycopg.connect(
            self._database_url, autocommit=True, application_name="berth metrics", connect_timeout=2, prepare_threshold=None
        ) as connection:  # fmt: skip
            connection.execute("set statement_timeout = '5s'")
            for measure in MEASURES:
                gauge = GaugeMetricFamily(measure.name, measure.help, labels=[measure.label] if measure.label else [])
                for *labels, value in connection.execute(measure.query):
                    gauge.add_metric(labels, float(value))
                yield gauge


def serve(metrics: DutyMetrics, database_url: str, host: str, port: int) -> None:
    """Answers Prometheus at /metrics from a thread of its own, as long as the process lives."""
    metrics.registry.register(Waiting(database_url))
    try:
        start_http_server(port, host, metrics.registry)
    except OSError as error:
        raise LocalError(f"{host}:{port} cannot be had for metrics: {error.strerror}") from None
