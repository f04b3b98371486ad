"""Keeps the product's processes running, and ends every one of them. Standard library only."""
