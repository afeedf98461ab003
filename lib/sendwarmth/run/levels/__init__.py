"""Levels below the top: their tables, their split, their pages."""
