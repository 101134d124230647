"""The spine: everyone who stands in a register of the real population with a usable number, one row a person.

A row whose number, name, sex or birth date contradict one another does not say who somebody is: it is held for review
and makes no one. Who has no row in the latest register (it may be the damaged one) keeps the row of the one before.

Belongs here: making the table ``spine`` and finding held rows. Does not belong here: scoring (``candidates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.identity.numbers import RESIDENT_CARD
from ingestion.identity.sources import SPINE_EXTRACTS, RoundSources
from ingestion.identity.vault import Vault, evidence_sql, names_sql
from ingestion.ledger import Delivery
from ingestion.parsing.cells import comparable_name

if TYPE_CHECKING:
    import duckdb

#: Where a resident number says the birth date: first character and how many.
_NUMBER_PARTS = {"year": (7, 4), "month": (11, 2), "day": (13, 2)}
_PLAIN = r"[\x{4E00}-\x{9FFF}]+"
#: An empty spine.
_NO_SPINE = (
    "CREATE OR REPLACE TEMP TABLE spine (row_id BIGINT, register UTINYINT, row_number INTEGER, person_id UUID, "
    "document_type_code VARCHAR, number VARCHAR, name_key VARCHAR, birth_date DATE, sex_code VARCHAR, "
    "committee_code VARCHAR, dwelling_code VARCHAR, phone VARCHAR, person_name VARCHAR)"
)
_IDENTIFIED = "identity_quality_code IN ('valid', 'upgraded_15')"


def name_key(column: str) -> str:
    """SQL of a name as it is compared: without blanks, dots and letters' case. Plain Chinese names are so already."""
    cleaned = comparable_name(f"coalesce({column}, '')")
    return f"CASE WHEN regexp_full_match({column}, '{_PLAIN}') THEN {column} ELSE {cleaned} END"


def is_slip(one: str, other: str) -> str:
    """SQL: two different dates of which one may be a slip of the other: day and month exchanged, or a day apart."""
    return (
        f"(abs(date_diff('day', {one}, {other})) <= 1 OR (year({one}) = year({other}) "
        f"AND month({one}) = day({other}) AND day({one}) = month({other})))"
    )


def make_spine(connection: duckdb.DuckDBPyConnection, vault: Vault, sources: RoundSources) -> None:
    """Create the tables ``spine`` and ``held`` (delivery_id, row_number), and what later steps ask about registers.

    ``spine`` has row_id, register, person_id, number, name_key, person_name, birth_date, sex_code, committee_code,
    dwelling_code, phone; ``registers`` has register, delivery_id, extract, is_latest. ``known``: rows of the registers
    before, with person_id and the row_id of the person's row in a latest register. ``doubtful``: row_id of the latest
    registers' held rows. ``repeated`` (register, person_id, row_id): rows of who stands in a more telling register.
    """
    latest, before = _in_order(sources.registers), _in_order(sources.registers_before)
    connection.execute("CREATE OR REPLACE TEMP TABLE held (delivery_id VARCHAR, row_number INTEGER)")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE registers "
        "(register UTINYINT, delivery_id VARCHAR, extract VARCHAR, is_latest BOOLEAN)"
    )
    for place, one in enumerate([*latest, *before]):
        connection.execute(
            "INSERT INTO registers VALUES (?, ?, ?, ?)", [place, one.delivery_id, one.extract, place < len(latest)]
        )
    connection.execute(_NO_SPINE)
    for place, one in enumerate(latest):
        rows = evidence_sql(vault, connection, one, _IDENTIFIED)
        connection.execute("INSERT INTO spine BY NAME " + _register_rows(rows, place))
    _compare_with_known(connection, vault, before, len(latest))
    _take_doubtful_off(connection, len(latest))
    for place, one in enumerate(before, start=len(latest)):
        _add_missing(connection, vault, one, place)


def _in_order(deliveries: list[Delivery]) -> list[Delivery]:
    return sorted(deliveries, key=lambda one: SPINE_EXTRACTS.index(one.extract))


def _register_rows(rows: str, register: int) -> str:
    return f"""
        SELECT CAST({register << 32} AS BIGINT) + row_number AS row_id, {register} AS register, row_number,
            person_pseudonym AS person_id, document_type_code, number, {name_key("person_name")} AS name_key,
            birth_date, sex_code, committee_code, dwelling_code, phone, person_name
        FROM ({rows})"""


