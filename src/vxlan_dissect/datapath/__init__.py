"""What does each kind of network do to a packet at each interface?

Law: a network is one file with a Profile and one line in `recognise.DEVICES`; it predicts, captures confirm.
"""
