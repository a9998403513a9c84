"""Who is who in a frame, where was it seen, what belongs to it, and in which words is that said?

Law: here facts are joined; what they mean is said in `rules`. (The name `vxlan_dissect.explain` itself is the function
of `pipeline`; import the modules of this package by their own names.)
"""
