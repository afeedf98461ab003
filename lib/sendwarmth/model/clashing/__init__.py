"""Why limits clash, and what would repair it."""
