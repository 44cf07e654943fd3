#!/bin/sh
# report.sh OUT [FOLDER…] - the runs below OUT (or only those of the FOLDERs) as one page, OUT/report/report.html with all
# pictures inside, and as tables in OUT/report/report.md. Published numbers stand beside those reached; each line says
# whether the data was the real set or a stand-in. Needs the tools in PATH.
set -eu
export LC_ALL=C.UTF-8
here=$(dirname "$0")
for tool in ir-plot ir-cat ir-score; do
    command -v "$tool" > /dev/null || { echo "report: $tool is not in PATH" >&2; exit 1; }
done
out=$1
shift
[ $# -gt 0 ] || set -- "$out"/*/
dir=$out/report
mkdir -p "$dir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
page=$work/page
text=$work/text

get() { sed -n "s/^$1=//p" "$run"; }
html() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }
picture() { # picture CAPTION ir-plot-arguments…: one figure, or nothing when it cannot be drawn
    caption=$1
    shift
    ir-plot "$@" -o "$work/p.svg" 2> /dev/null || return 0
    { echo "<figure>"; cat "$work/p.svg"; printf '<figcaption>%s</figcaption></figure>\n' "$(printf %s "$caption" | html)"; } >> "$page"
}

clips() { awk -F'\t' '$1 == "clips" { print $5 }' "${run%.run}.score.tsv"; }
kind() { if [ "$(get data)" = real ]; then echo "real data set"; else echo "STAND-IN"; fi; }
# Seconds of training: the log counts all epochs, also those before an interruption.
seconds() {
    if [ -e "${run%.run}.log.tsv" ]; then
        awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") c = i; next } { s += $c } END { printf "%d\n", s + 0.5 }' "${run%.run}.log.tsv"
    else
        get seconds
    fi
}
took() { awk -v s="$(seconds)" 'BEGIN { if (s == "") print "no training"; else if (s < 120) print "trained in " s " s"; else printf "trained in %.0f min\n", s / 60 }'; }

# One run: its rows of the table, and its line among the headlines where the paper has that number.
one_run() {
    name="$(get set) / $(get front) / $(get net)"
    sh "$here/values.sh" "$run" > "$work/values"
    awk -F'\t' -v name="$name" -v kind="$(kind)" -v clips="$(clips)" -v took="$(took)" -v n="$(wc -l < "$work/values")" \
        -v parameters="$(get parameters)" -v note="$(get note)" '
        function esc(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); return s }
        { printf "<tr%s>", kind == "STAND-IN" ? " class=standin" : ""
          if (NR == 1) printf "<td rowspan=%d>%s<br><small>%s%s test clips, %s%s</small></td><td rowspan=%d>%s</td>", n, esc(name), \
              parameters == "" ? "" : parameters " parameters, ", clips, took, note == "" ? "" : "; " esc(note), n, kind
          printf "<td>%s</td><td class=n>%s</td><td class=n>%s</td><td class=n>%s</td><td><small>%s</small></td></tr>\n", \
              esc($1), $2, $3, esc($4), esc($5) }' "$work/values" >> "$work/table.html"
    awk -F'\t' -v name="$name" -v kind="$(kind)" -v clips="$(clips)" '
        { printf "| %s | %s | %s | %s | %s | %s | %s |\n", name, kind, clips, $1, $2, $3, $4 }' "$work/values" >> "$work/table.md"
    headline=$(get compare | cut -d' ' -f2 | sed 's/\(.*\):\(.*\)/\1 (\2)/')
    awk -F'\t' -v want="$headline" -v title="$(get title)" -v name="$name" -v kind="$(kind)" '
        $4 != "" && (want == "" || $1 == want) {
            printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", title, name, kind, $1, $2, $3, $4
            exit }' "$work/values" >> "$work/headlines"
}

