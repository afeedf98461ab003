"""The steps of the fit: its rows, its sums, Newton's method, its multipliers."""
