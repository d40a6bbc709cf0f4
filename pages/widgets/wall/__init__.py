"""The wall: everybody's run on one screen."""
