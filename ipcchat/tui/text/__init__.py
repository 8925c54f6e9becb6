"""From what was said to the cells of a terminal. Pure but for Rich's styles and Textual's strips."""
