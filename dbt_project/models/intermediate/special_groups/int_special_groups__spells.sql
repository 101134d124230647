{{ config(materialized='table') }}

with

-- What was known of a group changes only in rounds in which a list of it came or was decided on.
lists as (

    select
        groups.group_code,
        deliveries.quarter,
        deliveries.known_round,
        deliveries.superseded_round
    from {{ ref('int_deliveries__known') }} as deliveries
    inner join {{ ref('special_groups') }} as groups on deliveries.extract = groups.extract

),

moments as (

    select group_code, known_round from lists
    union
    select group_code, superseded_round from lists where superseded_round is not null

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

-- Nearly every spell is once in the newest list of every round since it was first known. To look through all lists of
-- all rounds, which grow with the square of the rounds, is left to the others.
newest as (

    select
        listed.* exclude (known_round, superseded_round, input_fingerprint),
        latest_quarters.known_round,
        latest_quarters.quarter as latest_quarter
    from {{ ref('int_special_groups__listed') }} as listed
    inner join latest_quarters
        on listed.group_code = latest_quarters.group_code
        and listed.quarter = latest_quarters.quarter
        and latest_quarters.known_round >= listed.known_round
        and latest_quarters.known_round < coalesce(listed.superseded_round, '9999Q4')

),

first_known as (

    select
        spell_id,
        group_code,
        min(known_round) as first_round
    from {{ ref('int_special_groups__listed') }}
    group by spell_id, group_code

),

met as (

    select
        spell_id,
        count(*) as list_count,
        count(distinct known_round) as moment_count
    from newest
    group by spell_id

),

missed as (

    select first_known.spell_id
    from first_known
    inner join latest_quarters
        on first_known.group_code = latest_quarters.group_code
        and latest_quarters.known_round >= first_known.first_round
    left join met on first_known.spell_id = met.spell_id
    group by first_known.spell_id, met.list_count, met.moment_count
    having count(*) is distinct from met.list_count or count(*) is distinct from met.moment_count

),

searched as (

    select
        listed.* exclude (known_round, superseded_round, input_fingerprint),
        latest_quarters.known_round,
        latest_quarters.quarter as latest_quarter,
        row_number() over (
            partition by listed.spell_id, latest_quarters.known_round order by listed.quarter desc
        ) as place
    from {{ ref('int_special_groups__listed') }} as listed
    inner join missed on listed.spell_id = missed.spell_id
    inner join latest_quarters
        on listed.group_code = latest_quarters.group_code
        and latest_quarters.known_round >= listed.known_round
        and latest_quarters.known_round < coalesce(listed.superseded_round, '9999Q4')

),

-- A spell as the newest list of each round has it that names it.
told as (

    select newest.* from newest
    left join missed on newest.spell_id = missed.spell_id
    where missed.spell_id is null

    union all

    select * exclude (place) from searched
    where place = 1

),

-- A spell that the newest list no longer has ended with the last quarter that had it.
ended as (

    select
        listed.*,
        case
            when listed.quarter < listed.latest_quarter
                and coalesce(listed.end_date, {{ far_future() }}) > {{ quarter_end('listed.quarter') }}
                then {{ quarter_end('listed.quarter') }}
        end as unlisted_end_date
    from told as listed

),

known as (

    select
        ended.*,
        least({{ quarter_end('ended.known_round') }}, run.end_date) as known_until_date,
        coalesce(ended.unlisted_end_date, ended.end_date) as known_end_date,
        case when ended.unlisted_end_date is not null then 'not_listed' else ended.end_reason_code end
            as known_end_reason_code
    from ended
    cross join {{ ref('int_quarters__known') }} as run
    where run.is_run_quarter

),

-- Every moment from the first on which the spell was known, so that one in which no list had it is seen.
stated as (

    select
        spells.spell_id,
        moments.group_code,
        moments.known_round,
        known.quarter as known_quarter,
        known.person_id,
        known.is_identified,
        known.committee_code,
        known.sub_district_code,
        known.start_date,
        case when known.known_end_date <= known.known_until_date then known.known_end_date end as end_date,
        case when known.known_end_date <= known.known_until_date then known.known_end_reason_code end as end_reason_code,
        known.has_plan
    from (select spell_id, group_code, min(known_round) as first_round from known group by spell_id, group_code) as spells
    inner join moments on spells.group_code = moments.group_code and spells.first_round <= moments.known_round
    left join known on spells.spell_id = known.spell_id and moments.known_round = known.known_round

),

compared as (

    select
        *,
        md5(concat_ws(
            '|', person_id, is_identified, coalesce(committee_code, ''), start_date, coalesce(end_date, {{ far_future() }}),
            coalesce(end_reason_code, ''), coalesce(cast(has_plan as varchar), '')
        )) as said
    from stated

),

stepped as (

    select
        *,
        case when said is distinct from lag(said) over (partition by spell_id order by known_round) then 1 else 0 end
            as is_other
    from compared

),

spans as (

    select
        *,
        sum(is_other) over (partition by spell_id order by known_round) as span_number
    from stepped

),

gathered as (

    select
        {{ spell_columns() | join(',\n        ') }},
        max(known_quarter) as known_quarter,
        min(known_round) as known_round
    from spans
    group by {{ spell_columns() | join(', ') }}, span_number

),

dated as (

    select
        *,
        lead(known_round) over (partition by spell_id order by known_round) as superseded_round
    from gathered

)

select
    {{ spell_columns() | join(',\n    ') }},
    known_quarter,
    known_round,
    superseded_round
from dated
where person_id is not null
