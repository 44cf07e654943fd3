# experiment.awk - reads an experiment, pipelines/NAME.pipe, and writes make rules, one literal command each (OUT/rules.mk).
#
# A .pipe file is text, one thing a line; a line that begins with a blank goes on with the line before. `#`: a comment;
# the comment at the top is what the report says about the experiment. $NAME is a word of `let`, or one of $DATA (the
# data set's folder), $SEED, $OUT (the experiment's folder of results), $PANNS and
# $PANNS_MODEL (002's weights, as given and as a model file).
#
#   title TEXT                        published FILE (pipelines/published/…)     folder NAME (the stand-in, below $(STANDIN))
#   let NAME TEXT                     words that several commands share
#   list SET ir-label …               which clips, labels, groups and splits
#   front FRONT ir-decode … | …       from clips to what the network hears; `ir-label list --stream`: labels without sound
#   augment AUG ir-augment …          FRONT+AUG trains on the clips of FRONT and COPIES disturbed sets of training clips
#   net NET [on FRONT,…] ir-train …   a system: a network or a learner, or `ir-score --constant …`, which needs no training;
#                                     @NET in it is the model of another; `on`: the front ends that FRONTEND= tries it with
#   run SET:FRONT:NET [ROW]           what `make NAME` does, and the system of the published table beside it
#   ask SET:FRONT:NET [ROW]           the same, only when RUNS= asks for it
#   swaps SET…                        what FRONTEND=, NET=, LEARNER= and AUGMENT= are tried on (default: the first run's set)
#   infer [for NET] ir-infer …        test [for SET] SPLIT (default test)        score ir-score …      clips ir-score …
#   metrics [for NET] METRIC:AVERAGE… compare NET METRIC:AVERAGE                 note for NET TEXT     figures for NET KIND…
#
# A line that begins with `real` or `standin` counts on the data set itself or on the stand-in alone; `with VARIABLE` and
# `without VARIABLE` count when make has it or not. Such a line goes before the same line without a condition.
#
# Environment: OUT, BIN, DATA, DATA_KIND (real or standin), MARK (the stand-in's file), TOOLS, PIPE_DRY (only show), and the words of the
# command line: SEED EPOCHS TRAIN FRONTEND NET LEARNER AUGMENT COPIES RUNS PANNS BOOTSTRAP, and SWEEP with its lists.