details() {
    stem=${run%.run}
    printf '<details><summary>%s / %s / %s: pictures and commands</summary>\n' "$(get set)" "$(get front | html)" "$(get net)" >> "$page"
    what="$(get set)/$(get front)/$(get net)"
    net=$here/nets/$(basename "$(get file)")
    [ ! -f "$net" ] || printf '<p>Network: %s</p>\n' "$(sed -n '/^#/!q; s/^# \{0,1\}//p' "$net" | html)" >> "$page"
    [ ! -e "$stem.log.tsv" ] || picture "Learning curves" -k curves --title "$what" "$stem.log.tsv"
    picture "Confusion on the test clips" -k confusion --title "$what" "$stem.score.tsv"
    picture "F1 of each class" -k bars --metric f1 --title "$what" "$stem.score.tsv"
    if [ "$(get experiment)" = philharmonia ] && [ -e "$stem.pred.irt" ]; then
        picture "Mean probability of the true class (the paper's Figure 3)" -k bars --title "$what" "$stem.pred.irt"
    fi
    for figure in $(get figures); do
        case $figure in
        filters) picture "A sample of the first layer's filters (the paper's Figure 5)" -k filters --lowpass 5000 "$stem.model.irt" ;;
        spectra) picture "Spectra of the first layer's filters, sorted by peak frequency (the paper's Figure 4)" -k spectra "$stem.model.irt" ;;
        esac
    done
    printf '<pre>' >> "$page"
    for stream in "$stem.model.irt" "$stem.pred.irt"; do
        [ -e "$stream" ] || continue
        ir-cat --look "$stream" 2> /dev/null | sed -n 's/^# prog\.[0-9]*=//p'
    done | awk '!seen[$0]++' | html >> "$page"
    printf '</pre><p><small>%s, %s, data in %s</small></p></details>\n' "$(get machine | html)" "$(get date)" "$(get dir | html)" >> "$page"
}

# How far the experiment's own network is above or below each other system on the same clips, and how sure that is.
compare() {
    : > "$work/compare"
    while IFS= read -r run; do
        own=$run
        own_set=$(get set)
        own_name="$(get front) $(get net)"
        metric=$(get compare | cut -d' ' -f2)
        [ "$(get net)" = "$(get compare | cut -d' ' -f1)" ] || continue
        while IFS= read -r run; do
            [ "$(get set)" = "$own_set" ] && [ "$run" != "$own" ] && [ -e "${run%.run}.pred.irt" ] || continue
            ir-score -f tsv --metrics "${metric%:*}" --compare "${run%.run}.pred.irt" "${own%.run}.pred.irt" 2> /dev/null |
                awk -F'\t' -v m="$metric" -v set="$own_set" -v own="$own_name" -v other="$(get front) $(get net)" '
                    $1 ":" $2 == m {
                        printf "%s, %s %s: %s is %.4f, %.4f %s %s (%.4f); ", set, $1, $2, own, $3, $5 < 0 ? -$5 : $5, \
                            $5 < 0 ? "below" : "above", other, $4
                        printf "95 %% interval of the difference %+.4f to %+.4f, p = %.3f (paired bootstrap)\n", $6, $7, $8 }'
        done < "$work/runs"
    done < "$work/runs" >> "$work/compare"
    [ -s "$work/compare" ] || return 0
    { echo '<ul>'; html < "$work/compare" | sed 's/.*/<li>&<\/li>/'; echo '</ul>'; } >> "$page"
    { echo; sed 's/^/- /' "$work/compare"; } >> "$text"
}

# One clip of each front end, as the network sees it.
examples() {
    for features in "$folder"*.irt; do
        case $features in *.model.irt | *.pred.irt | *+*) continue ;; esac
        [ -e "$features" ] || continue
        front=${features##*/}
        front=${front#*.}
        front=${front%.irt}
        case " $shown " in *" $front "*) continue ;; esac
        shown="$shown $front"
        picture "A clip as front end '$front' makes it" -k spectrogram "$features"
        picture "A clip of sound" -k wave "$features"
    done
}

