"""How the pictures in the documentation are made: `python -m docs.pictures.make_pictures`."""
