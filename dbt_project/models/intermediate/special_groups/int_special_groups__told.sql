{{ config(
    materialized='incremental',
    meta={
        'subject': 'special_group_rounds', 'inputs': 'int_special_groups__fingerprinted',
        'keeps_known_quarters_only': true, 'remembers': true,
    },
) }}
{%- set rounds = stale_quarters() -%}
{%- set said = ['person_id', 'is_identified', 'committee_code', 'sub_district_code', 'start_date', 'end_date',
    'end_reason_code', 'has_plan'] %}

with

lists as (

    {{ lists_of_groups() }}

),

moments as (

    {{ moments_of_groups('lists') }}

),

latest_quarters as (

    select
        moments.group_code,
        moments.known_round,
        max(lists.quarter) as quarter
    from moments
    inner join lists
        on moments.group_code = lists.group_code
        and moments.known_round >= lists.known_round
        and moments.known_round < coalesce(lists.superseded_round, '9999Q4')
    group by moments.group_code, moments.known_round

),

run as (

    select end_date
    from {{ ref('int_quarters__known') }}
    where is_run_quarter

),

-- What the last round before these said of every spell that it or an earlier one knew.
told_before as (

    {% if rounds and is_incremental() -%}
    select
        told.spell_id,
        told.group_code,
        told.known_quarter,
        told.{{ said | join(',\n        told.') }}
    from {{ this }} as told
    inner join (
        select group_code, max(known_round) as known_round
        from moments
        where known_round < '{{ rounds[0] }}'
        group by group_code
    ) as last_moments
        on told.group_code = last_moments.group_code and told.quarter = last_moments.known_round
    {%- else -%}
    select
        spell_id,
        group_code,
        quarter as known_quarter,
        {{ said | join(',\n        ') }}
    from {{ ref('int_special_groups__listed') }}
    where false
    {%- endif %}

)
{%- for round in rounds %}
{%- set before = 'known_after_' ~ rounds[loop.index0 - 1] if loop.index0 else 'told_before' %}
{%- set in_force = "listed.known_round <= '" ~ round ~ "' and '" ~ round ~ "' < coalesce(listed.superseded_round, '9999Q4')" %}
{%- set end_of_known = "least(" ~ quarter_end("'" ~ round ~ "'") ~ ", run.end_date)" %},

-- Nearly every spell is in the newest list; only for the others are older ones looked through.
newest_{{ round }} as (

    select
        listed.* exclude (input_fingerprint),
        latest_quarters.quarter as latest_quarter
    from {{ ref('int_special_groups__listed') }} as listed
    inner join latest_quarters
        on listed.group_code = latest_quarters.group_code and listed.quarter = latest_quarters.quarter
    where latest_quarters.known_round = '{{ round }}' and {{ in_force }}

),

missed_{{ round }} as (

    select known.spell_id
    from {{ before }} as known
    left join newest_{{ round }} as newest on known.spell_id = newest.spell_id
    where newest.spell_id is null

),

older_{{ round }} as (

    select
        listed.* exclude (input_fingerprint),
        latest_quarters.quarter as latest_quarter
    from {{ ref('int_special_groups__listed') }} as listed
    inner join latest_quarters
        on listed.group_code = latest_quarters.group_code and listed.quarter < latest_quarters.quarter
    left join missed_{{ round }} as missed on listed.spell_id = missed.spell_id
    where latest_quarters.known_round = '{{ round }}' and {{ in_force }}
        and (missed.spell_id is not null or listed.known_round = '{{ round }}')

),

numbered_{{ round }} as (

    select
        *,
        row_number() over (partition by spell_id order by quarter desc, known_round desc) as place
    from (
        select * from newest_{{ round }}
        union all
        select * from older_{{ round }}
    )

),

-- A spell that the newest list no longer has ended with the last quarter that had it.
ended_{{ round }} as (

    select
        numbered.*,
        case
            when quarter < latest_quarter and coalesce(end_date, {{ far_future() }}) > {{ quarter_end('quarter') }}
                then {{ quarter_end('quarter') }}
        end as unlisted_end_date,
        coalesce(unlisted_end_date, end_date) as known_end_date
    from numbered_{{ round }} as numbered
    where place = 1

),

-- An end that lies ahead is not known yet.
said_{{ round }} as (

    select
        ended.spell_id,
        ended.group_code,
        ended.quarter as known_quarter,
        ended.person_id,
        ended.is_identified,
        ended.committee_code,
        ended.sub_district_code,
        ended.start_date,
        case when ended.known_end_date <= {{ end_of_known }} then ended.known_end_date end as end_date,
        case
            when ended.known_end_date > {{ end_of_known }} then null
            when ended.unlisted_end_date is not null then 'not_listed'
            else ended.end_reason_code
        end as end_reason_code,
        ended.has_plan
    from ended_{{ round }} as ended
    cross join run

),

-- A spell that no list in force has any more is told of with nothing said.
told_{{ round }} as (

    select
        '{{ round }}' as quarter,
        coalesce(said.spell_id, known.spell_id) as spell_id,
        coalesce(said.group_code, known.group_code) as group_code,
        said.known_quarter,
        said.{{ said | join(',\n        said.') }},
        known.known_quarter as known_quarter_before,
        known.spell_id is null or (said.{{ said | join(', said.') }})
        is distinct from (known.{{ said | join(', known.') }}) as is_told_otherwise
    from said_{{ round }} as said
    full join (
        select * from {{ before }}
        where group_code in (select group_code from moments where known_round = '{{ round }}')
    ) as known on said.spell_id = known.spell_id

),

known_after_{{ round }} as (

    select
        spell_id,
        group_code,
        known_quarter,
        {{ said | join(',\n        ') }}
    from told_{{ round }}

    union all

    select *
    from {{ before }}
    where group_code not in (select group_code from moments where known_round = '{{ round }}')

)
{%- endfor %},

told as (

    {% for round in rounds -%}
    select * from told_{{ round }}
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        cast(null as varchar) as quarter,
        *,
        cast(null as varchar) as known_quarter_before,
        cast(null as boolean) as is_told_otherwise
    from told_before
    where false
    {% endfor %}
)

select
    told.*,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from told
inner join {{ ref('int_special_groups__fingerprinted') }} as inputs
    on told.quarter = inputs.quarter and inputs.subject_code = 'special_group_rounds'
