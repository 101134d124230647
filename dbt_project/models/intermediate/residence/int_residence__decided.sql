{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='quarter',
    on_schema_change='fail',
) }}
{%- set quarters = stale_quarters('residence') %}

with

-- Places in the order in which they are believed: an explicit registration in force; where a service system met the
-- person; where an absent person is registered; a registration that has ended. Within these the newest, then the
-- source as listed, then the finer place.
claims as (

    select
        quarter,
        person_id,
        is_identified,
        sex_code,
        birth_year,
        source_code,
        sign_code,
        strength,
        case when is_explicit then 1 when is_in_force then 3 else 4 end as class_number,
        is_in_force,
        is_explicit,
        has_died,
        has_left,
        committee_code,
        sub_district_code,
        compound_code,
        dwelling_code,
        verified_date,
        updated_date,
        row_number
    from {{ ref('int_residence__candidates') }}
    where {{ in_quarters('quarter', quarters) }}

    union all

    select
        quarter,
        person_id,
        true as is_identified,
        null as sex_code,
        null as birth_year,
        source_code,
        sign_code,
        strength,
        2 as class_number,
        false as is_in_force,
        false as is_explicit,
        false as has_died,
        false as has_left,
        committee_code,
        sub_district_code,
        null as compound_code,
        null as dwelling_code,
        null as verified_date,
        activity_date as updated_date,
        0 as row_number
    from {{ ref('int_residence__evidence') }}
    where {{ in_quarters('quarter', quarters) }}

),

numbered as (

    select
        *,
        row_number() over (
            partition by quarter, person_id
            order by
                class_number,
                updated_date desc nulls last,
                case source_code
                    when 'population.registered_residents' then 1
                    when 'population.migrant_residents' then 2
                    when 'population.overseas_residents' then 3
                    else 4
                end,
                dwelling_code nulls last,
                source_code,
                row_number
        ) as place
    from claims

),

persons as (

    select
        quarter,
        person_id,
        bool_or(is_identified) as is_identified,
        min(sex_code) as sex_code,
        min(birth_year) as birth_year,
        bool_or(is_in_force and source_code = 'population.registered_residents') as is_registered,
        bool_or(is_in_force and source_code = 'population.migrant_residents') as has_stay,
        bool_or(is_in_force and source_code = 'population.overseas_residents') as has_accommodation,
        bool_or(is_in_force and sign_code = 'registered_but_absent') as is_registered_but_absent,
        bool_or(is_explicit) as is_explicit,
        bool_or(has_died) as has_died,
        bool_or(has_left) as has_left,
        max(case when is_in_force and source_code = 'population.registered_residents' then committee_code end)
            as registered_committee_code,
        max(case when place = 1 then committee_code end) as committee_code,
        max(case when place = 1 then sub_district_code end) as sub_district_code,
        max(case when place = 1 then compound_code end) as compound_code,
        max(case when place = 1 then dwelling_code end) as dwelling_code,
        max(case when is_in_force then verified_date end) as verified_date,
        max(case when place = 1 then source_code end) as winning_source_code,
        count(distinct case when strength > 0 then source_code end) as evidence_source_count,
        round(
            1 - {% for sign in residence_signs() -%}
            (1 - coalesce(max(case when sign_code = '{{ sign }}' then strength end), 0)){{ ' * ' if not loop.last }}
            {%- endfor %},
            6
        ) as residence_evidence_share
    from numbered
    group by quarter, person_id

),

decided as (

    select
        *,
        not has_died
        and not (has_left and not is_registered and not has_stay and not has_accommodation)
        and residence_evidence_share >= {{ var('residence_threshold') }} as is_resident
    from persons

)

select
    decided.quarter,
    decided.person_id,
    decided.is_identified,
    decided.sex_code,
    decided.birth_year,
    case
        when decided.is_registered then 'registered'
        when decided.has_stay then 'migrant'
        when decided.has_accommodation then 'overseas'
        else 'other'
    end as category_code,
    decided.registered_committee_code,
    decided.committee_code,
    decided.sub_district_code,
    decided.compound_code,
    decided.dwelling_code,
    decided.is_registered,
    decided.is_registered_but_absent,
    decided.is_resident,
    -- An address in a service system that only repeats the registered one does not bring an absent person back.
    decided.is_resident and (
        not decided.is_registered_but_absent
        or decided.is_explicit
        or coalesce(decided.committee_code <> decided.registered_committee_code, false)
    ) as is_present,
    decided.residence_evidence_share,
    cast(decided.evidence_source_count as integer) as evidence_source_count,
    decided.verified_date,
    decided.winning_source_code,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from decided
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on decided.quarter = inputs.quarter and inputs.subject_code = 'residence'