cat > "$work/head" <<'HEAD'
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>irtools: five papers, reached beside published</title>
<style>
body { font: 16px/1.5 Helvetica, Arial, sans-serif; color: #111; max-width: 76em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 } th, td { border: 1px solid #bbb; padding: .25em .6em; vertical-align: top; text-align: left }
th { background: #eee } td.n { font-variant-numeric: tabular-nums } td.n, td[rowspan] + td { white-space: nowrap } tr.standin { background: #fff8e5 }
figure { display: inline-block; margin: 1em 1em 1em 0; max-width: 100% } figure svg { max-width: 100%; height: auto } figcaption { color: #444; font-size: 90% }
pre { background: #f5f5f5; padding: .6em; overflow-x: auto; font-size: 80%; white-space: pre-wrap } summary { cursor: pointer; margin: .5em 0 }
.standin-note { background: #fff8e5; border-left: 4px solid #e69f00; padding: .5em 1em }
</style></head><body>
<h1>Five papers: published and reached</h1>
<p class="standin-note">A line marked <b>STAND-IN</b> was reached on rendered or substituted recordings with the layout of
the real data set, trained and tested on different songs and different recordings of the instruments. Such a number says that
the pipeline works and how the systems compare with each other there; it cannot be compared with the published one beside it.</p>
HEAD
: > "$page"
: > "$text"
: > "$work/headlines"

for folder in "$@"; do
    folder=${folder%/}/
    { sed "s|.*|$folder&.run|" "${folder}order" 2> /dev/null || :; ls "$folder"*.run 2> /dev/null || :; } | awk '!seen[$0]++' |
        while IFS= read -r run; do if [ -e "$run" ]; then printf '%s\n' "$run"; fi; done > "$work/runs"
    [ -s "$work/runs" ] || continue
    run=$(head -n 1 "$work/runs")
    title=$(get title)
    about=$(sed -n '/^#/!q; s/^# \{0,1\}//p' "$here/$(get experiment).mk")
    : > "$work/table.html"
    : > "$work/table.md"
    while IFS= read -r run; do one_run; done < "$work/runs"
    {
        printf '<h2>%s</h2>\n<p>%s</p>\n<table><tr><th>labels and split / front end / system</th><th>data</th><th>metric</th><th>reached</th>' "$(printf %s "$title" | html)" "$(printf %s "$about" | html)"
        echo '<th>95 % interval</th><th>published</th><th>note</th></tr>'
        cat "$work/table.html"
        echo '</table>'
    } >> "$page"
    {
        printf '\n## %s\n\n%s\n\n| labels and split / front end / system | data | test clips | metric | reached | 95 %% interval | published |\n' "$title" "$about"
        echo '|---|---|---|---|---|---|---|'
        cat "$work/table.md"
    } >> "$text"
    compare
    while IFS= read -r run; do details < /dev/null; done < "$work/runs"
    echo '<details><summary>what the networks see</summary>' >> "$page"
    shown=
    examples
    echo '</details>' >> "$page"
done
{ echo "<p><small>Made by <code>make report</code> on $(date -u +%Y-%m-%d), $(nproc) processors"
  echo "($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1 | html)).</small></p></body></html>"; } >> "$page"
{
    cat "$work/head"
    echo '<table><tr><th>paper</th><th>labels and split / front end / system</th><th>data</th><th>metric</th><th>reached</th>'
    echo '<th>95 % interval</th><th>published</th></tr>'
    html < "$work/headlines" | awk -F'\t' '{
        printf "<tr%s><td>%s</td><td>%s</td><td class=n>%s</td><td>%s</td><td class=n>%s</td><td class=n>%s</td><td class=n>%s</td></tr>\n", \
            $3 == "STAND-IN" ? " class=standin" : "", $1, $2, $3, $4, $5, $6, $7 }'
    echo '</table>'
    cat "$page"
} > "$dir/report.html.part" && mv "$dir/report.html.part" "$dir/report.html"
{
    echo "# Five papers: published and reached"
    echo
    echo "STAND-IN: rendered or substituted recordings in the layout of the real data set; not comparable with the paper."
    printf '\n| paper | labels and split / front end / system | data | metric | reached | 95 %% interval | published |\n|---|---|---|---|---|---|---|\n'
    awk -F'\t' '{ printf "| %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6, $7 }' "$work/headlines"
    cat "$text"
} > "$dir/report.md.part" && mv "$dir/report.md.part" "$dir/report.md"
echo "$dir/report.html ($(wc -c < "$dir/report.html") bytes), $dir/report.md"
