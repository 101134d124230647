"""Random histories of deliveries, corrections, repetitions, withdrawals and faults, against a reference model.

``pytest --histories 5000`` runs more of them. A failing history names its seed.
"""

import json
import random
import shutil
from contextlib import suppress

import pyarrow.parquet as pq
import pytest

from ingestion import ledger
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.ledger import DECISIONS
from ingestion.names import MANIFEST_SUFFIX
from ingestion.withdrawal import withdraw
from ingestion.workbench import Workbench
from tests.contract.made_files import file_name, valid_rows, write_rows
from tests.deliveries_model import Model, SentFile
from tests.faults import ANOTHER_PROCESS, Disk, Killed, full_from, killed_at
from warehouse.keys import Keys, LastingKey
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CASES = registry().contract("police.cases")
CODES = list(registry().code_lists[registry().fields["case_type_code"].codes])
KEYS = Keys("test", {"identity": b"k" * 32}, LastingKey("lasting", b"l" * 32))
ROUNDS = (Quarter(2017, 1), Quarter(2017, 2))
MADE = {period: valid_rows(CASES, 16, period) for period in ("201701", "201702")}
BATCHES = 10

# A Parquet writer that a killed process leaves behind tries to end its file when Python collects it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with Workbench(Layout(tmp_path_factory.mktemp("bench")), KEYS) as workbench:
        workbench.connection.execute("SET threads = 1")  # for a dozen rows more cost more than they save
        yield workbench


class Home:
    """A warehouse that is done the same to as the model, with faults besides."""

    def __init__(self, folder, bench, chance):
        self.layout, self.bench, self.chance = Layout(folder), bench, chance

    def land(self, file):
        rows = [
            MADE[file.period][number] | {"case_type_code": CODES[content - 1] if content else "?"}
            for number, content in file.rows
        ]
        folder = self.layout.landing_folder(str(ROUNDS[file.round]), CASES.department)
        path = write_rows(folder / file_name(CASES, file.period, file.note), CASES, rows)
        manifest = path.with_name(path.name + MANIFEST_SUFFIX)
        manifest.unlink(missing_ok=True)
        if file.sequence:
            manifest.write_text(json.dumps({"rows": len(rows), "sequence": file.sequence}), encoding="utf-8")

    def take_in(self, round_number):
        fault = self.chance.choices(["none", "killed", "full"], [6, 3, 1])[0]
        if fault == "killed":
            with suppress(Killed), Disk(self.layout.home, killed_at(self.chance.randint(1, 90)), ANOTHER_PROCESS):
                self._take_in(round_number)
        elif fault == "full":
            with suppress(OSError), Disk(self.layout.home, full_from(self.chance.randint(1, 90))):
                self._take_in(round_number)
        with Disk(self.layout.home):
            self._take_in(round_number)

    def _take_in(self, round_number):
        take_in(self.layout, CASES, ROUNDS[round_number], KEYS, self.bench)

    def damage(self, entry):
        """Flip a bit of the delivery's raw file, or lose the file."""
        path = self.layout.home / self.record_of(entry).raw_path
        content = bytearray(path.read_bytes())
        content[self.chance.randrange(len(content))] ^= 1 << self.chance.randrange(8)
        path.unlink() if self.chance.random() < 0.3 else path.write_bytes(content)

    def decide(self, entry):
        withdraw(self.layout, self.record_of(entry).delivery_id, "as the history says", undo=entry.is_withdrawn)

    def record_of(self, entry):
        (found,) = (
            record
            for record in ledger.list_records(self.layout)
            if (record.verdict, record.period, record.version) == ("accepted", entry.file.period, entry.version)
        )
        return found

    def state(self):
        """What the ledger and raw say, in the model's words."""
        records = ledger.list_records(self.layout, CASES.extract)
        said = []
        for record in records:
            record.check_conservation()
            if record.verdict not in DECISIONS:
                change = (record.rows_added_count, record.rows_removed_count, record.rows_changed_count)
                quarantined = record.quarantined_by_reason.get("unknown_code", 0)
                counts = (record.rows_read_count, record.rows_accepted_count, quarantined)
                said.append((record.round, record.file_name, record.verdict, record.version, counts, change))
        in_force = {
            period: (record.version, self.rows_of(record))
            for (_, period), record in ledger.current_deliveries(records).items()
        }
        return sorted(said, key=str), in_force

    def rows_of(self, record):
        table = pq.read_table(self.layout.home / record.raw_path, partitioning=None)
        numbers = {row["case_number"]: place for place, row in enumerate(MADE[record.period])}
        return {
            numbers[row["case_number"]]: CODES.index(row["case_type_code"]) + 1
            for row in table.select(["case_number", "case_type_code"]).to_pylist()
        }


