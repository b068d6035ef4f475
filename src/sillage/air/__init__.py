"""Physics of moving air: wind, turbulence, and how a plume spreads in them."""
