# Packages first and sources last: a change of the sources repeats nothing but their compilation.

FROM docker.io/library/debian:bookworm-slim AS build-packages
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    cmake gcc libc6-dev libcsv-dev libcurl4-openssl-dev libevent-dev libglib2.0-dev libgmime-3.0-dev \
    libjansson-dev libminizip-dev libmosquitto-dev libsodium-dev libsqlite3-dev libssl-dev libyaml-dev ninja-build \
    pkg-config zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*

FROM docker.io/library/debian:bookworm-slim AS run-packages
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    ca-certificates libcsv3 libcurl4 libevent-2.1-7 libevent-pthreads-2.1-7 libglib2.0-0 libgmime-3.0-0 \
    libjansson4 libminizip1 libmosquitto1 libsodium23 libsqlite3-0 libyaml-0-2 tzdata zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 990 campaign2mqtt \
 && useradd --system --uid 990 --gid 990 --home-dir /var/lib/campaign2mqtt --create-home campaign2mqtt

FROM build-packages AS build
WORKDIR /src
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF >/dev/null \
 && cmake --build --preset release --target campaign2mqtt \
 && strip --strip-debug build/release/campaign2mqtt

FROM run-packages
COPY --from=build /src/build/release/campaign2mqtt /usr/bin/campaign2mqtt
USER 990:990
WORKDIR /var/lib/campaign2mqtt
VOLUME /var/lib/campaign2mqtt
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["campaign2mqtt", "healthcheck"]
ENTRYPOINT ["campaign2mqtt"]
CMD ["run"]
