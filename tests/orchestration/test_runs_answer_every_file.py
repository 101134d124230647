"""A run answers every file that came, above all those that stopped it."""

from ingestion.answers.replies import reply_path
from ingestion.ledger import list_records
from tests.town import LANDED, Town
from warehouse.layout import Layout


def test_a_run_that_is_refused_has_answered_every_file_of_its_round(faulty_home):
    layout = Layout(faulty_home[0])
    records = [record for record in list_records(layout) if record.round == LANDED]
    assert {record.verdict for record in records} >= {"accepted", "refused"}
    assert [record.record_id for record in records if not reply_path(layout, record).exists()] == []


def test_a_reply_that_a_killed_run_did_not_come_to_is_written_by_the_next(published_town: Town):
    records = [record for record in list_records(published_town.layout) if record.round == LANDED]
    paths = [reply_path(published_town.layout, record) for record in records]
    before = {path: path.read_bytes() for path in paths}
    for path in paths[::2]:
        path.unlink()
    assert published_town.pingan("reply").exit_code == 0
    assert {path: path.read_bytes() for path in paths} == before
