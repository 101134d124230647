"""The manifest that a sender may put beside a file: what the file is to be, so that a wrong or cut one is noticed.

It is named like the file with ``.manifest.json`` after it, and is a JSON object of any of ``rows`` (rows of data,
without header, notes and totals), ``sha256``, ``period``, ``sequence`` and ``confirms``.

Belongs here: reading a manifest and comparing it with its file. Does not belong here: reading the file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingestion.names import MANIFEST_SUFFIX
from ingestion.reasons import FileRefused, mask_digits
from warehouse.files import reading

#: A manifest is a few lines.
_MAXIMUM_BYTES = 1 << 16


class Manifest(BaseModel):
    """What the sender says of the file. What is not said is not compared."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rows: int | None = Field(None, ge=0, description="Rows of data in the file, the ones with mistakes included.")
    sha256: str | None = Field(None, pattern=r"^[0-9a-fA-F]{64}$")
    period: str | None = None
    sequence: int | None = Field(
        None, ge=1, le=999_999_999, description="Place among the versions of the period; the highest is in force."
    )
    confirms: list[Literal["repeated_content", "not_whole", "another_district"]] = Field(
        [], description="Findings that the sender has looked at and confirms to be true."
    )


@dataclass(frozen=True)
class SentManifest:
    """A manifest as it came."""

    content: Manifest

    def check_file(self, sha256: str, period: str) -> None:
        """Raises FileRefused ``manifest_mismatch`` when the file is not the one that the manifest is about."""
        said = self.content
        if said.sha256 and said.sha256.lower() != sha256:
            raise _mismatch(
                "清单中的 sha256 与文件不同，文件可能未传完或被改动",
                "the sha256 in the manifest is not the file's; it may have been cut short or changed",
            )
        if said.period and said.period.upper() != period:
            raise _mismatch("清单中的所属期与文件名不同", "the period in the manifest is not that of the file's name")

    def check_rows(self, row_count: int) -> None:
        """Raises FileRefused ``manifest_mismatch`` unless the file has as many rows of data as the manifest says."""
        if self.content.rows is not None and self.content.rows != row_count:
            raise _mismatch(
                f"清单称有 {self.content.rows} 行数据，文件中有 {row_count} 行",
                f"the manifest says {self.content.rows} rows of data, the file has {row_count}",
            )


NO_MANIFEST = SentManifest(Manifest())


#: What is wrong with an entry, by the name of the rule that it breaks.
_FAULTS = {
    "int_type": "应为整数 to be a whole number",
    "int_parsing": "应为整数 to be a whole number",
    "greater_than_equal": "数值过小 too small",
    "extra_forbidden": "没有这一项，请删去 there is no such entry, remove it",
    "json_invalid": "不是完整的 JSON not whole JSON",
    "string_type": "应为文本 to be text",
    "list_type": "应为列表 to be a list",
    "literal_error": "不是可以确认的事项 not one of the findings that can be confirmed",
}


def manifest_beside(path: Path) -> SentManifest:
    """The manifest of the file at ``path``, or one that says nothing. Raises FileRefused ``bad_manifest``."""
    content = _content(path)
    if content is None:
        return NO_MANIFEST
    try:
        return SentManifest(Manifest.model_validate_json(content))
    except ValidationError as error:
        # Only where and which rule: what stands there may be anything.
        found = "; ".join(
            f"{mask_digits('.'.join(map(str, one['loc']))) or 'JSON'}: {one['type']}"
            f" ({_FAULTS.get(one['type'], '不合约定 not as agreed')})"
            for one in error.errors()
        )
        raise FileRefused("bad_manifest", detail=found) from None


def manifest_sha256(path: Path) -> str | None:
    """The sha256 of the manifest beside ``path``, None without one."""
    content = _content(path)
    return None if content is None else hashlib.sha256(content).hexdigest()


def _content(path: Path) -> bytes | None:
    manifest = path.with_name(path.name + MANIFEST_SUFFIX)
    with reading():
        if not manifest.is_file():
            return None
        with open(manifest, "rb") as handle:
            return handle.read(_MAXIMUM_BYTES)


def _mismatch(zh: str, en: str) -> FileRefused:
    return FileRefused("manifest_mismatch", detail_zh=zh, detail_en=en)
