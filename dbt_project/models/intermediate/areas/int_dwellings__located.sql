with

dwellings as (

    select
        dwellings.quarter,
        dwellings.dwelling_code,
        dwellings.compound_code,
        dwellings.committee_code,
        dwellings.occupancy_code,
        dwellings.rental_registration_expiry_date,
        quarters.end_date
    from ({{ current_rows('stg_population__dwellings') }}) as dwellings
    inner join {{ ref('int_quarters__known') }} as quarters on dwellings.quarter = quarters.quarter

),

located as (

    {{ located('dwellings', 'unlocated.end_date', compound='compound_code') }}

)

select
    quarter,
    dwelling_code,
    compound_code,
    located_committee_code as committee_code,
    located_sub_district_code as sub_district_code,
    occupancy_code = '2' as is_rented,
    coalesce(rental_registration_expiry_date >= end_date, false) as is_rental_registered
from located
