"""An invented world, its facts and its prose. Everything here is made from a seed; nothing is taken from elsewhere."""
