"""A file written again with other pseudonyms: all else stays as it is.

A raw file comes out byte for byte as a reading of the archived file under the new keys would make it, since its groups
of rows and its dictionaries are kept.

Belongs here: writing one file. Does not belong here: the new pseudonyms (``crosswalk``), or which files (``carrying``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.identity.encryption import VaultCipher
from ingestion.promotion import rows_writer

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

#: Arrow gives up a column's dictionary when it grows beyond this many bytes.
_DICTIONARY_BYTES = 1 << 20


def rewrite(
    source: Path, target: Path, change: Callable[[pa.Table], pa.Table], reading: VaultCipher, writing: VaultCipher
) -> None:
    """Write ``source`` to ``target`` with ``change`` applied to each group of rows. A raw file is read and written with
    ciphers that have no key."""
    with reading.open(source) as file:
        coded, as_dictionary = _coded_columns(file)
    with reading.open(source, as_dictionary) as file:
        groups = range(file.num_row_groups)
        first = change(file.read_row_group(0) if groups else file.schema_arrow.empty_table())
        target.parent.mkdir(parents=True, exist_ok=True)
        with rows_writer(target, first.schema, coded, **writing.writer_options(target)) as writer:
            for group in groups:
                rows = change(file.read_row_group(group)) if group else first
                writer.write_table(rows, row_group_size=rows.num_rows)


def _coded_columns(file: pq.ParquetFile) -> tuple[list[str], list[str]]:
    """The columns that the file has a dictionary of, and those among them whose dictionary is to be kept."""
    import pyarrow as pa

    if not file.num_row_groups:
        return [], []
    group = file.metadata.row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    coded = [column.path_in_schema for column in columns if "RLE_DICTIONARY" in column.encodings]
    texts = [name for name in coded if pa.types.is_string(file.schema_arrow.field(name).type)]
    return coded, [name for name in texts if _bytes_of_words(file, name) <= _DICTIONARY_BYTES]


def _bytes_of_words(file: pq.ParquetFile, name: str) -> int:
    import pyarrow.compute as pc

    words = pc.unique(file.read_row_group(0, columns=[name])[name].drop_null())
    return (pc.sum(pc.binary_length(words)).as_py() or 0) + 4 * len(words)
