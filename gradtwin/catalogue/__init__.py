"""What is known of the functions of torch, as data."""
