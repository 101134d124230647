"""The only code that sees an identifier: what a document number is worth, and the pseudonym that stands for it.

Belongs here: checks of document numbers and keyed pseudonyms. Does not belong here: writing the vault
(``promotion``) or any rule about people.
"""
