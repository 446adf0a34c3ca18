"""The player that steps through the masks a training predicted after each epoch."""
