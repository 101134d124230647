{{ config(materialized='table') }}

with

numbered as (

    select
        *,
        row_number() over (partition by delivery_id, row_number order by round desc) as place
    from {{ ref('stg_identity__links') }}
    where quarter in (select quarter from {{ ref('int_quarters__known') }})

)

-- Only what the policy or a reviewer accepted is somebody's; all else stands for a person of its own.
select
    extract,
    quarter,
    delivery_id,
    row_number,
    record_pseudonym,
    case when status_code in ('automatic', 'accepted') then person_id else record_pseudonym end as person_id,
    status_code in ('automatic', 'accepted') as is_linked
from numbered
where place = 1
