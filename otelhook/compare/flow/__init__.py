"""The flow that many runs have in common, and whether a run fits one."""
