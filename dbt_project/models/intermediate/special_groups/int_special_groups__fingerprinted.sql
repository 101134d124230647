{# Apart from int_quarters__fingerprinted, which is behind residence: nothing of justice or drug control may be. #}
{{ config(materialized='table') }}

with

-- Once marked as a minor's, a record counts in no quarter.
minors as (

    select md5(string_agg(distinct correction_number, ',' order by correction_number)) as correction_numbers
    from ({{ current_rows('stg_justice__community_corrections') }})
    where is_minor

),

lists as (

    {{ lists_of_groups() }}

),

-- Whose a list's rows are, where their number alone does not say it.
linked as (

    {{ links_of_deliveries('lists') }}

),

-- What lists said at any time, and since when and until when they were in force.
listed as (

    select
        lists.quarter,
        string_agg(
            concat_ws(
                '>', lists.delivery_id, lists.raw_sha256, lists.known_round, coalesce(lists.superseded_round, '-'),
                linked.links
            ), ',' order by lists.delivery_id, lists.known_round
        ) as lists
    from lists
    left join linked on lists.delivery_id = linked.delivery_id
    group by lists.quarter

),

maps as (

    {{ maps_of_every_day('select extract from ' ~ ref('special_groups')) }}

),

fingerprinted as (

    select
        listed.quarter,
        md5(concat_ws(
            '|', listed.quarter, listed.lists, coalesce(minors.correction_numbers, ''), coalesce(maps.placements, '')
        )) as input_fingerprint
    from listed
    cross join minors
    left join maps on listed.quarter = maps.quarter

),

rounds as (

    select distinct known_round
    from ({{ moments_of_groups('lists') }})

),

-- A round tells what the lists known by then say, up to its own end or the run's, and what is new against the one before.
told as (

    select
        rounds.known_round,
        least({{ quarter_end('rounds.known_round') }}, run.end_date) as known_until_date,
        string_agg(distinct fingerprinted.input_fingerprint, ',' order by fingerprinted.input_fingerprint) as fingerprints
    from rounds
    cross join {{ ref('int_quarters__known') }} as run
    inner join lists on rounds.known_round >= lists.known_round
    inner join fingerprinted on lists.quarter = fingerprinted.quarter
    where run.is_run_quarter
    group by rounds.known_round, run.end_date

)

select
    'special_group_lists' as subject_code,
    quarter,
    input_fingerprint
from fingerprinted

union all

-- Contacts of those listed are counted from the log of visits, and their coverage from the service systems.
{% for subject, others in {'special_group_contacts': ['visits'], 'special_group_coverage': ['visits', 'special_groups']}.items() -%}
select
    '{{ subject }}' as subject_code,
    fingerprinted.quarter,
    md5(concat_ws(
        '|', fingerprinted.input_fingerprint, string_agg(others.input_fingerprint, '|' order by others.subject_code)
    )) as input_fingerprint
from fingerprinted
left join {{ ref('int_quarters__fingerprinted') }} as others
    on fingerprinted.quarter = others.quarter and others.subject_code in ('{{ others | join("', '") }}')
group by fingerprinted.quarter, fingerprinted.input_fingerprint

{{ 'union all' if not loop.last }}

{% endfor -%}

union all

select
    'special_group_rounds' as subject_code,
    known_round as quarter,
    md5(string_agg(concat_ws('|', known_round, known_until_date, fingerprints), ';') over (order by known_round))
        as input_fingerprint
from told
