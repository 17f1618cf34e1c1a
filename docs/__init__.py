"""Reference pages, and the programs that write some of them (`experiments`)."""
