"""Where everything lies: one class that knows the zones and their paths.

Belongs here: paths. Does not belong here: creating, reading or writing what lies there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: The environment variable that names the folder of all data. dbt's profile reads it too.
HOME_VARIABLE = "PINGAN_HOME"
#: The environment variable through which dbt's models learn the quarter of the run.
QUARTER_VARIABLE = "PINGAN_QUARTER"

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Layout:
    """The folders of one warehouse under ``home``. Two homes share nothing."""

    home: Path

    @classmethod
    def from_environment(cls) -> Layout:
        """The layout that ``PINGAN_HOME`` names. Raises RuntimeError when it is not set: no fallback,
        so that a run never writes into a warehouse that nobody chose."""
        named = os.environ.get(HOME_VARIABLE)
        if not named:
            raise RuntimeError(f"{HOME_VARIABLE} is not set; it names the folder of the warehouse's data")
        return cls(Path(named).resolve())

    # zones that hold identifiers
    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def vault(self) -> Path:
        return self.home / "vault"

    @property
    def vault_log(self) -> Path:
        """Who opened the vault."""
        return self.vault / "access.jsonl"

    @property
    def vault_log_head(self) -> Path:
        """How many lines the vault's log has, and the hash of the last: kept elsewhere, to tell a log that was cut."""
        return self.home / "state" / "vault_log.json"

    @property
    def rotation(self) -> Path:
        """What a rotation of keys has made and is putting in place. It is not there at any other time."""
        return self.home / "rotation"

    # zones without identifiers
    @property
    def ledger(self) -> Path:
        return self.home / "ledger"

    @property
    def raw(self) -> Path:
        return self.home / "raw"

    @property
    def links(self) -> Path:
        """Whose the rows are that do not say it by their number alone; pseudonyms only."""
        return self.home / "links"

    @property
    def checks(self) -> Path:
        return self.home / "checks"

    @property
    def build_database(self) -> Path:
        return self.home / "build" / "pingan.duckdb"

    @property
    def index(self) -> Path:
        return self.home / "index"

    @property
    def releases(self) -> Path:
        return self.home / "releases"

    @property
    def current_release(self) -> Path:
        """A symbolic link to the newest release of the newest quarter."""
        return self.releases / "current"

    @property
    def tombstones(self) -> Path:
        """Orders to hold no rows of a person or a record: marks only."""
        return self.home / "tombstones"

    @property
    def removals(self) -> Path:
        """Which orders have been carried out on everything that is held."""
        return self.home / "state" / "removals.json"

    @property
    def rekeyed(self) -> Path:
        """Which content of the ledger and of links a rotation of keys has put in the place of which."""
        return self.home / "state" / "rekeyed.json"

    # run state
    @property
    def keys(self) -> Path:
        return self.home / "keys" / "keys.json"

    @property
    def truth(self) -> Path:
        """What the simulator knows. The pipeline never reads it."""
        return self.home / "truth"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def dbt_target(self) -> Path:
        return self.home / "build" / "dbt_target"

    @property
    def writer_lock(self) -> Path:
        return self.home / "locks" / "writer.lock"

    @property
    def fingerprints(self) -> Path:
        """Content hashes of landed files, kept so that an unchanged file is not read again."""
        return self.home / "state" / "fingerprints.json"

    @property
    def raw_states(self) -> Path:
        """By extract, in which state each raw file was last found to be what was accepted."""
        return self.home / "state" / "raw"

    @property
    def decisions(self) -> Path:
        """What disclosure control decided last for every quarter before the newest: codes, no figure."""
        return self.home / "state" / "decisions"

    @property
    def health(self) -> Path:
        """The health of every department, mart and release after the last run."""
        return self.home / "state" / "health.json"

    @property
    def alerts(self) -> Path:
        """One file for each run that failed."""
        return self.home / "alerts"

    def landing_folder(self, quarter: str, department: str) -> Path:
        return self.landing / quarter / department

    def raw_folder(self, department: str, extract: str, quarter: str) -> Path:
        return self.raw / department / extract / f"quarter={quarter}"

    def quarantine_folder(self, department: str, extract: str, quarter: str) -> Path:
        return self.quarantine / department / extract / f"quarter={quarter}"

    def replies(self, department: str) -> Path:
        """The workbooks that answer a department's deliveries, by round."""
        return self.quarantine / department / "replies"

    def reply_folder(self, department: str, round_quarter: str) -> Path:
        return self.replies(department) / round_quarter

    def index_folder(self, quarter: str) -> Path:
        return self.index / f"quarter={quarter}"
