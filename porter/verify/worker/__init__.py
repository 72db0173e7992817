"""What runs on either side of a verification: one framework, NumPy, and nothing of porter.

This folder is packed into a single file (see `porter.verify.process`) that any Python from 3.8 on
runs as it is. So nothing here imports from the rest of porter, nor from outside the standard
library and NumPy before the framework of its side has been asked for.
"""
