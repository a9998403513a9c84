"""ARP: who asks for a MAC, who answers, and for whom (RFC 826, RFC 1027).

Law: one rule a file.
"""
