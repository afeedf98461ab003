"""Sweeps: from their files to one Parquet file each."""
