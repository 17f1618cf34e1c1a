"""What a maintainer runs by hand: shell scripts, and the programs behind them (`measure`)."""
