"""One quarter's work as one hand-written script on DuckDB: the yardstick for `benchmarks.pipeline`.

It reads the same files of a round, decodes them, casts them, makes keyed pseudonyms, writes typed Parquet, decides
who is resident, counts the 22 indicators for every committee and scores them. It checks nothing, keeps no ledger,
quarantine, vault, history or release, and takes header aliases from the contracts; windows hold the one quarter
that it reads.

    python -m benchmarks.hand_written HOME QUARTER
"""

from __future__ import annotations

import hmac
import sys
import time
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
from python_calamine import CalamineWorkbook

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry

KEY = b"benchmark key, 32 bytes at least"
_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d%H%M%S", "%Y%m%d"]
_DATE = f"""coalesce(
    try_strptime(regexp_replace({{0}}, '[年月/.]', '-', 'g').replace('日', ''), {_FORMATS}),
    timestamp '1899-12-30' + to_days(try_cast({{0}} as integer)))"""


def text_table(path: Path, contract: Contract) -> pa.Table:
    """All cells as text under the contract's column names, whatever headers the file has."""
    names = {header: name for name, column in contract.columns.items() for header in column.headers}
    if contract.file.format == "xlsx":
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        start = next(i for i, row in enumerate(rows) if sum(str(cell) in names for cell in row) >= 2)
        header, body = [str(cell) for cell in rows[start]], rows[start + 1 :]
        columns = zip(*body, strict=True)
        table = {
            h: pa.array([None if c == "" else str(c) for c in column], pa.string())
            for h, column in zip(header, columns, strict=True)
        }
    else:
        head = path.read_bytes()[:65536].decode(contract.file.encoding, errors="ignore").splitlines()
        start = next(
            i for i, line in enumerate(head) if sum(cell in names for cell in line.split(contract.file.delimiter)) >= 2
        )
        header = head[start].split(contract.file.delimiter)
        encoding = contract.file.encoding.removesuffix("-sig")
        read = pyarrow.csv.read_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(encoding=encoding, skip_rows=start + 1, column_names=header),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=contract.file.delimiter, invalid_row_handler=lambda row: "skip"
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
        table = {name: read.column(name) for name in header}
    return pa.table({names[h]: column for h, column in table.items() if h in names})


def typed_select(contract: Contract) -> str:
    """The cast of every column of one extract, and the pseudonym where it carries persons."""
    reg, parts = registry(), []
    for name in contract.columns:
        meaning, text = reg.fields[name], f"trim({name})"
        if meaning.sensitivity == "direct":
            continue
        if meaning.type in ("date", "timestamp"):
            parts.append(f"try_cast({_DATE.format(text)} as {meaning.type}) as {name}")
        elif meaning.type == "code":
            labels = ", ".join(f"'{names.zh}': '{code}'" for code, names in reg.code_lists[meaning.codes].items())
            parts.append(f"coalesce(map {{{labels}}}[{text}], {text}) as {name}")
        elif meaning.type == "boolean":
            parts.append(f"{text} in ('是', '1', '1.0', 'true', 'True') as {name}")
        elif meaning.type in ("integer", "decimal"):
            parts.append(f"try_cast(replace({text}, ',', '') as double) as {name}")
        else:
            parts.append(f"{text} as {name}")
    if contract.person:
        number = contract.person.number
        return f"select p.person, {', '.join(parts)} from t join pseudonyms p on p.sent is not distinct from t.{number}"
    return f"select {', '.join(parts)} from t"


def pseudonyms(con: duckdb.DuckDBPyConnection, number: str) -> None:
    """HMAC-SHA-256 over the distinct normalised numbers of `t`, with the key bound."""
    pad = KEY.ljust(64, b"\0")
    inner, outer = bytes(b ^ 0x36 for b in pad), bytes(b ^ 0x5C for b in pad)
    assert hmac.digest(KEY, b"x", sha256) == sha256(outer + sha256(inner + b"x").digest()).digest()
    con.execute(
        f"""create or replace temp table pseudonyms as
            with sent as (select distinct {number} as sent from t),
            normal as (
                select sent, upper(regexp_replace(nfc_normalize(coalesce(sent, '')), '[^0-9A-Za-z]', '', 'g')) as number
                from sent)
            select sent,
                   substr(sha256(?::blob || unhex(sha256(?::blob || encode('111|' || number)))), 1, 32)::uuid as person
            from normal""",
        [outer, inner],
    )


def take_in(con: duckdb.DuckDBPyConnection, landing: Path, out: Path) -> int:
    rows = 0
    for contract in registry().contracts.values():
        files = sorted((landing / contract.department).glob(f"{contract.title.zh}_*"))
        tables = [text_table(path, contract) for path in files]
        t = pa.concat_tables(tables, promote_options="default")
        missing = [name for name in contract.columns if name not in t.column_names]
        for name in missing:
            t = t.append_column(name, pa.nulls(len(t), pa.string()))
        con.register("t", t)
        if contract.person:
            pseudonyms(con, contract.person.number)
        target = out / f"{contract.name}.parquet"
        con.execute(f"copy ({typed_select(contract)}) to '{target}' (format parquet, compression zstd)")
        con.execute(f"create or replace view {contract.name} as from '{target}'")
        con.unregister("t")
        rows += len(t)
    return rows


def score(con: duckdb.DuckDBPyConnection, end: str) -> int:
    """Residents by noisy-or, 22 indicators per committee, scores. Returns how many areas were scored."""
    con.execute(f"create or replace macro quarter_end() as date '{end}'")
    con.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    return con.execute("select count(*) from scores").fetchone()[0]


def run(home: Path, quarter: str, out: Path, log=lambda line: None) -> dict[str, float]:
    """Do a quarter's work; returns seconds by step and the rows read."""
    from warehouse.quarters import Quarter

    out.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("set threads = 2")
    started = time.perf_counter()
    rows = take_in(con, home / "landing" / quarter, out)
    taken = time.perf_counter()
    areas = score(con, Quarter.parse(quarter).end_date.isoformat())
    con.execute(f"copy scores to '{out / 'scores.csv'}'")
    done = time.perf_counter()
    log(f"{rows:,} rows, {areas} areas")
    return {
        "rows": rows,
        "areas": areas,
        "take in": taken - started,
        "mart and score": done - taken,
        "total": done - started,
    }


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, figure in run(Path(sys.argv[1]), sys.argv[2], Path(folder), print).items():
            print(f"{name:16} {figure:12,.2f}")
