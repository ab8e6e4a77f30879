"""Where riders' reports arrive in a process: the database they go to, and what they amount to at present.

Reports are taken also where the registry is only read: they never change it. The database is opened when the first one
comes, or where it is there already.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from stationmap.errors import StationmapError, StorageError
from stationmap.hours.schedule import Schedule
from stationmap.registry.registry import Registry
from stationmap.reports.devices import day_of
from stationmap.reports.evidence import NO_EVIDENCE, Evidence, Thresholds
from stationmap.settings import Settings
from stationmap.web.keeper import load_storage

if TYPE_CHECKING:
    from stationmap.storage import Database

Clock = Callable[[], datetime]
CONFIRMATIONS_S = 60.0
"""Seconds between two looks at all confirmations, which other processes may have taken."""

log = logging.getLogger("stationmap.reports")


class ReportsClosedError(StationmapError):
    """The operator takes no reports here."""


class ReportDesk:
    """Opens the database of reports and keeps what they amount to; `evidence` is replaced as a whole."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        journal: Callable[[], Database | None],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the settings; `journal` gives the database of the registry's changes, None where there is none."""
        self._settings, self._clock, self._journal, self._ticks = settings, clock, journal, ticks
        self._own: Database | None = None
        self._keys: dict[str, str] = {}
        self._opening, self._renewing = Lock(), Lock()
        self._counted_s = float("-inf")
        self._fault = ""
        self._tidied_on = ""
        self._salt = "", ""
        self._keys_of: tuple[int, int] | None = None
        self.evidence: Evidence = NO_EVIDENCE
        self.thresholds = Thresholds(
            settings.mark_devices,
            timedelta(minutes=settings.mark_within_min),
            timedelta(hours=settings.mark_lasts_h),
        )

    @property
    def is_open(self) -> bool:
        """Whether riders may report here."""
        return self._settings.takes_reports

    @property
    def registry(self) -> str:
        """What the reports of the registry that is served are kept under."""
        from stationmap.storage.reports import registry_key

        return registry_key(self._settings)

    @property
    def has_reports(self) -> bool:
        """Whether there may be reports to read: one was taken, or there is a database already."""
        known = self._own is not None or bool(self._settings.database_url)
        return self.is_open and (known or self._settings.database_file.exists())

    @property
    def receipt_key(self) -> str:
        """The key of receipts, made on first use; raises StorageError."""
        return self._key("receipts")

    @property
    def proof_key(self) -> str:
        """The key of challenges to a proof of work, made on first use; raises StorageError."""
        return self._key("proofs")

    @property
    def public_key(self) -> str:
        """The key of the ids by which everybody may speak of reports, made on first use; raises StorageError."""
        return self._key("public")

    def expect_open(self) -> None:
        """Raise ReportsClosedError where no reports are taken."""
        if not self.is_open:
            raise ReportsClosedError("这里不接收反馈 no reports are taken here")

    def database(self) -> Database:
        """Return the database, opened on first use; raises ReportsClosedError and StorageError."""
        self.expect_open()
        load_storage()
        return self._journal() or self._opened()

    def refresh(self, served: Registry) -> None:
        """Learn what other processes have accepted, and which marks have ended; never raises."""
        if not self.has_reports:
            return
        from stationmap.storage.reports import standing

        try:
            with self._renewing, self.database().reading() as connection:
                is_due = self._ticks() - self._counted_s >= CONFIRMATIONS_S
                self.evidence = standing.evidence(
                    connection,
                    self.registry,
                    schedules(served),
                    self.thresholds,
                    self._clock(),
                    confirmations=None if is_due else self.evidence.confirmations,
                )
                self._counted_s = self._ticks() if is_due else self._counted_s
        except StorageError as error:
            self._note(str(error))
        else:
            self._note("")

    def salt(self, at: datetime) -> str:
        """Return the key of the day under which devices are told apart, made on first use; raises StorageError."""
        from stationmap.storage.reports import accepting

        self._forget_keys_of_another()
        day, salt = self._salt
        if day != day_of(at):
            with self.database().writing() as connection:
                salt = accepting.salt_of(connection, at)
            self._salt = day_of(at), salt
        return salt

    def tidy(self) -> None:
        """Delete what was kept as long as it may be, at the start and whenever a new day begins; never raises."""
        day = day_of(self._clock())
        if day == self._tidied_on or not self.has_reports:
            return
        from stationmap.storage.reports import retention

        self._salt = "", ""
        try:
            deleted = retention.forget_once(self.database(), self.registry, self._clock(), day)
        except StorageError as error:  # the next look may succeed
            self._note(str(error))
            return
        self._tidied_on = day
        if deleted:
            log.info("%d reports deleted after their time", deleted)

    def renew(self, served: Registry, station_id: str) -> None:
        """Take in that the reports of a station have changed; what cannot be read now is learnt by `refresh`."""
        from stationmap.storage.reports import standing

        try:
            with self._renewing, self.database().reading() as connection:
                self.evidence = standing.evidence_with(
                    connection,
                    self.registry,
                    station_id,
                    schedules(served),
                    self.thresholds,
                    self._clock(),
                    before=self.evidence,
                )
        except StorageError as error:  # what was reported is kept all the same
            self._note(str(error))

    def _key(self, name: str) -> str:
        from stationmap.accounts.secret_keys import secret_key

        self._forget_keys_of_another()
        if name not in self._keys:
            self._keys[name] = secret_key(self.database(), name)
        return self._keys[name]

    def _forget_keys_of_another(self) -> None:
        """Forget the keys of a database whose file was removed or replaced: receipts would be of none that is there."""
        database = self.database()
        if self._keys_of is not None and self._keys_of != database.file_identity():
            self._keys, self._salt = {}, ("", "")
            with database.writing():  # which opens the one that is there now
                pass
        self._keys_of = database.file_identity()

    def _opened(self) -> Database:
        from stationmap.storage import open_database

        with self._opening:
            if self._own is None:
                self._own = open_database(self._settings)
            return self._own

    def _note(self, fault: str) -> None:
        """Log a fault when it comes and when it goes."""
        if fault and fault != self._fault:
            log.error("reports cannot be read: %s", fault)
        elif self._fault and not fault:
            log.info("reports can be read again")
        self._fault = fault


def schedules(served: Registry) -> Callable[[str], Schedule | None]:
    """Return what gives the hours of a station of a registry by its id."""

    def schedule_of(station_id: str) -> Schedule | None:
        found = served.get(station_id)
        return found.schedule if found else None

    return schedule_of
