"""The view of the Video page that predicts a whole clip: upload, progress, which model is steadier, results to save."""
