"""How well damaged rows are linked, beside plainer methods, on a simulated home; the table of docs/identity.md.

Run: python -m benchmarks.identity HOME QUARTER [--write]
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from ingestion.identity.candidates import make_candidates, make_model_tables
from ingestion.identity.linking import prepare
from ingestion.identity.model import load_model
from ingestion.identity.policy import load_policy
from ingestion.identity.sources import sources_of
from ingestion.identity.spilling import population_memory, private_connection
from ingestion.identity.vault import open_vault
from simulation.accuracy.identity import SURE_SCORE, IdentityAccuracy, make_compared, measure_identity
from simulation.accuracy.people import attach
from warehouse.files import write_text
from warehouse.keys import load_keys
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.quarters import Quarter

PAGE = PROJECT_ROOT / "docs" / "identity.md"
BEGIN, END = "<!-- measured: begin (python -m benchmarks.identity HOME QUARTER --write) -->", "<!-- measured: end -->"
#: Columns of the links that no other method has.
_METHODS = {
    "plain": ("Splink alone, probability from 0.9", f"match_probability >= {SURE_SCORE}"),
    "unique": ("unique name and birth date", "true"),
}


def other_methods(layout: Layout, quarter: str) -> tuple[dict[str, tuple[int, float, float]], float]:
    """Proposals, precision and recall of the linkable by the two plainer methods; CPU seconds of spine, records and
    candidates."""
    policy, keys = load_policy(), load_keys(layout.keys)
    sources = sources_of(layout, Quarter.parse(quarter))
    vault = open_vault(layout, keys, "benchmark of linkage")
    vault.opened(sources.of_round)
    with private_connection(vault.cipher, population_memory()) as linking, attach(layout) as truth:
        started = time.process_time()
        prepare(linking, vault, sources, keys.by_purpose["identity"])
        make_model_tables(linking)
        make_candidates(linking, load_model(policy.model))
        seconds = time.process_time() - started
        plain = linking.execute(
            "SELECT DISTINCT ON (record_pseudonym) record_pseudonym, person_id FROM candidates "
            f"WHERE {_METHODS['plain'][1]} ORDER BY record_pseudonym, match_probability DESC, person_id"
        ).to_arrow_table()
        unique = linking.execute(
            "SELECT record_pseudonym, min(spine.person_id) AS person_id FROM records "
            "INNER JOIN spine ON spine.name_key = records.name_key AND spine.birth_date = records.birth_date "
            "GROUP BY record_pseudonym HAVING count(DISTINCT spine.person_id) = 1"
        ).to_arrow_table()
        make_compared(truth, layout, quarter)
        found = {}
        for method, table in (("plain", plain), ("unique", unique)):
            truth.register("sent", table)
            truth.execute("CREATE OR REPLACE TEMP TABLE proposed AS FROM sent")
            found[method] = truth.execute("""
                SELECT count(proposed.person_id),
                    coalesce(avg(CAST(proposed.person_id = true_pseudonym AS INTEGER)), 1),
                    count(*) FILTER (WHERE is_linkable AND proposed.person_id = true_pseudonym)
                        / count(*) FILTER (WHERE is_linkable)
                FROM compared LEFT JOIN proposed USING (record_pseudonym)
                WHERE true_pseudonym IS NOT NULL""").fetchone()
        return found, seconds


def table(measured: IdentityAccuracy, others: dict[str, tuple[int, float, float]], seconds: float) -> str:
    everyone = measured.groups[0]
    lines = [
        BEGIN,
        "",
        f"Simulated district at full size, {measured.quarter}: {everyone.record_count:,} damaged records whose person "
        f"stands on the spine, {everyone.linkable_count:,} of them linkable.",
        "",
        "| method or group | damaged | linkable | proposals | right | linkable found |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for group in measured.groups:
        name = "**score from 0.9**" if group.code == "everyone" else f"– {group.code.replace('_', ' ')}"
        lines.append(
            f"| {name} | {group.record_count:,} | {group.linkable_count:,} | {group.sure_count:,} "
            f"| {group.precision:.2%} | {group.recall:.2%} |"
        )
    for method, (name, _) in _METHODS.items():
        count, precision, recall = others[method]
        lines.append(f"| {name} | | | {count:,} | {precision:.2%} | {recall:.2%} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    lines += [
        "",
        f"Automatic links: {measured.automatic_count:,}, {measured.automatic_precision:.4%} right; "
        f"{measured.policy_count:,} of them by the policy, {measured.policy_precision:.3%} right. "
        f"Spine, records and candidates of the round: {seconds:.1f} CPU seconds; peak memory of the benchmark "
        f"{peak:.1f} GiB.",
        "",
        END,
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    home, quarter = arguments[:2]
    layout = Layout(Path(home).resolve())
    made = table(measure_identity(layout, quarter), *other_methods(layout, quarter))
    print(made)
    if "--write" in arguments:
        page = PAGE.read_text(encoding="utf-8")
        write_text(PAGE, page[: page.index(BEGIN)] + made + page[page.index(END) + len(END) :])


if __name__ == "__main__":
    main(sys.argv[1:])
