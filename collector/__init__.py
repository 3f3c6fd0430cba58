"""What receives spans and puts them into the store."""
