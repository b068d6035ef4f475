"""Where do people see, ask and decide: the command line and the report."""
