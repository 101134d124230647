"""From gated marts and index to a release: disclosure control, public tables, analysts' database, bulletin, manifest.

Belongs here: deciding what may be said, writing it in each form, and putting the whole in place at once. Does not
belong here: computing an indicator or a score (``dbt_project``, ``safety_index``) or judging the data
(``expectations``). Only figures about places leave this package; nothing in it describes a person.
"""
