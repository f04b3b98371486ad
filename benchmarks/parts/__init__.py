"""What benchmarks are made of: machine, namespaces and CPU; the table of figures; a crowd, a speaker, a listener."""