function die(line, text) {
    printf "%s:%d: %s\n", FILENAME, line, text > "/dev/stderr"
    failed = 1
    exit 2
}
function asked(word, text) { # a fault of the command line
    printf "make %s: %s='%s': %s\n", experiment, word, ENVIRON[word], text > "/dev/stderr"
    failed = 1
    exit 2
}
function known(kind) { return names[kind] == "" ? "none" : substr(names[kind], 2) }
function has(kind, name) { return (kind, name) in line_of }
function value(kind, name) { return (kind, name) in text_of ? text_of[kind, name] : "" }
function either(kind, name) { return (kind, name) in text_of ? text_of[kind, name] : value(kind, "") }
function quoted(s) { # for the shell
    if (s ~ /^[A-Za-z0-9_.\/+=:,@%-]+$/) return s
    gsub(/'/, "'\\''", s)
    return "'" s "'"
}
function base(path) { sub(/.*\//, "", path); sub(/\.net$/, "", path); return path }

# ---- reading -------------------------------------------------------------------------------------------------------

function keep(kind, name, text, condition) {
    if ((kind, name, condition) in seen)
        die(from, kind (name == "" ? "" : " '" name "'") " stands twice, first in line " seen[kind, name, condition])
    seen[kind, name, condition] = from
    if (!((kind, name) in line_of)) names[kind] = names[kind] " " name
    line_of[kind, name] = from
    if (!counts || ((kind, name) in text_of && condition == "")) return
    text_of[kind, name] = text
}
function expand(text,   out, word) {
    while (match(text, /\$[A-Za-z_][A-Za-z0-9_]*/)) {
        word = substr(text, RSTART + 1, RLENGTH - 1)
        out = out substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        if (word ~ /^(DATA|SEED|OUT|PANNS|PANNS_MODEL)$/) out = out quoted(ENVIRON[word])
        else if (has("let", word)) out = out value("let", word)
        else die(from, "unknown word '$" word "', known are $DATA $SEED $OUT $PANNS $PANNS_MODEL and those of let: " known("let"))
    }
    return out text
}
function pipe(text, seg,   i, c, quote, n) { # the commands between the bars, which are not in quotes
    n = 1
    seg[1] = ""
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (quote != "") { if (c == quote) quote = "" }
        else if (c == "'" || c == "\"") quote = c
        if (c == "|" && quote == "") seg[++n] = ""
        else seg[n] = seg[n] c
    }
    if (quote != "") die(from, "a quotation mark " quote " is not closed")
    for (i = 1; i <= n; i++) { gsub(/^ +| +$/, "", seg[i]); if (seg[i] == "") die(from, "a command is missing beside a bar") }
    return n
}
function check(kind, text, first,   n, i, seg, w) {
    n = pipe(text, seg)
    for (i = 1; i <= n; i++) {
        split(seg[i], w, " ")
        if (w[1] ~ /^ir-/ && index(" " ENVIRON["TOOLS"] " ", " " w[1] " ") == 0)
            die(from, "unknown program '" w[1] "', known are " ENVIRON["TOOLS"])
        if (i == 1 && index(" " first " ", " " w[1] " ") == 0) die(from, kind ": '" w[1] "' found, " first " wanted")
        if (w[1] == "ir-train" && kind == "net" && w[2] !~ /^--learner/) {
            if (w[2] !~ /\.net$/) die(from, "net: a network file (.net) or --learner wanted after ir-train, found '" w[2] "'")
            if ((getline c < w[2]) < 0) die(from, "unknown network: no file " w[2])
            close(w[2])
        }
    }
}
function statement(line, no,   w, word, name, text, condition) {
    from = no
    counts = 1
    while (match(line, /^(real|standin|with|without) +/)) {
        word = substr(line, 1, RLENGTH)
        line = substr(line, RLENGTH + 1)
        sub(/ +$/, "", word)
        if (word ~ /^with/) {
            name = line
            sub(/ .*/, "", name)
            if (name !~ /^[A-Z]+$/) die(no, word ": the name of a variable of make wanted, '" name "' found")
            line = substr(line, length(name) + 1)
            sub(/^ +/, "", line)
            if ((ENVIRON[name] != "") != (word == "with")) counts = 0
            word = word " " name
        } else if (word != ENVIRON["DATA_KIND"]) counts = 0
        condition = condition " " word
    }
    split(line, w, " ")
    word = w[1]
    text = line
    sub(/^[^ ]+ */, "", text)
    if (word ~ /^(infer|test|metrics|note|figures)$/ && w[2] == "for") { name = w[3]; sub(/^for +[^ ]+ */, "", text) }
    else if (word ~ /^(let|list|front|augment|net|run|ask)$/) { name = w[2]; sub(/^[^ ]+ */, "", text) }
    else if (word == "note" || word == "figures") die(no, word ": 'for NET' wanted")
    else name = ""
    if (word !~ /^(title|folder|published|let|list|front|augment|net|run|ask|swaps|infer|test|score|clips|metrics|compare|note|figures)$/)
        die(no, "unknown word '" word "', known are title folder published let list front augment net run ask swaps infer test" \
            " score clips metrics compare note figures, and real standin with without before them")
    if (word ~ /^(list|front|augment|net)$/ && name !~ /^[A-Za-z0-9_-]+$/) die(no, word ": a name of letters, digits, _ and - wanted, '" name "' found")
    if (word ~ /^(list|front|augment|net)$/ && match(text, /^"[^"]*" */)) {
        called[word, name] = text
        sub(/^"/, "", called[word, name])
        sub(/" .*/, "", called[word, name])
        text = substr(text, RLENGTH + 1)
    }
    if (word == "net" && text ~ /^on /) {
        split(text, w, " ")
        hears[name] = w[2]
        if (!(name in hears_line)) hears_line[name] = no
        sub(/^on +[^ ]+ */, "", text)
    }
    if (word !~ /^(note|title)$/) text = expand(text)
    if (word == "list") check(word, text, "ir-label")
    else if (word == "front") check(word, text, "ir-decode ir-label")
    else if (word == "augment") check(word, text, "ir-augment")
    else if (word == "net") check(word, text, "ir-train ir-score")
    else if (word == "infer") check(word, text, "ir-infer")
    else if (word == "score" || word == "clips") check(word, text, "ir-score")
    else if (word == "note") gsub(/\$PANNS/, ENVIRON["PANNS"], text)
    if (word == "ask") { keep("run", name, text, " ask" condition); if (counts) on_request[name] = 1 }
    else keep(word, name, text, condition)
    if (word == "run" && counts) own[++n_own] = name
}
BEGIN {
    experiment = base(ARGV[1])
    sub(/\.pipe$/, "", experiment)
    OUT = ENVIRON["OUT"]
    SEED = ENVIRON["SEED"]
    COPIES = ENVIRON["COPIES"]
    dry = ENVIRON["PIPE_DRY"] != ""
    real = ENVIRON["DATA_KIND"] == "real"
}
{ sub(/[ \t\r]+$/, ""); gsub(/\t/, " ") }
/^#/ || /^$/ { next }
/^ / { if (logical == "") die(FNR, "nothing to go on with"); sub(/^ +/, ""); logical = logical " " $0; next }
{ if (logical != "") statement(logical, at); logical = $0; at = FNR }

# ---- the rules -----------------------------------------------------------------------------------------------------

function put(file, text) { printf "%s\n", text > file; close(file) }
function same(file, text,   old, line, n) {
    while ((getline line < file) > 0) if (line !~ /^machine=/) old = old (n++ ? "\n" : "") line
    close(file)
    return n > 0 && old == text
}
function programs(text,   n, i, seg, out) { # the programs of this build
    n = pipe(text, seg)
    for (i = 1; i <= n; i++) out = out (i > 1 ? " | " : "") (seg[i] ~ /^ir-/ ? ENVIRON["BIN"] "/" : "") seg[i]
    return out
}
# Elsewhere: in parts, by parts.sh. A run is a task of the queue, which makes it by the rules of OUT/runs.mk.
function in_parts() { return ENVIRON["ON"] ~ /^(parallel|slurm)$/ || ENVIRON["PARTS"] > 1 }
function in_queue() { return ENVIRON["ON"] ~ /^(parallel|slurm)$/ }
function is_run(target) { return target ~ /\.(model|pred)\.irt$|\.score\.t[sx][vt]$|\.clips\.txt$/ }
# One rule. What decides the target's bytes stands in OUT/.cmd/TARGET, which is new when the command is.
function rule(target, needs, command, before, after, recipe,   stamp, changed, ck) {
    stamp = target
    sub(/[^\/]*$/, ".cmd/&", stamp)
    changed = !same(stamp, command)
    command_of[target] = command
    needs_of[target] = needs
    if (changed && !dry) {
        ck = target
        if (sub(/\.model\.irt$/, ".ck", ck)) system("rm -f " quoted(ck) " " quoted(ck ".old")) # of another command
        put(stamp, command)
    }
    rules[++n_rules] = target ": " (!dry ? stamp " " : changed ? "FORCE " : "") needs
    if (before != "") rules[n_rules] = rules[n_rules] "\n\t@" dollars(before)
    rules[n_rules] = rules[n_rules] "\n\t" dollars((recipe == "" ? programs(command) : recipe) after)
    target_of[n_rules] = target
}
function dollars(s) { gsub(/\$/, "$$", s); return s }
function option(text, name, number) { # text with --name number
    if (match(text, "--" name " +[^ ]+")) return substr(text, 1, RSTART - 1) "--" name " " number substr(text, RSTART + RLENGTH)
    return text " --" name " " number
}
function list(set,   file) {
    file = OUT "/" set ".list.tsv"
    if (file in made) return file
    made[file] = 1
    rule(file, ENVIRON["MARK"] " | " ENVIRON["TOOLS_GOAL"], value("list", set) " --seed " SEED " -o " file, "mkdir -p " OUT)
    return file
}
# From a list to features; `change`: a command between decoding and the rest; `clips`: what goes in, instead of the list.
function features_rule(file, set, front, change, clips,   n, i, seg, text) {
    n = pipe(value("front", front), seg)
    text = clips == "" ? seg[1] " " list(set) : clips " | " seg[1]
    if (change != "") text = text " | " change
    for (i = 2; i <= n; i++) text = text " | " seg[i]
    if (seg[n] !~ /^ir-/) text = text " | ir-cat"
    rule(file, list(set), text " -o " file, "", "", \
        in_parts() ? "sh pipelines/parts.sh " file " " list(set) " " quoted(programs(text)) : "")
}
function features(set, front,   file) {
    file = OUT "/" set "." front ".irt"
    if (!(file in made)) features_rule(file, set, front)
    if (!(file in made)) features_made = features_made " " file
    made[file] = 1
    return file
}
# The runs as tasks of a queue: first the models that others begin with, then all.
function queue(   i, n, file, all, text) {
    file = OUT "/runs.mk"
    for (i = 1; i <= n_rules; i++) if (is_run(target_of[i])) text = text "\n\n" rules[i]
    if (!dry) put(file, "# The runs alone, each to be made by itself." text)
    n = split(begun_with, all, " ")
    if (n > 0) submit("first", all, n, file)
    submit("runs", tasks, n_tasks, file)
}
function submit(name, what, n, file,   i, out, text, outputs) {
    for (i = 1; i <= n; i++) {
        split(what[i], out, " ")
        outputs = outputs " " out[1]
        text = text (i > 1 ? "\n" : "") out[1] "\tmake -f " file " " what[i]
    }
    if (!dry) put(OUT "/" name ".tasks", text)
    printf "\t@for f in%s; do make -s -q -f %s $$f 2> /dev/null || rm -f $$f; done\n", outputs, file
    printf "\tsh pipelines/parts.sh --tasks %s/%s.tasks\n", OUT, name
}
function front_of(front) { sub(/\+.*/, "", front); return front }
function augmented(set, front,   aug, e, file, out) {
    aug = front
    if (!sub(/^[^+]*\+/, "", aug)) return ""
    for (e = 1; e <= COPIES; e++) {
        file = OUT "/" set "." front "." e ".irt"
        if (!(file in made))
            features_rule(file, set, front_of(front), value("augment", aug) " --epoch " e " --seed " SEED, \
                "ir-label list " list(set) " --select train")
        if (!(file in made)) features_made = features_made " " file
        made[file] = 1
        out = out " " file
    }
    return out
}
function train_command(net,   text) {
    text = value("net", net)
    if (text ~ /^ir-train +--learner/) return text
    if (ENVIRON["EPOCHS"] != "") text = option(text, "epochs", ENVIRON["EPOCHS"])
    return text (ENVIRON["TRAIN"] == "" ? "" : " " ENVIRON["TRAIN"])
}
function train(stem, set, front, net, text,   file, inputs, needs, w, before, other, ck) {
    file = stem ".model.irt"
    if (file in made) return file
    made[file] = 1
    inputs = features(set, front_of(front)) augmented(set, front)
    needs = inputs
    while (match(text, /@[A-Za-z0-9_-]+/)) {
        before = substr(text, 1, RSTART - 1)
        other = substr(text, RSTART + 1, RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        if (!has("net", other)) die(line_of["net", net], "unknown network '@" other "', known are " known("net"))
        other = train(OUT "/" set "." front "." other, set, front, other, train_command(other))
        if (index(begun_with " ", " " other " ") == 0) begun_with = begun_with " " other
        needs = needs " " other
        text = before other text
    }
    if (match(text, /--init-from [^ ]+/))
        needs = needs " " substr(text, RSTART + 12, RLENGTH - 12)
    split(text, w, " ")
    text = text " --seed " SEED
    if (w[2] ~ /^--learner/) { rule(file, needs, text " " inputs " -o " file); return file }
    sub(w[2], w[2] " " inputs, text)
    ck = stem ".ck"
    # a checkpoint goes on where it was unless something that it came from is new
    rule(file, w[2] " " needs, text " --log " stem ".log.tsv --checkpoint " ck " -o " file, \
        "[ " ck " -nt " features(set, front_of(front)) " ] && [ " ck " -nt " w[2] " ] || rm -f " ck " " ck ".old", \
        " $(test ! -e " ck " || echo --resume) && rm -f " ck " " ck ".old")
    return file
}
function predict(stem, set, front, net,   file, model) {
    file = stem ".pred.irt"
    if (file in made) return file
    made[file] = 1
    model = train(stem, set, front, net, train_command(net))
    rule(file, model " " features(set, front_of(front)), "ir-cat --split " (either("test", set) == "" ? "test" : either("test", set)) \
        " " features(set, front_of(front)) " | " (either("infer", net) == "" ? "ir-infer" : either("infer", net)) " -m " model " --format irt -o " file)
    return file
}
function score(set, front, net, row,   stem, from_file, how, needs, against) {
    stem = OUT "/" set "." front "." net
    how = value("score", "") == "" ? "ir-score" : value("score", "")
    if (value("net", net) ~ /^ir-score/) {
        needs = features(set, front_of(front))
        how = "ir-cat --split " (either("test", set) == "" ? "test" : either("test", set)) " " needs " | " how substr(value("net", net), 9)
    } else {
        needs = predict(stem, set, front, net)
        from_file = " " needs
    }
    rule(stem ".score.tsv", needs, how " " ENVIRON["BOOTSTRAP"] " --format tsv" from_file " -o " stem ".score.tsv")
    against = row == "" ? "" : " --against " value("published", "") " --system " row
    rule(stem ".score.txt", needs " " stem ".score.tsv " (row == "" ? "" : value("published", "")), how against from_file " -o " stem ".score.txt")
    runs = runs " " stem ".score.txt"
    tasks[++n_tasks] = stem ".score.txt"
    if (value("clips", "") != "" && from_file != "") {
        tasks[n_tasks] = tasks[n_tasks] " " stem ".clips.txt"
        rule(stem ".clips.txt", needs, how substr(value("clips", ""), 9) from_file " -o " stem ".clips.txt")
        runs = runs " " stem ".clips.txt"
    }
    facts(stem, set, front, net, row)
}
function machine(   n, line) { # asked once
    if (this_machine != "") return this_machine
    "nproc" | getline n
    while ((getline line < "/proc/cpuinfo") > 0) if (sub(/^model name[^:]*: /, "", line)) break
    return this_machine = n " x " line
}
function spoken(kind, name) { return (kind, name) in called ? called[kind, name] : name }
function front_spoken(front,   p) { return split(front, p, "+") == 2 ? spoken("front", p[1]) " with " spoken("augment", p[2]) : spoken("front", front) }
# The commands that make a run again in an empty folder: those of its rules, in their order.
function commands(target,   i, n, need, out) {
    if (target in told) return ""
    told[target] = 1
    n = split(needs_of[target], need, " ")
    for (i = 1; i <= n; i++) if (need[i] in command_of) out = out commands(need[i])
    return out "\ncommand=" command_of[target]
}
# What the report knows about a run beside its files.
function facts(stem, set, front, net, row,   i, text, w, made_by) {
    if (dry) return
    split(value("net", net), w, " ")
    split("", told)
    made_by = commands(stem ".score.txt")
    while ((i = index(made_by, OUT "/")) > 0) made_by = substr(made_by, 1, i - 1) substr(made_by, i + length(OUT) + 1)
    text = "experiment=" experiment "\nfile=" FILENAME "\ntitle=" value("title", "") "\nset=" set "\nfront=" front "\nnet=" net \
        "\nset_name=" spoken("list", set) "\nfront_name=" front_spoken(front) "\nnet_name=" spoken("net", net) \
        "\nnetwork=" (w[2] ~ /\.net$/ ? w[2] : "") "\ndata=" (real ? "real" : "stand-in") "\ndir=" ENVIRON["DATA"] \
        "\npublished=" value("published", "") "\nsystem=" row "\nmetrics=" either("metrics", net) "\ncompare=" value("compare", "") \
        "\nnote=" either("note", net) "\nfigures=" either("figures", net) made_by
    if (!same(stem ".run", text)) put(stem ".run", text "\nmachine=" machine())
}

# ---- which runs ----------------------------------------------------------------------------------------------------

function a_run(r, from_word,   p, q, fault) {
    if (split(r, p, ":") != 3) fault = "SET:FRONT:NET wanted"
    else {
        split(p[2], q, "+")
        if (!has("list", p[1])) fault = "unknown set '" p[1] "', known are " known("list")
        else if (!has("front", q[1])) fault = "unknown front end '" q[1] "', known are " known("front")
        else if (q[2] != "" && !has("augment", q[2])) fault = "unknown augmentation '" q[2] "', known are " known("augment")
        else if (!has("net", p[3])) fault = "unknown network '" p[3] "', known are " known("net")
    }
    if (fault != "" && from_word == "") die(line_of["run", r], "run '" r "': " fault)
    if (fault != "") asked(from_word, "run '" r "': " fault " (" FILENAME ")")
}
function row_of(r,   k, p, q) { # of the run itself, or of the same set and network behind another front end
    if (has("run", r)) return value("run", r)
    split(r, p, ":")
    for (k = 1; k <= n_own; k++) if (split(own[k], q, ":") && p[1] == q[1] && p[3] == q[3]) return value("run", own[k])
    return ""
}
function hears_it(net, front) { return index("," hears[net] ",", "," front ",") > 0 }
function word_net(   net, c) { # NET=: a name, or a file trained as `any` or as the first network is
    net = ENVIRON["NET"]
    if (net !~ /\.net$/) {
        if (!has("net", net)) asked("NET", "unknown network, known are " known("net") " and files .net")
        return net
    }
    if ((getline c < net) < 0) asked("NET", "no such file")
    close(net)
    c = value("net", "any")
    for (c_i = 1; c !~ /^ir-train [^-]/ && c_i <= split(names["net"], c_n, " "); c_i++) c = value("net", c_n[c_i])
    if (c !~ /^ir-train [^-]/) c = "ir-train x.net"
    sub(/^ir-train +[^ ]+/, "ir-train " net, c)
    line_of["net", base(net)] = 0
    text_of["net", base(net)] = c
    return base(net)
}
function products(   sets, fronts, nets, net, ns, nf, nn, i, j, k, f, all, w) {
    if (ENVIRON["NET"] != "") net = word_net()
    if (ENVIRON["LEARNER"] != "") {
        split(ENVIRON["LEARNER"], w, " ")
        net = w[1]
        line_of["net", net] = line_of["net", net] + 0
        text_of["net", net] = "ir-train --learner " quoted(ENVIRON["LEARNER"])
    }
    split(own[1], w, ":")
    ns = split(value("swaps", "") == "" ? w[1] : value("swaps", ""), sets, " ")
    nf = split(ENVIRON["FRONTEND"], fronts, " ")
    for (j = 1; j <= nf; j++) if (!has("front", front_of(fronts[j]))) asked("FRONTEND", "unknown front end, known are " known("front") " (" FILENAME ")")
    nn = split(names["front"], all, " ")
    if (nf == 0 && net != "") # the front end that the experiment has for it, or for its learners
        for (j = 1; j <= nn && nf == 0; j++) if (hears_it(net, all[j]) || (ENVIRON["LEARNER"] != "" && learners_on(all[j]))) fronts[++nf] = all[j]
    if (nf == 0) { fronts[1] = all[1]; nf = 1 }
    for (i = 1; i <= ns; i++)
        for (j = 1; j <= nf; j++) {
            f = fronts[j] (ENVIRON["AUGMENT"] == "" ? "" : "+custom")
            if (net != "") { chosen[++n_chosen] = sets[i] ":" f ":" net; continue }
            nn = split(names["net"], nets, " ")
            for (k = 1; k <= nn; k++) if (hears_it(nets[k], front_of(fronts[j]))) chosen[++n_chosen] = sets[i] ":" f ":" nets[k]
        }
    if (n_chosen == 0) asked("FRONTEND", "no network is 'on' this front end in " FILENAME ": say NET=, one of " known("net"))
}
function learners_on(front,   k, n, nets) {
    n = split(names["net"], nets, " ")
    for (k = 1; k <= n; k++) if (value("net", nets[k]) ~ /^ir-train +--learner/ && hears_it(nets[k], front)) return 1
    return 0
}
function sweep(   p, w, text, k, n, i, j, v, line, total, folder, stem, first, draw, m, lists) {
    split(chosen[1], p, ":")
    folder = OUT "/sweep." p[1] "." p[2] "." p[3]
    if (!dry) system("mkdir -p " folder "/.cmd")
    if (value("net", p[3]) !~ /^ir-train [^-]/) asked("RUN", "a run with a network wanted")
    line[1] = ""
    total = 1
    n = split(ENVIRON["SWEEP"], w, " ")
    for (k = 1; k <= n; k++) { # values of optimisers and schedules hold commas themselves: there ; separates
        m = split(ENVIRON[toupper(w[k])], v, w[k] ~ /^(optim|schedule)$/ ? ";" : "[, ]+")
        for (j = m; j >= 1; j--) for (i = 1; i <= total; i++) lists[(j - 1) + (i - 1) * m + 1] = line[i] " --" w[k] " " v[j]
        total *= m
        for (i = 1; i <= total; i++) line[i] = lists[i]
    }
    srand(SEED)
    for (i = 1; i <= total; i++) draw[i] = rand()
    for (i = 1; i <= total; i++) {
        m = 0
        for (j = 1; j <= total; j++) m += draw[j] < draw[i]
        if (ENVIRON["RANDOM_N"] != "" && m >= ENVIRON["RANDOM_N"]) continue
        text = train_command(p[3])
        k = split(line[i], v, / +--/)
        for (j = 2; j <= k; j++) { split(v[j], w, " "); text = option(text, w[1], w[2]) }
        stem = substr(line[i], 4)
        gsub(/[^A-Za-z0-9.]+/, "_", stem)
        table = table (table == "" ? "" : "\n") stem "\t" substr(line[i], 2)
        runs = runs " " (tasks[++n_tasks] = train(folder "/" stem, p[1], p[2], p[3], text " -q"))
    }
    if (!dry) put(folder "/combinations", table)
    rules[++n_rules] = ".PHONY: " experiment "-sweep-table\n" experiment "-sweep-table:\n\t" ENVIRON["BIN"] "/ir-report --sweep " folder " -o " folder "/sweep.tsv\n\t@cat " folder "/sweep.tsv"
}
END {
    if (failed) exit 2
    if (logical != "") statement(logical, at)
    if (ENVIRON["AUGMENT"] != "") { line_of["augment", "custom"] = 0; text_of["augment", "custom"] = "ir-augment -a " quoted(ENVIRON["AUGMENT"]) }
    n = split(names["run"], all, " ")
    for (i = 1; i <= n; i++) a_run(all[i])
    n = split(names["net"], all, " ")
    for (i = 1; i <= n; i++) { m = split(hears[all[i]], w, ","); for (j = 1; j <= m; j++) if (!has("front", w[j]))
        die(hears_line[all[i]], "net '" all[i] "': unknown front end '" w[j] "', known are " known("front")) }
    if (ENVIRON["RUNS"] != "") { n_chosen = split(ENVIRON["RUNS"], chosen, " "); word = "RUNS" }
    else if (ENVIRON["FRONTEND"] ENVIRON["NET"] ENVIRON["LEARNER"] ENVIRON["AUGMENT"] != "") products()
    else for (n_chosen = 0; n_chosen < n_own; ) { n_chosen++; chosen[n_chosen] = own[n_chosen] }
    if (ENVIRON["SWEEP"] != "") { # RUN=, or the first run with a network
        n_chosen = 1
        chosen[1] = ENVIRON["RUN"]
        word = "RUN"
        for (i = 1; i <= n_own && chosen[1] == ""; i++) { split(own[i], p, ":"); if (value("net", p[3]) ~ /^ir-train [^-]/) chosen[1] = own[i] }
    }
    if (n_chosen == 0) die(FNR, "no run for " (real ? "the data set" : "the stand-in") ": run SET:FRONT:NET wanted")
    for (i = 1; i <= n_chosen; i++) {
        a_run(chosen[i], word)
        split(chosen[i], p, ":")
        if (value("list", p[1]) == "") asked("RUNS", "the set '" p[1] "' is not for " (real ? "the real data set" : "the stand-in"))
    }
    if (!real && value("folder", "") == "") die(1, "no stand-in (folder NAME): say where the recordings are, make " experiment " DATA=DIR")
    if (!dry) system("mkdir -p " OUT "/.cmd")
    if (ENVIRON["SWEEP"] != "") sweep()
    else for (i = 1; i <= n_chosen; i++) { split(chosen[i], p, ":"); score(p[1], p[2], p[3], row_of(chosen[i])); order = order (i > 1 ? "\n" : "") p[1] "." p[2] "." p[3] }
    if (!dry && word == "" && ENVIRON["FRONTEND"] ENVIRON["NET"] ENVIRON["LEARNER"] ENVIRON["AUGMENT"] ENVIRON["SWEEP"] == "") put(OUT "/order", order)
    goal = experiment (ENVIRON["SWEEP"] != "" ? "-sweep" : "-runs")
    printf "# What make %s does; made from %s by experiment.awk.\n.PHONY: %s\n%s: %s%s\n", goal, FILENAME, goal, goal, ENVIRON["TOOLS_GOAL"], \
        in_queue() ? features_made : runs
    if (in_queue()) queue()
    for (i = 1; i <= n_rules; i++) if (!in_queue() || !is_run(target_of[i])) printf "\n%s\n", rules[i]
}
