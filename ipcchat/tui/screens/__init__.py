"""What lies over the screen for a moment: switcher, search, help, questions."""
