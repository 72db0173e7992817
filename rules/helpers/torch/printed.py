def printed(x, data, message=None):
    """The tensor itself, after `data` has been printed."""
    print("" if message is None else message, *data)
    return x
