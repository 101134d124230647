select
    quarter,
    subject,
    check_name,
    passed,
    severity_code,
    observed,
    expected,
    remedy_zh,
    remedy_en
from {{ ref('stg_checks__outcomes') }}
where quarter = (select quarter from {{ ref('int_quarters__known') }} where is_run_quarter)
