#!/bin/sh
# install.sh install|uninstall BUILD - what `make install` and `make uninstall` do. Folders come from the environment
# (DESTDIR bindir mandir completions pkgdatadir docdir libdir includedir), each absolute, spaces allowed. What was
# installed is written down in $pkgdatadir/installed.txt; uninstall removes these files by name, wherever an optional
# tool came or went since, and then the folders of our own that are empty: nothing of anybody else's.
set -eu
export LC_ALL=C
mode=$1
build=$2
manifest=$DESTDIR$pkgdatadir/installed.txt

folder() { install -d "$DESTDIR$1"; }
put() { # put MODE FOLDER FILE…: FILEs into FOLDER
    bits=$1 to=$2
    shift 2
    folder "$to"
    for file; do
        [ -e "$file" ] || continue
        install -m "$bits" "$file" "$DESTDIR$to/"
        echo "$to/${file##*/}" >> "$new"
    done
}

rename() { # rename FOLDER FILE NAME: tools/FILE into FOLDER as NAME
    folder "$1"
    install -m 644 "tools/$2" "$DESTDIR$1/$3"
    echo "$1/$3" >> "$new"
}

do_install() {
    folder "$pkgdatadir"
    new=$manifest.part
    : > "$new"
    for tool in "$build"/bin/ir-*; do
        name=${tool##*/}
        [ -e "tools/$name.c" ] || continue
        put 755 "$bindir" "$tool"
        put 644 "$mandir/man1" "tools/$name.1"
    done
    rename "$completions" complete.bash ir-cat
    for tool in "$build"/bin/ir-*; do
        name=${tool##*/}
        [ -e "tools/$name.c" ] && [ "$name" != ir-cat ] || continue
        ln -sf ir-cat "$DESTDIR$completions/$name"
        echo "$completions/$name" >> "$new"
    done
    put 644 "$mandir/man7" tools/irtools.7
    share=${mandir%/man}
    rename "$share/zsh/site-functions" complete.zsh _irtools
    rename "$share/fish/vendor_completions.d" complete.fish ir-cat.fish
    for tool in "$build"/bin/ir-*; do
        name=${tool##*/}
        [ -e "tools/$name.c" ] && [ "$name" != ir-cat ] || continue
        ln -sf ir-cat.fish "$DESTDIR$share/fish/vendor_completions.d/$name.fish"
        echo "$share/fish/vendor_completions.d/$name.fish" >> "$new"
    done
    put 644 "$pkgdatadir/models" pipelines/models/*.model.irt
    put 644 "$pkgdatadir/nets" pipelines/nets/*.net pipelines/nets/*.map pipelines/nets/*.classes
    put 644 "$pkgdatadir" formats/*.py
    put 644 "$docdir" README.md LICENSE formats/*.md
    put 644 "$libdir" "$build/libirtools.a"
    put 644 "$libdir/pkgconfig" "$build/irtools.pc"
    put 644 "$includedir/irtools" lib/*.h
    forget_old
    echo "$pkgdatadir/installed.txt" >> "$new"
    mv "$new" "$manifest"
}

# What an earlier version had and this one has not.
forget_old() {
    [ -e "$manifest" ] || return 0
    grep -vxFf "$new" "$manifest" | grep -vxF "$pkgdatadir/installed.txt" | while IFS= read -r file; do
        rm -f "$DESTDIR$file"
    done
}

do_uninstall() {
    if [ ! -e "$manifest" ]; then
        echo "irtools: nothing to remove: no $manifest"
        return 0
    fi
    while IFS= read -r file; do
        case $file in /*) rm -f "$DESTDIR$file" ;; esac
    done < "$manifest"
    for sub in "$pkgdatadir/models" "$pkgdatadir/nets" "$pkgdatadir" "$docdir" "$includedir/irtools"; do
        [ ! -d "$DESTDIR$sub" ] || rmdir "$DESTDIR$sub" 2>/dev/null || echo "irtools: left, not ours alone: $DESTDIR$sub"
    done
}

for name in bindir mandir completions pkgdatadir docdir libdir includedir; do
    eval "value=\$$name"
    case $value in
    /?*) ;;
    *) echo "irtools: $name=$value: an absolute folder is wanted" >&2; exit 2 ;;
    esac
done
do_"$mode"
