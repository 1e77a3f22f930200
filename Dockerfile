# One image for the fakes, the Locust master and its workers: the command tells which.
FROM python:3.13-slim

# The checkout is run as it is, so nothing has to be built: it is on the path, and `tacorush` is a word for its command line.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/tacorush PATH=/opt/venv/bin:$PATH
WORKDIR /tacorush

COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.txt \
    && printf '#!/bin/sh\nexec python -m tacorush.cli "$@"\n' > /opt/venv/bin/tacorush \
    && chmod 755 /opt/venv/bin/tacorush \
    && useradd --system --create-home --uid 10001 tacorush

COPY . .
RUN mkdir -p runs && chown tacorush runs
USER tacorush

EXPOSE 8080 8081 8082 8083 8089 5557 9646 9647
CMD ["tacorush", "run", "flow"]
