{{ config(materialized='table') }}

with

latest_delivery as (

    select delivery_id
    from {{ ref('int_deliveries__current') }}
    where extract = 'governance.areas'
    order by quarter desc
    limit 1

),

areas as (

    select
        area_code,
        valid_from_date,
        valid_to_date,
        case area_level_code
            when '1' then 'district'
            when '2' then 'sub_district'
            when '3' then 'committee'
            when '4' then 'compound'
            when '5' then 'grid'
            when '6' then 'micro_grid'
        end as area_level_code,
        area_name,
        area_name_en,
        parent_code,
        grid_code,
        predecessor_code
    from {{ ref('stg_governance__areas') }}
    where delivery_id in (select delivery_id from latest_delivery)

),

-- A version lies in the version of its parent that was in force on its first day.
nested as (

    select
        areas.*,
        case 'sub_district'
            when areas.area_level_code then areas.area_code
            when parents.area_level_code then parents.area_code
            when grandparents.area_level_code then grandparents.area_code
        end as sub_district_code
    from areas
    left join areas as parents
        on areas.parent_code = parents.area_code
        and areas.valid_from_date between parents.valid_from_date and coalesce(parents.valid_to_date, {{ far_future() }})
    left join areas as grandparents
        on parents.parent_code = grandparents.area_code
        and areas.valid_from_date
        between grandparents.valid_from_date and coalesce(grandparents.valid_to_date, {{ far_future() }})

)

select * from nested
