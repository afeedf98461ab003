"""How robust a plan is, for planners: conclusions first, then each experiment with its chart."""
