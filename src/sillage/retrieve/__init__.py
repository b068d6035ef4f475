"""How much of a gas stands above the background, pixel by pixel: radiance in, columns out."""
