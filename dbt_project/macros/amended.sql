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
    {%- do run_query(asserted_types(target, "select * from fresh")) -%}
    {%- do run_query("create or replace temp table differing as (" ~ rows_that_differ(target) ~ ")") -%}
  {%- endif -%}
  {%- set is_amended = stands and few_rows_go(target, "differing") %}
  {% call statement("main") -%}
    {{ amended_rows(target) if is_amended else replaced_table(
        target, existing, "select * from fresh" if stands else compiled_code
    ) }}
  {%- endcall %}
  {%- if stands -%}{%- do run_query("drop table differing; drop table fresh") -%}{%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- if not is_amended -%}{%- do persist_docs(target, model) -%}{%- endif -%}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# The places of rows that are in the mart and not, or otherwise, in `fresh`, beside those that are to come. #}
{% macro rows_that_differ(target) -%}
    {%- set keys = key_columns() -%}
    select kept.rowid as kept_id, fresh.rowid as fresh_id
    from {{ target }} as kept
    full join fresh on {% for key in keys %}kept.{{ key }} = fresh.{{ key }}{{ " and " if not loop.last }}{% endfor %}
    where kept.{{ keys[0] }} is null
        or fresh.{{ keys[0] }} is null
        {%- for column in model.columns if column not in keys %}
        or kept.{{ column }} is distinct from fresh.{{ column }}
        {%- endfor %}
{%- endmacro %}

{# Whether it pays to take out the rows that go alone: to take one out of a key's index costs thirty times what it costs to put
   one in. #}
{% macro few_rows_go(target, rows) -%}
    {%- set query = "select (select count(kept_id) from " ~ rows ~ "), (select count(*) from " ~ target ~ ")" -%}
    {%- set counts = run_query(query).rows[0] -%}
    {{ return(counts[0] <= var("rows_always_amended") or counts[0] * 30 <= counts[1]) }}
{%- endmacro %}

{% macro amended_rows(target) -%}
    delete from {{ target }} where rowid in (select kept_id from differing);
    insert into {{ target }} by name select * from fresh where rowid in (select fresh_id from differing);
    {#- Of two rows of the result with one key, of which the mart has one already, that one stays while the other is not
        put in, or goes while the other takes its place: the key finds nothing wrong with either. #}
    select error('Constraint Error: duplicate key in {{ target.schema }}.{{ target.identifier }}: of two rows with one key it had one already')
    where (select count(*) from {{ target }}) <> (select count(*) from fresh)
{%- endmacro %}

{% macro key_columns() -%}
    {{ return((model.constraints | selectattr("type", "equalto", "primary_key") | first).columns) }}
{%- endmacro %}
