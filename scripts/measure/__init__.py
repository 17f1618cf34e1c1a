"""What a maintainer measures by hand: the distribution behind K, the smallest error caught, the cost of a check."""
