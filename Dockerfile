# The dashboard in a container, as `make run HOST=0.0.0.0` serves it: docs/deploy.md.
FROM python:3.11-slim

RUN useradd --uid 1000 --create-home segdeck && install --directory --owner=segdeck /app
WORKDIR /app

COPY requirements-serve.lock .
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-serve.lock

USER segdeck
COPY --chown=segdeck . .
# The networks are exported here, so that the container starts at once and needs less memory.
RUN python -m models.export

# HOSTS are the names under which browsers reach it, separated by blanks; * stands for any.
ENV HOST=0.0.0.0 PORT=8501 HOSTS=* SEGDECK_ADDING=off
EXPOSE 8501
HEALTHCHECK --start-period=60s \
    CMD python -c "import os, urllib.request as http; http.urlopen('http://localhost:' + os.environ['PORT'] + '/_stcore/health')"
CMD ["sh", "-fc", "exec streamlit run streamlit_app.py --server.address $HOST --server.port $PORT $(printf ' --server.allowedHosts %s' localhost $HOSTS)"]
