"""A recording that was made elsewhere: taken in, looked at, and made into what our own recorder leaves."""
