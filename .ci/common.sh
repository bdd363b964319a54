# What the scripts of this project share; sourced by bash, from any directory.

say() { printf '\n==> %s\n' "$*" >&2; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Stops unless there is a Swift toolchain of at least 6.3 on the path that runs here.
need_swift() {
    local version
    version=$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p') || true
    [[ -n $version ]] || fail "swift does not run: $(swift --version 2>&1 | tail -n 1)"
    [[ $(printf '%s\n' 6.3 "$version" | sort -V | head -n 1) == 6.3 ]] ||
        fail "Swift $version is too old; 6.3 is needed."
}

# Installs those of the named Debian packages that are missing, as root or by sudo.
need_packages() {
    local missing=() package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || fail "these packages are missing and there is no apt-get: ${missing[*]}"
    local root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "these packages are missing; install them as root: apt-get install ${missing[*]}"
        root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${root[@]}" apt-get update -qq >&2
    # By this run level no package starts its service.
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null >&2
}

# What the toolchain needs to run and to link, and the C libraries that cambist is built on.
build_packages=(
    binutils ca-certificates git libc6-dev libcurl4 libgcc-12-dev libstdc++-12-dev libxml2
    libexpat1-dev libkeyutils-dev libncurses-dev libsqlite3-dev zlib1g-dev
)

# prepare PACKAGE…: installs what is missing of these and of what the build needs; stops without a usable toolchain.
prepare() {
    command -v swift >/dev/null ||
        fail 'no swift on the PATH. Install a Swift 6.3 toolchain from https://www.swift.org/install/linux/.'
    need_packages "${build_packages[@]}" "$@"
    need_swift
}
