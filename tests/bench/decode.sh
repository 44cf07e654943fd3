#!/bin/sh
# decode.sh BUILD - ir-decode beside sox and ffmpeg, each in one process for all files, and a torchaudio script:
# sound files to 22,050 Hz mono floats. Runs in turn, medians. "wall" is what a user waits for, "cpu" what all
# processes together used; both as seconds of sound in a second; MB the most resident memory of a process. Other work on the machine hurts wall, hardly cpu.
#   BENCH_FILES=200 (of 3 s, 44.1 kHz stereo)  BENCH_ROUNDS=3
# Then the whole way to 96 mel bands, 2,000 WAV files of 3 s: ir-decode | ir-mel.
set -u
build=${1:-build}
files=${BENCH_FILES:-200}
rounds=${BENCH_ROUNDS:-3}
PATH=$PWD/$build/bin:$PATH
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/wav" "$work/flac" "$work/mp3"

# Band-limited noise, so that the codecs have something to do.
perl -e 'my ($dir, $n) = @ARGV; my $len = 132300;
    for my $f (0 .. $n - 1) { srand $f; my ($a, $b) = (0, 0); my $d = "";
        for (1 .. $len) { $a = 0.9 * $a + rand(4000) - 2000; $b = 0.8 * $b + rand(4000) - 2000;
            $d .= pack "s<2", $a + $b, $a - $b }
        open F, ">", sprintf "%s/%04d.wav", $dir, $f; binmode F;
        print F "RIFF", pack("V", 36 + length $d), "WAVEfmt ", pack("VvvVVvv", 16, 1, 2, 44100, 176400, 4, 16),
            "data", pack("V", length $d), $d; close F }' "$work/wav" 20
for f in "$work"/wav/*.wav; do # the encoders are slow: 20 files, each under several names
    b=$(basename "$f" .wav)
    command -v ffmpeg > /dev/null && ffmpeg -v error -i "$f" "$work/flac/$b.flac" -b:a 128k "$work/mp3/$b.mp3"
done
for k in wav flac mp3; do
    for i in $(seq 1 $((files / 20 - 1))); do
        for f in "$work/$k"/00*."$k"; do [ -e "$f" ] && ln "$f" "${f%/*}/$i-${f##*/}"; done
    done
done

timed() { # timed FILE COMMAND…: "wall cpu MB" as one more line of FILE; MB: of the largest process
    out=$1
    shift
    perl -e 'use Time::HiRes "time"; my $o = shift; my ($t, $pid) = (time, fork); exec @ARGV unless $pid;
        my ($rc, $use) = ("\0" x 4, "\0" x 144); # wait4: its number, its struct rusage
        if (`uname -m` =~ /x86_64/) { syscall 61, $pid, $rc, 0, $use } else { waitpid $pid, 0; $rc = pack "i", $? }
        $t = time - $t; my (undef, undef, $u, $s) = times; my $kb = unpack "x32 q", $use;
        open F, ">>", $o; print F unpack("i", $rc) ? "0 0 0\n" : "$t " . ($u + $s) . " " . $kb / 1024 . "\n"' "$out" "$@"
}
peak() { # peak PEER: MB, the most of all kinds
    cat "$work/$1"-* 2> /dev/null | awk '$3 > m { m = $3 } END { printf "%8.0f", m }'
}
median() { # median FILE COLUMN SECONDS: × real time
    awk -v c="$2" '$1 > 0 { print $c }' "$1" 2> /dev/null | sort -n |
        awk -v s="$3" '{ v[NR] = $1 } END { if (NR) printf "%8.0f", s / v[int((NR + 1) / 2)]; else printf "%8s", "-" }'
}
one() { # one PEER KIND FILES…
    peer=$1 kind=$2
    shift 2
    case $peer in
    ours-1) timed "$work/$peer-$kind" ir-decode -j 1 -r 22050 -c 1 "$@" -o "$work/o.irt" ;;
    ours) timed "$work/$peer-$kind" ir-decode -r 22050 -c 1 "$@" -o "$work/o.irt" ;;
    sox) timed "$work/$peer-$kind" sox --single-threaded -D "$@" -t f32 -r 22050 -c 1 "$work/o.raw" rate -h ;;
    ffmpeg) timed "$work/$peer-$kind" ffmpeg -v quiet -y -f concat -safe 0 -i "$work/$kind.txt" -ac 1 -ar 22050 \
        -f f32le "$work/o.raw" ;;
    torchaudio) timed "$work/$peer-$kind" "$python" -c '
import sys, torchaudio
for f in sys.argv[1:]:
    x, r = torchaudio.load(f)
    torchaudio.functional.resample(x.mean(0, keepdim=True), r, 22050)' "$@" ;;
    esac
}

peers="ours-1 ours"
command -v sox > /dev/null && peers="$peers sox"
command -v ffmpeg > /dev/null && peers="$peers ffmpeg"
python=
for p in python3 /usr/bin/python3; do
    [ -z "$python" ] && "$p" -c 'import torchaudio' 2> /dev/null && python=$p
done
[ -n "$python" ] && peers="$peers torchaudio"
for k in wav flac mp3; do
    for f in "$work/$k"/*."$k"; do [ -e "$f" ] && echo "file '$f'"; done > "$work/$k.txt"
    [ -s "$work/$k.txt" ] || continue
    for r in $(seq "$rounds"); do
        for p in $peers; do one "$p" "$k" "$work/$k"/*."$k" > /dev/null 2>&1; done
    done
done

echo "decode: $files files of 3 s, 44.1 kHz stereo to 22.05 kHz mono, seconds of sound a second"
printf '%-12s%22s%22s%22s%8s\n' "" "wav: wall     cpu" "flac: wall     cpu" "mp3: wall     cpu" MB
for p in $peers; do
    case $p in ours-1) name="ours, -j 1" ;; ours) name="ours, -j $(nproc)" ;; *) name=$p ;; esac
    printf '%-12s' "$name"
    for k in wav flac mp3; do
        printf '      %s%s' "$(median "$work/$p-$k" 1 $((files * 3)))" "$(median "$work/$p-$k" 2 $((files * 3)))"
    done
    peak "$p"
    echo
done

if [ -x "$build/bin/ir-mel" ]; then
    mkdir "$work/short"
    for i in $(seq 0 1999); do # 2,000 names of 20 contents, 22.05 kHz mono
        n=$(printf '%04d' $((i % 20)))
        [ -e "$work/short/$n.wav" ] ||
            { ir-decode -j 1 -r 22050 -c 1 "$work/wav/$n.wav" | ir-cat --to raw > "$work/raw"
                perl -e 'local $/; $d = <STDIN>; print "RIFF", pack("V", 36 + length $d), "WAVEfmt ",
                    pack("VvvVVvv", 16, 3, 1, 22050, 88200, 4, 32), "data", pack("V", length $d), $d' \
                    < "$work/raw" > "$work/short/$n.wav"; }
        [ "$i" -lt 20 ] || ln "$work/short/$n.wav" "$work/short/$i-$n.wav"
    done
    for r in $(seq "$rounds"); do
        timed "$work/mel" sh -c 'ir-decode "$1"/*.wav | ir-mel --preset librosa --bands 96 > /dev/null' sh "$work/short"
    done
    sort -n "$work/mel" | awk '{ w[NR] = $1; c[NR] = $2; if ($3 > k) k = $3 } END { m = int((NR + 1) / 2)
        printf "2,000 WAV files of 3 s to 96 mel bands: %.2f s, %.2f s of processor time, %.0f MB\n", w[m], c[m], k }'
fi
