"""Capture: what the captures themselves are like, and what follows for what can be read from them.

Law: nothing here is a fault of the network; each says what cannot be told because of it.
"""
