"""How is an inventory gathered from a live cluster?

Law: what is asked stands in `plan` and nowhere else; it is carried out here through kubectl, shown by `vxd inventory
collect --dry-run`, and written out as a script for where only a shell is at hand. Nothing that is asked changes a host.
"""
