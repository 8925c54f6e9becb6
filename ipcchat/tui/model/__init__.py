"""What is true: networks, their buffers, and what was said in them. Pure: no Textual, no loop, no clock."""
