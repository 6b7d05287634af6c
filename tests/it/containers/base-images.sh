#!/bin/sh
# base-images.sh FOLDER - make the two images that the project's files build on, out of Debian's packages.
# Does nothing for an image that is there already. FOLDER is for the unpacked packages; it is removed afterwards.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
base=docker.io/library/debian:bookworm-slim
broker=docker.io/library/eclipse-mosquitto:2
# The mirror this machine itself installs from.
# shellcheck disable=SC2016 # apt-get expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Release: bookworm' 'Component: main' | head -n 1)

if ! podman image exists "$base"; then
	rm -rf "$1"
	mkdir -p "$1"
	debootstrap --variant=minbase bookworm "$1" "$mirror" >"$1.log" 2>&1 || {
		tail -n 20 "$1.log" >&2
		exit 1
	}
	# The updates that the listed library versions need come from the security archive.
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
		[ ! -f "$f" ] || cp "$f" "$1/etc/apt/$(case $f in */sources.list) echo ;; *) echo sources.list.d/ ;; esac)"
	done
	tar -C "$1" -c . | podman import - "$base" >/dev/null
	rm -rf "$1" "$1.log"
fi
podman image exists "$broker" || podman build -q -t "$broker" -f "$here/mosquitto.Dockerfile" "$here" >/dev/null