def _compare_with_known(
    connection: duckdb.DuckDBPyConnection, vault: Vault, before: list[Delivery], first_place: int
) -> None:
    """Create ``known``: the registers before are read once, and joined once with all rows of the latest. Later steps
    then join by ``row_id``, a number, and never by name again."""
    names = " UNION ALL ".join(
        f"SELECT {place} AS register, row_number, person_pseudonym AS person_id, person_name "
        f"FROM ({names_sql(vault, connection, one)})"
        for place, one in enumerate(before, start=first_place)
    )
    nobody = "SELECT register, row_number, person_id, person_name FROM spine WHERE false"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE known AS
        SELECT known.register, known.row_number, known.person_id, spine.row_id,
            CASE WHEN known.person_name <> spine.person_name
                THEN {name_key("known.person_name")} <> spine.name_key ELSE false END AS is_other_name
        FROM ({names or nobody}) AS known
        LEFT JOIN spine ON spine.person_id = known.person_id""")


def _take_doubtful_off(connection: duckdb.DuckDBPyConnection, register_count: int) -> None:
    """Hold rows that contradict themselves, what was known of the number or a more telling register, and leave one row
    a person. Before, ``spine`` has every row of the latest registers."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE doubtful AS
        SELECT row_id FROM spine
        WHERE document_type_code = '{RESIDENT_CARD}' AND ({_contradicts_itself()})
        UNION
        SELECT row_id FROM known WHERE is_other_name""")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE twice AS
        SELECT later.register, later.person_id, later.row_id, earlier.row_id AS earlier_id,
            later.name_key <> earlier.name_key AS is_other_name
        FROM (FROM spine WHERE register > 0) AS later
        INNER JOIN spine AS earlier ON earlier.person_id = later.person_id AND earlier.register < later.register""")
    connection.execute("CREATE OR REPLACE TEMP TABLE repeated (register UTINYINT, person_id UUID, row_id BIGINT)")
    for register in range(1, register_count):
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE standing AS
            FROM twice WHERE register = {register}
                AND earlier_id NOT IN (SELECT row_id FROM doubtful UNION ALL SELECT row_id FROM repeated)""")
        connection.execute("INSERT INTO doubtful SELECT row_id FROM standing WHERE is_other_name")
        connection.execute("""
            INSERT INTO repeated SELECT DISTINCT register, person_id, row_id FROM standing
            WHERE row_id NOT IN (SELECT row_id FROM doubtful)""")
    connection.execute("""
        INSERT INTO held
        SELECT registers.delivery_id, spine.row_number
        FROM spine INNER JOIN registers USING (register)
        WHERE row_id IN (SELECT row_id FROM doubtful)""")
    connection.execute(
        "DELETE FROM spine WHERE row_id IN (SELECT row_id FROM doubtful UNION ALL SELECT row_id FROM repeated)"
    )


def _add_missing(connection: duckdb.DuckDBPyConnection, vault: Vault, delivery: Delivery, register: int) -> None:
    """Add who stood in the register before and has no row on the spine."""
    chosen = f"""row_number IN (
        SELECT row_number FROM known WHERE register = {register}
            AND (row_id IS NULL OR row_id IN (SELECT row_id FROM doubtful)))"""
    rows = _register_rows(evidence_sql(vault, connection, delivery, chosen), register)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE missing AS {rows}")
    connection.execute("DELETE FROM missing WHERE person_id IN (SELECT person_id FROM spine)")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE doubtful_missing AS
        SELECT row_number FROM missing WHERE document_type_code = '{RESIDENT_CARD}' AND ({_contradicts_itself()})""")
    connection.execute(f"INSERT INTO held SELECT '{delivery.delivery_id}', row_number FROM doubtful_missing")
    connection.execute(
        "INSERT INTO spine BY NAME FROM missing WHERE row_number NOT IN (SELECT row_number FROM doubtful_missing)"
    )


def _contradicts_itself() -> str:
    """SQL: the resident number says another sex than the row, or a birth date that is no slip of the row's."""
    digits = {name: f"CAST(substr(number, {at}, {width}) AS INTEGER)" for name, (at, width) in _NUMBER_PARTS.items()}
    said = "make_date({year}, {month}, {day})".format(**digits)
    written = "strftime(birth_date, '%Y%m%d')"
    return f"""
        CASE WHEN ascii(substr(number, 17, 1)) % 2 <> ascii(sex_code) % 2 THEN true
            WHEN substr(number, 7, 8) <> {written} THEN NOT {is_slip("birth_date", said)} END"""
