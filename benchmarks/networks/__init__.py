"""Sound and picture on bad networks, measured with real Chromium pages."""
