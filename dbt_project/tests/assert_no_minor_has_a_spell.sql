{# Whoever was under 18 is in no mart, whatever a later list says of the same spell. #}
select spells.spell_id
from {{ ref('fct_special_group_spell') }} as spells
inner join {{ ref('stg_justice__community_corrections') }} as corrections
    on spells.spell_id = md5('community_corrections|' || corrections.correction_number)
where corrections.is_minor
