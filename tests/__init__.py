"""The tests mirror `src/vxlan_dissect`; a package, so that shared helpers are imported as `tests.…`."""
