{#
  A table of all quarters, of which hardly any row becomes another one from run to run. To write it anew, with the index of
  its key, costs more than to find out which rows differ, and the more quarters there are, the more. The model's query is
  asked for every quarter, unless the model names its `reach`: nothing else rests on knowing what it reads.

  `reach` says of one relation that it is all that the model is made of, record by record, and part by part the same:
    of: the relation's name;
    part: a column of both by which both are digested and compared;
    record: columns of both; no row of a record rests on rows of another;
    renamed: columns of the relation that have another name in the model, by that name;
    derived: columns of the model that the relation does not have;
    known_quarters_only: whether the model leaves rows of other quarters out.
  Then only the records that have a row in a part that differs are asked for, by `within_reach` in the model's query. So
  whatever the query reads of the relation must be among the model's columns, and after a change of the query itself the
  table is to be made anew (`--full-refresh`), as every run of a changed project does.
#}
{% materialization amended, adapter="duckdb" %}
  {%- set target = this.incorporate(type="table") -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set stands = is_standing() -%}
  {%- set reach = config.get("meta").reach -%}
  {%- set kept = kept_rows(target, reach) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if stands -%}
    {%- if reach -%}{%- do run_query("create or replace temp table reached as " ~ reached_records(target, reach)) -%}{%- endif -%}
    {%- do run_query("create or replace temp table fresh as (" ~ compiled_code ~ ")") -%}
    {%- do run_query(asserted_types(target, "select * from fresh")) -%}
    {%- do run_query("create or replace temp table differing as " ~ rows_that_differ(kept)) -%}
  {%- endif -%}
  {%- set is_amended = stands and few_rows_go(target, "differing") %}
  {%- if reach and stands and not is_amended -%}
    {%- do run_query("insert into fresh by name select * from " ~ target ~ " anti join reached using (" ~ reach.record | join(", ") ~ ")") -%}
  {%- endif -%}
  {% call statement("main") -%}
    {{ amended_rows(target, kept) if is_amended else replaced_table(
        target, existing, "select * from fresh" if stands else compiled_code
    ) }}
  {%- endcall %}
  {%- if stands -%}{%- do run_query("drop table differing; drop table fresh; drop table if exists reached") -%}{%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- if not is_amended -%}{%- do persist_docs(target, model) -%}{%- endif -%}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# Whether the model has a table that is kept and amended. #}
{% macro is_standing() -%}
    {%- set existing = load_cached_relation(this) if execute and model.config.materialized == "amended" else none -%}
    {{ return(existing is not none and existing.is_table and not should_full_refresh()) }}
{%- endmacro %}

{# What limits the relation that a model is made of, right behind its name, to the records that may have changed: they are
   known only while the model is made. #}
{% macro within_reach() -%}
    {%- if is_standing() and flags.WHICH in ("run", "build") -%}semi join reached using ({{ config.get("meta").reach.record | join(", ") }}){%- endif -%}
{%- endmacro %}

{# The records of which a part differs, by count and by a digest of all its rows, between the model and its source. #}
{% macro reached_records(target, reach) -%}
    {%- set source = ref(reach.of) -%}
    {%- set renamed = reach.renamed or {} -%}
    {%- set record = reach.record | join(", ") -%}
    {%- set known_only -%}
        {% if reach.known_quarters_only %}quarter in (select quarter from {{ ref("int_quarters__known") }}){% else %}true{% endif %}
    {%- endset -%}
    (
        with made_of as ({{ digested_parts(source, reach, renamed) }} where {{ known_only }} group by all),
        kept as ({{ digested_parts(target, reach, {}) }} group by all),
        parts as (
            select part from made_of full join kept using (part) where made_of.digest is distinct from kept.digest
        )
        select distinct {{ record }} from {{ source }}
        where {{ known_only }} and {{ renamed.get(reach.part, reach.part) }} in (select part from parts)
        union
        select distinct {{ record }} from {{ target }} where {{ reach.part }} in (select part from parts)
    )
{%- endmacro %}

{# Each part of a relation with a digest of what the model takes from it. #}
{% macro digested_parts(relation, reach, renamed) -%}
    {%- set taken = [] -%}
    {%- for column in model.columns.values() if column.name not in (reach.derived or []) -%}
        {%- do taken.append("cast(" ~ renamed.get(column.name, column.name) ~ " as " ~ column.data_type ~ ")") -%}
    {%- endfor -%}
    select {{ renamed.get(reach.part, reach.part) }} as part, {{ digest_of_rows(taken) }} as digest from {{ relation }}
{%- endmacro %}

{# A digest of a group's rows, whatever their order, by these columns. A hash of several columns is in DuckDB that of all but
   the last, folded with that of the last: without the hash around it rows that swap their last values would fold into the
   same digest. #}
{% macro digest_of_rows(columns) -%}
    count(*) || '-' || bit_xor(hash(hash({{ columns | join(", ") }})))
{%- endmacro %}

{# The rows of the mart beside which those of `fresh` are laid, with their places. #}
{% macro kept_rows(target, reach) -%}
    (
        select *, rowid as kept_place from {{ target }}
        {{ "semi join reached using (" ~ reach.record | join(", ") ~ ")" if reach }}
    )
{%- endmacro %}

{# The places of rows that are in the mart and not, or otherwise, in `fresh`, beside those that are to come. #}
{% macro rows_that_differ(kept) -%}
    {%- set keys = key_columns() -%}
    (
    select kept.kept_place as kept_id, fresh.rowid as fresh_id
    from {{ kept }} as kept
    full join fresh on {% for key in keys %}kept.{{ key }} = fresh.{{ key }}{{ " and " if not loop.last }}{% endfor %}
    where kept.{{ keys[0] }} is null
        or fresh.{{ keys[0] }} is null
        {%- for column in model.columns if column not in keys %}
        or kept.{{ column }} is distinct from fresh.{{ column }}
        {%- endfor %}
    )
{%- endmacro %}

{# Whether it pays to take out the rows that go alone: to take one out of a key's index costs thirty times what it costs to put
   one in. #}
{% macro few_rows_go(target, rows) -%}
    {%- set query = "select (select count(kept_id) from " ~ rows ~ "), (select count(*) from " ~ target ~ ")" -%}
    {%- set counts = run_query(query).rows[0] -%}
    {{ return(counts[0] <= var("rows_always_amended") or counts[0] * 30 <= counts[1]) }}
{%- endmacro %}

{% macro amended_rows(target, kept) -%}
    delete from {{ target }} where rowid in (select kept_id from differing);
    insert into {{ target }} by name select * from fresh where rowid in (select fresh_id from differing);
    {#- Of two rows of the result with one key, of which the mart has one already, that one stays while the other is not
        put in, or goes while the other takes its place: the key finds nothing wrong with either. #}
    select error('Constraint Error: duplicate key in {{ target.schema }}.{{ target.identifier }}: of two rows with one key it had one already')
    where (select count(*) from {{ kept }}) <> (select count(*) from fresh)
{%- endmacro %}

{% macro key_columns() -%}
    {{ return((model.constraints | selectattr("type", "equalto", "primary_key") | first).columns) }}
{%- endmacro %}
