# One image for the fakes, the Locust master and its workers: the command tells which.
FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH
WORKDIR /tacorush

COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/venv && pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.txt

COPY . .
RUN pip install --no-cache-dir --disable-pip-version-check setuptools \
    && pip install --no-cache-dir --disable-pip-version-check --no-build-isolation --no-deps --editable . \
    && useradd --system --create-home --uid 10001 tacorush \
    && mkdir -p runs && chown tacorush runs
USER tacorush

EXPOSE 8080 8081 8082 8083 8089 5557 9646 9647
CMD ["tacorush", "run", "flow"]
