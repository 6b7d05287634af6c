#!/bin/sh
# base-images.sh FOLDER - make the two images that the project's files build on, out of Debian's packages.
# Does nothing for an image that is there already. FOLDER is for the unpacked packages; it is removed afterwards.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
base=docker.io/library/debian:bookworm-slim
broker=docker.io/library/eclipse-mosquitto:2

# mirror RELEASE: where this machine itself installs that release from; nothing when it does not.
mirror() {
	# shellcheck disable=SC2016 # apt-get expands it
	apt-get indextargets --format '$(REPO_URI)' "Release: $1" 'Component: main' | head -n 1
}

if ! podman image exists "$base"; then
	main=$(mirror bookworm)
	security=$(mirror bookworm-security)
	rm -rf "$1"
	mkdir -p "$1"
	debootstrap --variant=minbase bookworm "$1" "$main" >"$1.log" 2>&1 || {
		tail -n 20 "$1.log" >&2
		exit 1
	}
	printf 'deb %s main\n' "$main bookworm" "$main bookworm-updates" >"$1/etc/apt/sources.list"
	[ -z "$security" ] || printf 'deb %s bookworm-security main\n' "$security" >>"$1/etc/apt/sources.list"
	rm -f "$1"/var/cache/apt/archives/*.deb
	tar -C "$1" -c . | podman import - "$base" >/dev/null
	rm -rf "$1" "$1.log"
fi
podman image exists "$broker" || podman build -q --layers=false -t "$broker" -f "$here/mosquitto.Dockerfile" "$here" >/dev/null
