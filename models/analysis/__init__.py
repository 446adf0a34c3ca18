"""What the predictions of whole splits tell beyond their scores."""
