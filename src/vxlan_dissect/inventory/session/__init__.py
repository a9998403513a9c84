"""What did the hosts say in a pasted terminal session, and whose is each output?

Law: a session is mended, cut at its prompts, read by the sources, and each output put down to a host, in this order;
how its host is known is kept.
"""
