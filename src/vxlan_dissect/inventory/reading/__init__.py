"""Which files are there, in folders and archives, and which facts stand in them?

Law: nothing outside what was named is read and nothing is written; what is left out is a note.
"""
