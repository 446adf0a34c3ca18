"""Where two models differ: images, areas of the scored pixels, and regions."""
