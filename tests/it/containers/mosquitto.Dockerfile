# Stands in for the official broker image, with its user and paths, where no registry of images can be reached.
FROM docker.io/library/debian:bookworm-slim
RUN groupadd --system --gid 1883 mosquitto && useradd --system --uid 1883 --gid 1883 mosquitto \
 && apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mosquitto mosquitto-clients \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /mosquitto/config /mosquitto/data /mosquitto/log && chown -R mosquitto:mosquitto /mosquitto
VOLUME /mosquitto/data
EXPOSE 1883
CMD ["/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]
