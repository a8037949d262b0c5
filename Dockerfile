# berth: gateway, worker and migrations in one small image; the rest is for docker-compose.yml's other services.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY bench bench
COPY db db
COPY gateway gateway
# Locked: nothing that constraints.txt does not pin.
RUN python -m venv /opt/berth && /opt/berth/bin/pip install --no-cache-dir --constraint constraints.txt . \
  # What installs is not needed to run.
  && /opt/berth/bin/pip uninstall --yes setuptools pip

FROM python:3.12-slim-bookworm AS berth
RUN useradd --system --uid 10001 --no-create-home berth
COPY --from=build /opt/berth /opt/berth
ENV PATH=/opt/berth/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER berth
EXPOSE 8000
CMD ["berth", "serve", "--bind", "0.0.0.0:8000"]

FROM debian:bookworm-slim AS pgbouncer
RUN apt-get update && apt-get install -y --no-install-recommends pgbouncer && rm -rf /var/lib/apt/lists/*
COPY deploy/pgbouncer.sh /usr/local/bin/
USER postgres
EXPOSE 6432
CMD ["pgbouncer.sh"]

# The SQL's own tests, on the very PostgreSQL that is deployed.
FROM postgres:17-bookworm AS pgtap
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv make npm && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make install
ENV PG_BIN=/usr/lib/postgresql/17/bin
ENTRYPOINT []
CMD [".venv/bin/pytest", "tests/test_pgtap.py"]
