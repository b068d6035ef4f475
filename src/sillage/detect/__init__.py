"""Is it real, and which gas is it: columns and radiance in, claims with a probability out."""
