"""From sheets as offices keep them to plain tables, noting everything that was interpreted."""
