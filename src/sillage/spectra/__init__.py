"""Physics of gases: what each one weighs, is called, and is found at in clean air."""
