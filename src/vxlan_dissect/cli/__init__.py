"""How is the library used from a shell?

Law: a command is one file and one line in `main.COMMANDS`, imported when it runs; it reads options, calls the library
and prints. Data goes to standard output, everything else to standard error.
"""
