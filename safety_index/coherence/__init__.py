"""Do the indicators go together, and does the index follow what it should not or reward what it should not?

``structure`` looks at correlations, influence and components, ``fairness`` at who lives where, ``incentives`` at
figures that look too good. Does not belong here: any change of a score; these are alarms to read, not corrections.
"""
