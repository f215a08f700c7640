"""What stands in front of a JupyterHub of BriCS, for development on one machine: never for users whose names matter."""
