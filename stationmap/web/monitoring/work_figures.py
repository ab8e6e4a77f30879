"""What the server does besides answering: jobs of the audit, riders' reports, digests to staff."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from stationmap.web.audit.jobs import Jobs
from stationmap.web.guard.report_limits import ReportLimits
from stationmap.web.monitoring.families import counters, gauges
from stationmap.web.notifier import Notifier


def job_figures(jobs: Jobs) -> Iterator[Metric]:
    """Yield the figures of the audit's jobs, of this process."""
    at_work = {(status,): count for status, count in jobs.at_work().items()}
    yield gauges("audit_jobs", "Jobs of the audit that wait or run.", ["status"], at_work)
    labels = ["kind", "result"]
    yield counters("audit_jobs_ended", "Jobs of the audit that ended.", labels, jobs.ended.counts())
    lasted = "Seconds from the beginning to the end of those jobs, in all."
    yield counters("audit_job_seconds", lasted, labels, jobs.seconds.counts())


def report_figures(limits: ReportLimits) -> Iterator[Metric]:
    """Yield what became of the reports that were sent."""
    yield counters("reports", "Reports that riders sent, by what became of them.", ["result"], limits.sent.counts())


def digest_figures(notifier: Notifier) -> Iterator[Metric]:
    """Yield how many digests were sent or could not be."""
    yield counters("digests", "Digests to staff, by whether they were sent.", ["result"], notifier.digests.counts())
