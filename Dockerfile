# The gateway as an image: an interpreter, the virtualenv of the gateway, and what both need of a system.
#
#   build    makes the virtualenv from the hashed requirements; pip and the build backend leave it again
#   (last)   takes the virtualenv alone
#
# BASE needs Python 3.11 or later and certificates; BUILD_BASE the same Python with venv and pip. Where packages come
# from a mirror, the secret `pip` is its pip.conf and the secret `ca` its certificates (cert = /run/secrets/ca): both are
# there while pip runs, and in no layer. docs/image.md says what the image promises, and tests/image holds it to that.
ARG BASE=python:3.11-slim-bookworm
ARG BUILD_BASE=${BASE}

FROM ${BUILD_BASE} AS build
# with what sends traces (docs/tracing.md); requirements/run.txt for an image without it
ARG REQUIREMENTS=requirements/otel.txt
ENV PATH=/opt/knowledge-gateway/bin:/usr/local/bin:/usr/bin:/bin PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python3 -m venv /opt/knowledge-gateway
COPY ${REQUIREMENTS} requirements/build.txt requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=ca,target=/run/secrets/ca \
    pip install --quiet --no-compile --only-binary=:all: --require-hashes \
    --requirement ${REQUIREMENTS} --requirement requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
# The root file system is read-only where this runs, so the bytecode is made here, and believed without a look at dates:
# builders change the dates of files. Below the same for Python's own library.
RUN pip install --quiet --no-compile --no-deps --no-build-isolation . \
    && pip uninstall --quiet --yes flit_core setuptools pip \
    && find /opt/knowledge-gateway/bin ! -type d ! -name 'python*' ! -name knowledge-gateway -delete \
    && python3 -m compileall -qf --invalidation-mode unchecked-hash /opt/knowledge-gateway/lib

FROM ${BASE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Knowledge-store gateway" \
      org.opencontainers.image.description="One paginated endpoint over the knowledge stores of many AI vendors." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/knowledge-gateway/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
# away with what only builders need: pip, package lists, manuals, the right to become root
RUN rm -rf /usr/local/bin/pip* /usr/local/bin/idle* /usr/local/lib/python3*/ensurepip /usr/local/lib/python3*/idlelib \
        /usr/local/lib/python3*/site-packages/* /var/lib/apt/* /var/cache/* /var/log/* \
        /usr/share/man/* /usr/share/info/* /usr/share/locale/* \
    && find /usr/share/doc ! -type d ! -name copyright -delete \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && python3 -m compileall -qf -x '/(test|tests|lib2to3)/' --invalidation-mode unchecked-hash \
        "$(python3 -c 'import os; print(os.path.dirname(os.__file__))')"
COPY --from=build /opt/knowledge-gateway /opt/knowledge-gateway
# where the configuration is mounted; relative paths in a shell start here too
WORKDIR /etc/knowledge-gateway
USER 10001:10001
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
# for engines that heed it (Kubernetes asks by itself); it is for the ports above, so for a config that keeps to them
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python3", "-IS", "-c", "import http.client as http; c = http.HTTPConnection('127.0.0.1', 8080, timeout=2); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["knowledge-gateway"]
CMD ["serve", "--config", "/etc/knowledge-gateway/gateway.yaml"]
