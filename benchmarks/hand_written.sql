-- The marts, indicators and scores of `benchmarks.hand_written`, for one quarter; quarter_end() is set by the caller.

create or replace temp table residents as
with signs as (
    select person, committee_code, dwelling_code, verified_date, case when residence_match_code = '01' then 0.7 else 0.2 end as weight, 1 as source
    from registered_residents where registered_status_code = '1'
    union all select person, committee_code, dwelling_code, verified_date, 0.9, 0 from migrant_residents
    where stay_status_code = '1' and permit_expiry_date + 90 >= quarter_end()
    union all select person, committee_code, dwelling_code, verified_date, 0.8, 0 from overseas_residents where stay_status_code = '1' and permit_expiry_date >= quarter_end()
    union all select person, committee_code, null, null, 0.5, 3 from employment
    union all select person, committee_code, null, null, 0.5, 3 from contributions where contribution_month_count > 0
    union all select person, committee_code, null, null, 0.5 * 0.5 ** (date_diff('day', last_activity_date, quarter_end()) / 365.0), 3 from enrolments
    union all select person, committee_code, null, null, 0.6, 3 from services
    union all select person, committee_code, null, null, 0.6, 3 from assistance)
select person, arg_min(committee_code, source) filter (committee_code is not null) as committee_code, arg_min(dwelling_code, source) as dwelling_code, max(verified_date) as verified_date
from signs group by person having 1 - product(1 - least(weight, 0.999)) >= 0.7 and min(source) < 3;

create or replace temp table indicator_values as
with committees as (select area_code as c, substr(area_code, 1, 9) as s from areas where area_level_code = '3' and valid_to_date is null),
base as (select committee_code as c, count(*) as residents, count(distinct dwelling_code) as households, count(*) filter (verified_date > quarter_end() - 365) as verified from residents group by 1),
a as (
    select 'A1' as i, c, verified::double as n, residents::double as d from base
    union all select 'A2', committee_code, count(*) filter (ok), count(*) from (
        select committee_code, registration_date <= arrival_date + 3 as ok from migrant_residents where arrival_date > quarter_end() - 92
        union all select committee_code, rental_registration_expiry_date >= quarter_end() from dwellings where occupancy_code = '2') group by 2
    union all select 'A6', committee_code, sum(contacts_held_count), sum(contacts_due_count) from elderly_living_alone group by 2
    union all select 'B1', committee_code, count(*), null from alarms_110 where alarm_category_code in ('010000', '020000') and alarm_disposal_code = '1' group by 2
    union all select 'B2', committee_code, count(*), null from cases where case_type_code = '0501' and case_status_code <> '3' group by 2
    union all select 'B3', committee_code, count(*), null from cases where case_type_code in ('0502', '0503') and case_status_code <> '3' group by 2
    union all select 'B4', committee_code, count(*), null from cases where case_type_code = '0601' and case_status_code <> '3' group by 2
    union all select 'B6', d.committee_code, count(distinct d.compound_code) - count(distinct k.compound_code), count(distinct d.compound_code)
        from dwellings d left join (select distinct compound_code from cases where case_type_code = '0501') k using (compound_code) group by 2
    union all select 'C1', committee_code, count(distinct volunteer_number), null from volunteers group by 2
    union all select 'C2', committee_code, sum(full_time_share), null from community_officers group by 2
    union all select 'C3', committee_code, count(*) filter (has_working_camera and has_working_access_control), count(*) from security_devices group by 2
    union all select 'C4', committee_code, count(*) filter (mediation_outcome_code = '1' and (reopened_date is null or reopened_date > closed_date + 30)), count(*) from mediations where mediation_outcome_code <> '3' group by 2
    union all select 'C5', committee_code, count(*) filter (first_contact_date <= request_date + 7), count(*) from psychological_service group by 2
    union all select 'C6', committee_code, sum(served_count), sum(listed_count) from youth_services group by 2
    union all select 'D1', committee_code, count(*), null from traffic_accidents where injured_count + death_count > 0 group by 2
    union all select 'D2', committee_code, count(*), null from fires where is_confirmed group by 2
    union all select 'D3', committee_code, count(*) filter (closed_date <= due_date), count(*) from hazards group by 2
    union all select 'D4', committee_code, count(*) filter (closed_date <= due_date and is_followed_up), count(*) from hotline_tickets group by 2),
passed_down as (
    select 'A3' as i, s, count(*) filter (visit_date <= visit_due_date)::double as n, count(*)::double as d from visits join committees on c = committee_code group by 2
    union all select 'A4', s, sum(contacts_held_count), sum(contacts_due_count) from community_corrections join committees on c = committee_code where not is_minor group by 2
    union all select 'A5', sub_district_code, followed_up_count, consented_count from mental_disorder_services
    union all select 'B5', s, count(*) filter (cleared_date is not null), count(*) from cases join committees on c = committee_code where case_type_code in ('0501', '0502', '0503', '0601') group by 2)
select k.s, k.c, i.i, case when i.i in ('B2', 'D2') then b.households when i.i = 'C2' then coalesce(a.n, 0) when a.d is null then b.residents else a.d end as d,
       case when i.i = 'C2' then b.residents else coalesce(a.n, 0) end as n
from committees k cross join (select distinct i from a) i left join a on a.c = k.c and a.i = i.i left join base b on b.c = k.c
union all select s, c, i, d, n from passed_down join committees using (s);

create or replace temp table scores as
with goalposts(i, m, xs, xh, w) as (values
    ('A1',100,85,99,4),('A2',100,70,98,4),('A3',100,80,100,3),('A4',100,85,100,3),('A5',100,85,100,3),('A6',100,85,100,3),('B1',1000,12,2,7),('B2',1000,.8,0,8),('B3',1000,.8,0,5),
    ('B4',10000,8,.5,6),('B5',100,15,60,4),('B6',100,70,100,5),('C1',100,1,4,4),('C2',1,6500,4000,3),('C3',100,60,100,6),('C4',100,80,100,5),('C5',100,70,100,3),('C6',100,80,100,4),
    ('D1',1000,.8,0,5),('D2',10000,8,0,4),('D3',100,75,100,6),('D4',100,75,98,5)),
summed as (select c as area, i, n, d from indicator_values
           union all select s, i, sum(n), sum(d) from indicator_values group by s, i),
scored as (select area, w, least(100, greatest(40, 60 + 40 * (n / nullif(d, 0) * m - xs) / (xh - xs))) as score from summed join goalposts using (i)),
totals as (select area, sum(score * w) / sum(w) as score from scored where score is not null group by area)
select area, score, rank() over (partition by length(area) order by round(score, 1) desc) as rank from totals;
