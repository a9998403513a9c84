"""How does `python -m vxlan_dissect` start?

Law: it is the command `vxd`, nothing more.
"""

import sys

from vxlan_dissect.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
