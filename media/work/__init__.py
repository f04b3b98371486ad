"""Jobs of the workers: a row of a table is the truth about each (see docs/recording.md)."""
