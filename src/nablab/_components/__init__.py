"""What layers, optimizers and initializers share: checks of arguments, how they are found, and the
reference that their examples are held to."""
