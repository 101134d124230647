"""``pingan keys``: which set is in use, a new set for custody, and from one set to the next.

Belongs here: telling, in ids and counts. Does not belong here: rotating (``ingestion.identity.rotation``), or the rules
of custody (``warehouse.custody``).
"""

from __future__ import annotations

from pathlib import Path

import click

from ingestion.identity.encryption import CannotEncrypt
from ingestion.identity.rotation.carrying import CannotRotate
from ingestion.identity.rotation.plan import RotationPlan, plan_rotation
from ingestion.identity.rotation.rotating import rotate as carry_over
from orchestration import exits
from orchestration.writing import writing
from warehouse.custody import read_key_file, write_key_file
from warehouse.keys import key_path, lasting_key_of, load_keys, new_set
from warehouse.layout import Layout


def show(layout: Layout) -> int:
    """Where the keys are and under which ids; never a key."""
    keys = load_keys(layout.keys)
    click.echo(
        f"密钥文件 key file: {key_path(layout.keys)}\n"
        f"密钥组 key set: {keys.key_id}（{', '.join(sorted(keys.by_purpose))}{', vault' if keys.vault else ''}）\n"
        f"长期密钥 lasting key: {keys.lasting.key_id}"
    )
    return exits.DONE


def make(path: Path, lasting_of: Path | None, home: Path) -> int:
    """Write a new key file, with the lasting key of ``lasting_of`` if that is given. Raises click.UsageError when
    something stands at ``path``, and KeyFileExposed or KeysUnusable for the other."""
    if path.exists() or path.is_symlink():
        raise click.UsageError(f"{path} 已存在，不覆盖 is there already and is not overwritten")
    lasting = lasting_key_of(read_key_file(lasting_of, home), lasting_of) if lasting_of else None
    write_key_file(path.absolute(), new_set("set", lasting))
    click.echo(
        f"已写入 written: {path}\n先交存一份副本再使用 give a copy into escrow before it is used: docs/operations.md"
    )
    return exits.DONE


def rotate(layout: Layout, dry_run: bool) -> int:
    was_stopped = layout.rotation.exists()
    try:
        with writing(layout, "pingan keys rotate"):
            keys = load_keys(layout.keys)
            if was_stopped:
                click.echo(f"已完成上次中断的轮换 the rotation that was stopped is finished; key set: {keys.key_id}")
                return exits.DONE
            if dry_run:
                plan = plan_rotation(layout, keys)
                click.echo(f"将轮换 would be rotated: {keys.key_id}")
                _tell(plan)
                for fault in plan.faults:
                    click.echo(f"✗ {fault}", err=True)
                return exits.REFUSED if plan.faults else exits.DONE
            click.echo(f"轮换 rotating: {keys.key_id}")
            new, plan = carry_over(layout, keys, click.echo)
    except (CannotRotate, CannotEncrypt) as error:
        click.echo(f"✗ 未轮换 nothing was rotated:\n  {str(error).replace('; ', chr(10) + '  ')}", err=True)
        return exits.REFUSED
    _tell(plan)
    click.echo(
        f"现用密钥组 key set in use: {new.key_id}\n"
        f"请抄存 {plan.key_file} 并销毁旧组的一切副本；构建库下次运行重建。\n"
        f"Give a copy of {plan.key_file} into escrow and destroy every copy of the old set; the next run "
        "makes the build database again."
    )
    return exits.DONE


def _tell(plan: RotationPlan) -> None:
    click.echo(
        f"来文 deliveries: {len(plan.deliveries):,}; {plan.byte_count >> 20:,} MiB; "
        f"审核 decisions: {plan.review_count:,}\n"
        f"保留原样 left as they are: 指令 orders {plan.order_count:,}（长期密钥 lasting key）; "
        f"发布 releases {len(plan.releases):,}"
    )
