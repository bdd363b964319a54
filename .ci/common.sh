# What the scripts of this project share; sourced by bash, from any directory.

say() { printf '\n==> %s\n' "$*" >&2; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Stops unless a Swift toolchain of at least 6.3 is on the path.
need_swift() {
    command -v swift >/dev/null ||
        fail 'no swift on the PATH. Install a Swift 6.3 toolchain from https://www.swift.org/install/linux/.'
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
    [[ $(printf '%s\n' 6.3 "$version" | sort -V | head -n 1) == 6.3 ]] ||
        fail "Swift ${version:-of an unknown version} is too old; 6.3 is needed."
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
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null >&2
}

# What the build needs beside the toolchain: a linker's C side, git for the dependencies, and the C libraries.
build_packages=(
    ca-certificates git libc6-dev libgcc-12-dev libstdc++-12-dev binutils
    libkeyutils-dev libncurses-dev libsqlite3-dev zlib1g-dev
)
