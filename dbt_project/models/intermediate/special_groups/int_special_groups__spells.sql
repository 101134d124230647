{{ config(materialized='table') }}

with

told as (

    select *
    from {{ ref('int_special_groups__told') }}
    where is_told_otherwise

),

dated as (

    select
        *,
        lead(quarter) over (partition by spell_id order by quarter) as superseded_round,
        lead(known_quarter_before) over (partition by spell_id order by quarter) as last_known_quarter
    from told

),

last_rounds as (

    select group_code, max(quarter) as quarter
    from {{ ref('int_special_groups__told') }}
    group by group_code

),

told_last as (

    select told_at_all.spell_id, told_at_all.known_quarter
    from {{ ref('int_special_groups__told') }} as told_at_all
    inner join last_rounds
        on told_at_all.group_code = last_rounds.group_code and told_at_all.quarter = last_rounds.quarter

)

select
    dated.{{ spell_columns() | join(',\n    dated.') }},
    case when dated.superseded_round is null then told_last.known_quarter else dated.last_known_quarter end
        as known_quarter,
    dated.quarter as known_round,
    dated.superseded_round
from dated
inner join told_last on dated.spell_id = told_last.spell_id
where dated.person_id is not null
