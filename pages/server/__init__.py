"""What the dashboard's web server does besides Streamlit: who may ask, headers, downloads, the end of visits."""
