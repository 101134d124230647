select sum(weight) as weight_sum
from {{ ref('dim_indicator') }}
having sum(weight) <> 100
