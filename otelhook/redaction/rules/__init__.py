"""What is a secret and what stands in its place: names, forms, company, policy."""
