# Functions shared by the scripts of this project; to be sourced by bash.

say() { printf '\n==> %s\n' "$*" >&2; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Exits unless a working Swift toolchain, version 6.3 or later, is on the PATH.
need_swift() {
    local version
    version=$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p') || true
    [[ -n $version ]] || fail "swift does not run: $(swift --version 2>&1 | tail -n 1)"
    [[ $(printf '%s\n' 6.3 "$version" | sort -V | head -n 1) == 6.3 ]] ||
        fail "Swift $version is too old; 6.3 is needed."
}

# Installs the given Debian packages that are missing, as root or with sudo.
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
    # With this run level, packages do not start services on installation.
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null >&2
}

# The packages that the toolchain needs to run and link, and the C libraries that cambist uses.
build_packages=(
    binutils ca-certificates git libc6-dev libcurl4 libgcc-12-dev libstdc++-12-dev libxml2
    libexpat1-dev libkeyutils-dev libncurses-dev libpcre2-dev libpq-dev libsqlite3-dev libyaml-dev zlib1g-dev
)

# prepare PACKAGE…: installs the given packages and those that the build needs; exits without a usable toolchain.
prepare() {
    command -v swift >/dev/null ||
        fail 'no swift on the PATH. Install a Swift 6.3 toolchain from https://www.swift.org/install/linux/.'
    need_packages "${build_packages[@]}" "$@"
    need_swift
}

# archives: prints a directory of the static archives to link instead of shared libraries.
#
# Not linked statically: keyutils, whose license, the LGPL, requires that it can be replaced; expat and stdc++, whose
# archives in Debian 12 call arc4random of glibc 2.36. libpq is loaded only if the fleet is used.
archives() {
    local directory=.build/archives archive library
    mkdir -p "$directory"
    for library in ncursesw tinfo pcre2-8 sqlite3 yaml z; do
        archive=/usr/lib/$(uname -m)-linux-gnu/lib$library.a
        [[ -e $archive ]] || fail "$archive is missing."
        ln -sf "$archive" "$directory/lib$library.a"
    done
    realpath "$directory"
}

# build_release PRODUCT [option of `swift build` …]: makes a release build, which needs few shared libraries.
#
# C code checks its stack and the sizes of its buffers. All functions of shared libraries are bound at the start, so that
# their table is read-only. The static standard library would export all its symbols, although the programs need none;
# this would add 5 MB to each program and time to every start.
#
# The programs have no build ID: it is a hash of the whole program, including the compiler's hashes that .ci/package
# clears, so it could differ between builds of the same code.
build_release() {
    local product=$1
    shift
    swift build -c release --static-swift-stdlib --product "$product" \
        -Xcc -fstack-protector-strong -Xlinker -z -Xlinker now -Xlinker --no-export-dynamic \
        -Xlinker --build-id=none \
        -Xlinker "-L$(archives)" "$@" >&2
}
