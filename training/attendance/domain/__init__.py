"""Who was there: evidence → intervals → status. Pure; moments are ms since 1970 on the server's clock."""
