{# A resident whose committee cannot be found is counted in no area. More than one in two hundred means that the areas and the registers do not fit. #}
select
    count(*) as resident_count,
    count(case when committee_code is null then 1 end) as unplaced_count
from {{ ref('fct_residence_quarter') }}
where is_resident
having count(case when committee_code is null then 1 end) * 200 > count(*)
