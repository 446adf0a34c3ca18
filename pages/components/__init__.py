"""The pieces that the pages share; Streamlit makes a page of every file above this folder, but of none in it."""
