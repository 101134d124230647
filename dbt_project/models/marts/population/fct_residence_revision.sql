with

superseded as (

    select *
    from {{ ref('int_residence__superseded') }}
    where quarter in (select quarter from {{ ref('int_quarters__known') }})

),

changed as (

    select quarter, person_id, max(superseded_round) as known_round
    from superseded
    group by quarter, person_id

)

-- What one round said and took back itself was never known in any.
select
    person_id,
    quarter,
    known_round,
    superseded_round,
    category_code,
    committee_code,
    sub_district_code,
    is_registered,
    is_resident,
    is_present,
    is_registered_but_absent,
    residence_evidence_share,
    winning_source_code,
    residence_reason_code
from superseded
where was_known and superseded_round > known_round

union all

select
    decided.person_id,
    decided.quarter,
    changed.known_round,
    cast(null as varchar) as superseded_round,
    decided.category_code,
    decided.committee_code,
    decided.sub_district_code,
    decided.is_registered,
    decided.is_resident,
    decided.is_present,
    decided.is_registered_but_absent,
    decided.residence_evidence_share,
    decided.winning_source_code,
    decided.residence_reason_code
from {{ ref('int_residence__decided') }} as decided
inner join changed on decided.person_id = changed.person_id and decided.quarter = changed.quarter
