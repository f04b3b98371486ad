"""Demonstration data: units that are real, people that are invented, one conference, its slides, questions and module."""
