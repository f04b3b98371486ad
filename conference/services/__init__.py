"""Writing a session: every change is one transaction on the locked session row, and its events leave on commit."""
