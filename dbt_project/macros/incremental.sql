{#
  Models of persons and of events keep what they decided for a quarter until one of its inputs changes. Quarters that
  are decided anew take the place of the old ones within one transaction; nothing is written aside first, as
  dbt-duckdb's own way does, since the rows are those of a whole population.

  A model that says so (`keeps_known_quarters_only`) lets go of quarters that have no delivery any more or come after the
  run's, as if all were made anew: whoever reads it then needs not ask which quarters are known. A population is too
  dear for that.
#}
{% materialization incremental, adapter="duckdb" %}
  {%- set target = this.incorporate(type="table") -%}
  {%- set is_kept = is_incremental() -%}
  {%- set quarters = stale_quarters() if is_kept else [] -%}
  {%- set history = config.get("meta").superseded_in -%}
  {#- A build of this model alone has no table to keep it in yet. -#}
  {%- set keeps_history = quarters and history and decides_again(target, quarters)
      and load_relation(target.incorporate(path={"identifier": history})) is not none -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement("main") -%}
    {% if is_kept -%}
    {% if keeps_history -%}
    create or replace temp table decided_before as select * from {{ target }} where {{ in_quarters("quarter", quarters) }};
    {%- endif %}
    delete from {{ target }} where {{ in_quarters("quarter", quarters) }}
    {%- if config.get("meta").keeps_known_quarters_only %}
        or quarter not in (
            select quarter from {{ fingerprinted_inputs() }}
            where subject_code = '{{ config.get("meta").subject }}'
        )
    {%- endif %};
    insert into {{ target }} by name ({{ compiled_code }});
    {% if keeps_history -%}
    {{ superseded_rows(target, target.incorporate(path={"identifier": history}), "decided_before") }};
    drop table decided_before;
    {%- endif %}
    {%- else -%}
    {{ replaced_table(target, load_cached_relation(this), compiled_code) }}
    {%- endif %}
  {%- endcall %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# Whether one of the quarters was decided before. #}
{% macro decides_again(target, quarters) -%}
    {%- set query = "select 1 from " ~ target ~ " where " ~ in_quarters("quarter", quarters) ~ " limit 1" -%}
    {{ return(run_query(query).rows | length > 0) }}
{%- endmacro %}

{# Keeps what quarters said before they were decided again, for the persons whose row became another one: nothing that was
   known is lost, and nothing is copied that stays as it was. #}
{% macro superseded_rows(target, history, before) -%}
    {%- set columns = adapter.get_columns_in_relation(target) | map(attribute='name')
        | reject('in', ['quarter', 'person_id', 'first_seen_quarter', 'known_round', 'input_fingerprint']) | list -%}
    insert into {{ history }} by name
    with decided as (
        select * from {{ target }} where quarter in (select distinct quarter from {{ before }})
    ),
    persons as (
        select quarter, person_id, max(superseded_round) as since_round from {{ history }} group by quarter, person_id
    ),
    quarters as (
        select quarter, min(known_round) as since_round from {{ history }} group by quarter
    )
    select
        coalesce(before.quarter, decided.quarter) as quarter,
        coalesce(before.person_id, decided.person_id) as person_id,
        before.person_id is not null as was_known,
        coalesce(persons.since_round, quarters.since_round, before.known_round, decided.quarter) as known_round,
        (
            select max(known_round)
            from {{ target.incorporate(path={'identifier': 'int_deliveries__known'}) }}
        ) as superseded_round,
        {% for column in columns %}before.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ before }} as before
    full join decided on before.person_id = decided.person_id and before.quarter = decided.quarter
    left join persons
        on persons.person_id = coalesce(before.person_id, decided.person_id)
        and persons.quarter = coalesce(before.quarter, decided.quarter)
    left join quarters on quarters.quarter = coalesce(before.quarter, decided.quarter)
    where before.person_id is null
        or decided.person_id is null
        or ({% for column in columns %}before.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
        is distinct from ({% for column in columns %}decided.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# A table that other models add rows to. It outlives a changed project, whose new columns are empty in the old rows. #}
{% materialization history, adapter="duckdb" %}
  {%- set target = this.incorporate(type="table") -%}
  {%- set existing = load_cached_relation(this) -%}

  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement("main") -%}
    {% if existing is none -%}
    {{ create_table_as(False, target, compiled_code) }}
    {%- else -%}
    {% for column in get_column_schema_from_query(compiled_code) -%}
    alter table {{ target }} add column if not exists {{ column.name }} {{ column.dtype }};
    {% endfor %}
    {%- endif %}
  {%- endcall %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# The checksums of a model and of all models and seeds it is made from: other rules, other figures. #}
{% macro rules_checksum() -%}
    {%- set open = [model.unique_id] -%}
    {%- set seen = {} -%}
    {%- for step in range(500) if open -%}
        {%- set id = open.pop() -%}
        {%- if id not in seen and id in graph.nodes -%}
            {%- do seen.update({id: graph.nodes[id].checksum.checksum}) -%}
            {%- do open.extend(graph.nodes[id].depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(seen | dictsort | string)) }}
{%- endmacro %}

{# The fingerprint to store with a quarter: its inputs and the rules. #}
{% macro stored_fingerprint(column) -%}
    md5({{ column }} || '{{ rules_checksum() if execute else '' }}')
{%- endmacro %}

{# The relation that has the fingerprints of what the model is kept by. #}
{% macro fingerprinted_inputs() -%}
    {{ return(ref(config.get("meta").inputs or "int_quarters__fingerprinted")) }}
{%- endmacro %}

{# The quarters of the model's subject that are new, whose current deliveries or geography changed, or whose rules changed.
   What the model names as its `subject` and `inputs` is known only when it runs, so the model's own SQL refers to its
   inputs, too. Of a model that remembers the quarter before, all from the first such quarter on: one in which nothing is to be kept is never known
   by its fingerprint, and what comes after it must not be compared with it while those between stay. #}
{% macro stale_quarters() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set query -%}
        with asked as (
            select quarter, input_fingerprint
            from {{ fingerprinted_inputs() }}
            where subject_code = '{{ config.get("meta").subject }}'
        ),
        stale as (
            select quarter from asked
            {%- if is_incremental() %}
            where {{ stored_fingerprint('input_fingerprint') }} not in (select distinct input_fingerprint from {{ this }})
            {%- endif %}
        )
        select quarter from {{ 'asked' if config.get('meta').remembers else 'stale' }}
        where quarter >= (select min(quarter) from stale)
        order by quarter
    {%- endset -%}
    {{ return(asked_once(query)) }}
{%- endmacro %}

{# The first column of what a query yields, asked once in a run of dbt: a model asks when it is compiled and again when it
   is run, many ask the same, and each time dbt takes longer over it than the database. #}
{% macro asked_once(query) -%}
    {%- set place = "answers in " ~ invocation_id -%}
    {%- if place not in graph -%}{%- do graph.update({place: {}}) -%}{%- endif -%}
    {%- set answers = graph[place] -%}
    {%- if query not in answers -%}
        {%- do answers.update({query: run_query(query).columns[0].values() | list}) -%}
    {%- endif -%}
    {{ return(answers[query]) }}
{%- endmacro %}

{# The quarter before those that a model decides anew, of which it keeps what it decided; none where there is none. #}
{% macro kept_quarter_before(quarters) -%}
    {%- if not (execute and quarters and is_incremental()) -%}{{ return(none) }}{%- endif -%}
    {%- set query -%}
        select max(quarter) from (select distinct quarter from {{ this }}) where quarter < '{{ quarters[0] }}'
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()[0]) }}
{%- endmacro %}

{# The run's quarter as the models know it, spelt out: models that ask here need not be parsed anew for every quarter. #}
{% macro known_run_quarter() -%}
    {%- set known = ref('int_quarters__known') -%}
    {%- if execute -%}
        '{{ asked_once('select quarter from ' ~ known ~ ' where is_run_quarter')[0] }}'
    {%- else -%}
        ''
    {%- endif -%}
{%- endmacro %}

{# A condition with the quarters spelt out, so that only their files are opened. Of one quarter it is an equation, which
   DuckDB also asks of what is joined by quarter; a list it does not, and would read all quarters of that. #}
{% macro in_quarters(column, quarters) -%}
    {%- if quarters | length == 1 -%}
        {{ column }} = '{{ quarters[0] }}'
    {%- elif quarters -%}
        {{ column }} in ('{{ quarters | join("', '") }}')
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
