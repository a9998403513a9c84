"""How is an inventory written down in a file that people can read and edit?

Law: what is written and read again gives the same facts; each keeps the file and line that it came from as `from`. A
name stands in one place, so that whoever renames a node or a pod does so once.
"""

from __future__ import annotations

from vxlan_dissect.inventory.own.write import write

__all__ = ["write"]
