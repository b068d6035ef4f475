"""Is it real, and which gas: columns and radiance in, claims with a probability out."""
