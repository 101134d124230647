"""What the command line does, one module for each command. Each function returns an exit code."""
