#!/bin/sh
# deb.sh TREE VERSION OUT.deb - a binary package of TREE (what `make install DESTDIR=TREE prefix=/usr` left there). It
# depends on the packages of this machine that hold the libraries the tools are linked to.
set -eu
export LC_ALL=C
tree=$1 version=$2 out=$3

# The package of each library that a tool names, at least as new as here.
libraries() {
    # OpenBLAS is loaded by its name when it is needed
    grep -aohE 'lib[a-z0-9_]*blas[a-z0-9_]*\.so\.[0-9]+' "$tree"/usr/bin/* | sort -u | while read -r name; do
        readlink -f "$(/sbin/ldconfig -p | sed -n "s/^[[:space:]]*$name .* => //p" | head -n 1)"
    done
    for tool in "$tree"/usr/bin/*; do
        case $tool in *-mpi) continue ;; esac # only suggested
        needed=$(readelf -d "$tool" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
        ldd "$tool" | while read -r name _ path _; do
            case " $(echo $needed) " in *" $name "*) readlink -f "$path" ;; esac
        done
    done | sort -u
}
owner() { # owner FILE: its package; dpkg may know it without the /usr that /lib is a link to
    { dpkg -S "$1" || dpkg -S "${1#/usr}"; } 2>/dev/null | head -n 1 | cut -d: -f1
}
depends=$(libraries | while read -r file; do
    package=$(owner "$file")
    [ -n "$package" ] || { echo "deb.sh: no package owns $file" >&2; continue; }
    v=$(dpkg-query -W -f '${Version}\n' "$package" | head -n 1 | sed 's/-[^-]*$//')
    echo "$package (>= $v)"
done | sort -u)

mkdir -p "$tree/DEBIAN"
cat > "$tree/DEBIAN/control" <<CONTROL
Package: irtools
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: ${DEBFULLNAME:-irtools} <${DEBEMAIL:-irtools@localhost}>
Section: sound
Priority: optional
Installed-Size: $(du -sk "$tree" | cut -f1)
Depends: $(echo "$depends" | paste -sd, | sed 's/,/, /g')$([ ! -e "$tree/usr/bin/ir-train-mpi" ] || printf '\nSuggests: openmpi-bin')
Description: recognise musical instruments in sound
 Small Unix programs: each reads a stream of tensors and writes one; a pipe
 joins decoding, features, networks and scores. A model is included.
CONTROL
(cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | sort | xargs md5sum > DEBIAN/md5sums)
mkdir -p "$(dirname "$out")"
dpkg-deb --root-owner-group --build "$tree" "$out" >/dev/null
echo "$out"
