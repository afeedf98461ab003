"""Every word and picture a planner sees."""
