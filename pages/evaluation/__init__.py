"""The Evaluation page: which model is better, by how much, and where each fails."""
