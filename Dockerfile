# A gateway in a container. It holds no key: give each one as an environment variable or a mounted file.
#
# The shipped configuration has no clients, so it listens on loopback only. Let it share the network namespace of the
# application (a sidecar in a pod, or `docker run --network container:<application>`), where 127.0.0.1:7070 is the same
# for both; or mount a configuration with clients, or with a socket in a folder that both have.

FROM swift:6.3.1-bookworm AS build
WORKDIR /source
COPY Scripts/install-dependencies.sh Scripts/
RUN Scripts/install-dependencies.sh build
COPY . .
RUN Scripts/build-release.sh

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Taskgate" \
    org.opencontainers.image.description="Asks about long-running tasks at many providers, and stops them, with one API"

# Versions are not pinned: Debian's stable release removes a version as soon as a security update replaces it, so a
# pin would fail to build exactly when the update matters.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libcurl4 libmimalloc2.0 libpq5 libsqlite3-0 libssl3 libstdc++6 \
    && rm -rf /var/lib/apt/lists/*

COPY --from=build /source/.build/dist/taskgate /usr/local/bin/taskgate
COPY config.json /etc/taskgate/config.json
COPY providers /etc/taskgate/providers

# What must outlive the container: mount a volume there that lasts as long as watches shall.
RUN install --directory --owner 65532 --group 65532 /var/lib/taskgate \
    && sed --in-place 's|"taskgate.db"|"/var/lib/taskgate/taskgate.db"|' /etc/taskgate/config.json
VOLUME /var/lib/taskgate

WORKDIR /etc/taskgate
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["taskgate", "health"]
ENTRYPOINT ["taskgate"]
CMD ["serve", "--config", "/etc/taskgate/config.json"]
