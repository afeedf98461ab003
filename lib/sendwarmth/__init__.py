"""Send Warmth: how a relief fund could be split across regions and groups, exactly and with reasons."""
