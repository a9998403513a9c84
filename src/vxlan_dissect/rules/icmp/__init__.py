"""Echo requests and replies of ICMP and ICMPv6.

Law: one rule a file.
"""
