{#
  A mart of all quarters, of which hardly any row becomes another one from run to run. To write such a table anew, with
  the index of its key, costs more than to find out which rows differ, and the more quarters there are, the more. The
  model's query is still asked for every quarter: nothing rests on knowing what it reads.
#}
{% materialization amended, adapter="duckdb" %}
  {%- set target = this.incorporate(type="table") -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set stands = existing is not none and existing.is_table and not should_full_refresh() -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if stands -%}
    {%- do run_query("create or replace temp table fresh as (" ~ compiled_code ~ ")") -%}
  {%- endif -%}
  {%- set changes = changes_of(target) if stands else {"are_few": false} %}
  {% call statement("main") -%}
    {{ amended_rows(target, changes.quarters) if changes.are_few else replaced_table(
        target, existing, "select * from fresh" if stands else compiled_code
    ) }}
  {%- endcall %}
  {%- if stands -%}{%- do run_query("drop table if exists gone; drop table fresh") -%}{%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- if not changes.are_few -%}{%- do persist_docs(target, model) -%}{%- endif -%}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# The quarters in which rows came, went or became others, with the rows that go put into `gone`, and whether these are so
   few that it pays to take them out: a row of a key's index is taken out at thirty times the cost of putting it in. #}
{% macro changes_of(target) -%}
    {%- set columns = model.columns.keys() | join(", ") -%}
    {%- set differing -%}
        select coalesce(now.quarter, before.quarter)
        from ({{ digests_by_quarter("fresh", columns) }}) as now
        full join ({{ digests_by_quarter(target, columns) }}) as before on now.quarter = before.quarter
        where now.digest is distinct from before.digest or now.row_count is distinct from before.row_count
    {%- endset -%}
    {%- set quarters = run_query(differing).columns[0].values() | list -%}
    {%- if not quarters -%}{{ return({"are_few": true, "quarters": []}) }}{%- endif -%}
    {%- set rest = model.columns.keys() | reject("in", key_columns()) | list -%}
    {%- do run_query(
        "create or replace temp table gone as select before.rowid as row_id from " ~ target ~ " as before left join fresh on "
        ~ equal_keys("before", "fresh") ~ " where " ~ in_quarters("before.quarter", quarters)
        ~ " and (fresh." ~ key_columns()[0] ~ " is null or (before." ~ rest | join(", before.")
        ~ ") is distinct from (fresh." ~ rest | join(", fresh.") ~ "))"
    ) -%}
    {%- set counts = run_query(
        "select (select count(*) from gone), (select count(*) from " ~ target ~ ")"
    ).rows[0] -%}
    {{ return({"are_few": counts[0] <= var("rows_always_amended") or counts[0] * 30 <= counts[1], "quarters": quarters}) }}
{%- endmacro %}

{# By quarter, how many rows there are and a digest of all their values that does not depend on their order. #}
{% macro digests_by_quarter(relation, columns) -%}
    select quarter, count(*) as row_count, sum(cast(hash({{ columns }}) as hugeint)) as digest
    from {{ relation }} group by quarter
{%- endmacro %}

{% macro amended_rows(target, quarters) -%}
    {%- if quarters -%}
    delete from {{ target }} where rowid in (select row_id from gone);
    insert into {{ target }} by name
    select fresh.* from fresh
    left join {{ target }} as kept on {{ equal_keys("kept", "fresh") }}
    where {{ in_quarters("fresh.quarter", quarters) }} and kept.{{ key_columns()[0] }} is null
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}

{% macro key_columns() -%}
    {{ return((model.constraints | selectattr("type", "equalto", "primary_key") | first).columns) }}
{%- endmacro %}

{% macro equal_keys(left, right) -%}
    {%- for column in key_columns() -%}
    {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