def state_of(model):
    said = []
    for entry in model.entries:
        good = len(entry.good)
        counts = (len(entry.file.rows) + 1, good, len(entry.file.rows) - good)
        said.append(
            (
                str(ROUNDS[entry.file.round]),
                file_name(CASES, entry.file.period, entry.file.note),
                entry.verdict,
                entry.version,
                counts if entry.verdict == "accepted" else (0, 0, 0),
                entry.change or (None, None, None),
            )
        )
    return sorted(said, key=str), {period: (e.version, e.good) for period, e in model.in_force().items()}


def some_file(chance, earlier):
    """A file, now and then with the rows of an earlier one; most rows are the same from file to file."""
    if earlier and chance.random() < 0.2:
        again = chance.choice(earlier)
        return SentFile(chance.randrange(2), again.period, chance.choice(["", "重发"]), again.rows, again.sequence)
    numbers = sorted(chance.sample(range(16), chance.choice([3, 11, 13, 15, 16])))
    contents = chance.choice([[0], *[[0, 1, 1, 1, 1, 2]] * 9])
    rows = tuple((number, chance.choice(contents)) for number in numbers)
    return SentFile(
        round=chance.randrange(2),
        period=chance.choice(list(MADE)),
        note=chance.choice(["", "更正", "补报"]),
        rows=rows,
        sequence=chance.choice([None, None, 1, 2, 3]),
    )


def run_history(seed, folder, bench):
    chance = random.Random(seed)
    model, home, sent = Model(), Home(folder, bench, chance), []
    for _ in range(chance.randint(3, 6)):
        step = chance.random()
        accepted = model.accepted()
        if step < 0.6 or not accepted:
            for _ in range(chance.choice([1, 1, 2])):
                file = some_file(chance, sent)
                sent.append(file)
                model.land(file)
                home.land(file)
            model.take_in(file.round)
            home.take_in(file.round)
        elif step < 0.85:
            entry = chance.choice(accepted)
            home.decide(entry)
            entry.decisions += 1
        else:
            home.damage(chance.choice(accepted))
            round_number = chance.randrange(2)
            model.take_in(round_number)
            home.take_in(round_number)
        assert home.state() == state_of(model), f"history {seed}"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_any_history_ends_as_the_reference_says(batch, tmp_path, bench, request):
    for seed in range(batch, request.config.getoption("--histories"), BATCHES):
        folder = tmp_path / str(seed)
        run_history(seed, folder, bench)
        shutil.rmtree(folder)


def test_files_with_sequences_end_the_same_in_any_order_and_round(tmp_path, bench):
    """Only what a department numbers can be put in order by its content alone."""
    for seed in range(8):
        chance = random.Random(seed)
        files = [
            SentFile(0, "201701", note, tuple((number, 1) for number in range(12 + place)), place + 1)
            for place, note in enumerate(("", "更正", "补报"))
        ]
        home = Home(tmp_path / str(seed), bench, chance)
        for file in chance.sample(files, 3):
            moved = SentFile(chance.randrange(2), file.period, file.note, file.rows, file.sequence)
            home.land(moved)
            home.take_in(moved.round)
        ((_, rows),) = home.state()[1].values()
        assert rows == dict(files[-1].rows)
