"""Values that travel: variables, ids, and the flow of a value from step to step."""
