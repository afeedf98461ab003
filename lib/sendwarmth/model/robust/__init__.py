"""How robust a plan is: what moves it, how far, and what a smaller or larger fund does."""
