"""Pages of a conference: thin shells over services and selectors."""
