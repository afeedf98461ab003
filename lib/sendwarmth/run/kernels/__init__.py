"""papermill's engine ``fork``: kernels forked from a warm process."""
