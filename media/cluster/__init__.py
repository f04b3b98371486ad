"""Several media nodes as one media plane: which session lives where, whose viewers sit where, and what a node's death changes."""
