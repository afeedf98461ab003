"""Every file, process and exit code."""
