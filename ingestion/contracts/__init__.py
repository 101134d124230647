"""The single declaration of every extract: what a department sends, and what each column means.

Belongs here: the YAML files, the models that check them, and the registry that hands them out. Does not
belong here: reading data. Parsers, schemas, dbt sources, suites and guides are derived from this.
"""
