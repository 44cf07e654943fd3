# table.awk - the table of bench.sh from lines NET BATCH FORM TRAIN INFER MB CPU_TRAIN CPU_INFER [MACS].
function median(name, n,   i, j, t) {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && value[name, j] < value[name, j - 1]; j--) {
            t = value[name, j]; value[name, j] = value[name, j - 1]; value[name, j - 1] = t
        }
    return n ? value[name, int((n + 1) / 2)] : 0
}
function show(x) { return x ? sprintf(x < 10 ? "%.2f" : x < 100 ? "%.1f" : "%.0f", x) : "-" }
function line(net, what, at,   i, ours, best, which, x, flops) {
    ours = median(net SUBSEP "ours" SUBSEP at, count[net, "ours"])
    for (i = 1; i <= n_forms; i++) {
        x = median(net SUBSEP forms[i] SUBSEP at, count[net, forms[i]])
        shown[i] = show(x)
        if (x > best) { best = x; which = forms[i] }
    }
    # a training step is counted as three forward passes of the direct sum
    flops = ours * macs[net] * 2 * (what == "train" ? 3 : 1) / 1e9
    printf "%-5s %5d %-6s %9s %9s %9s %9s %9s %7s", net, batch[net], what, show(ours), shown[1], shown[2], shown[3], shown[4],
        best ? sprintf("%.2f", ours / best) : "-"
    if (what == "train")
        printf " %6.0f %6s", median(net SUBSEP "ours" SUBSEP 6, count[net, "ours"]),
            best ? sprintf("%.0f", median(net SUBSEP which SUBSEP 6, count[net, which])) : "-"
    else
        printf " %6s %6s", "", ""
    printf " %8.0f %s\n", flops, peak ? sprintf("%5.0f %%", 100 * flops / peak) : ""
}
BEGIN {
    FS = "\t"
    n_forms = split("default tuned cl fft", forms, " ")
    split(limits, limit, " ")
    peak = limit[1]
}
{
    n = ++count[$1, $3]
    batch[$1] = $2
    for (i = 4; i <= 8; i++)
        value[$1, $3, i, n] = $i
    if ($3 == "ours")
        macs[$1] = $9
}
END {
    printf "clips per second (medians); ratio to the best peer; resident MB in training; GFLOP/s as if summed directly\n"
    printf "%-5s %5s %-6s %9s %9s %9s %9s %9s %7s %6s %6s %8s %s\n", "net", "batch", "what", "irtools", "torch", "tuned",
        "tuned+cl", "fft", "ratio", "MB", "peer", "GFLOP/s", "of peak"
    n = split(nets, order, " ")
    for (i = 1; i <= n; i++)
        if (count[order[i], "ours"]) {
            line(order[i], "train", 4)
            line(order[i], "infer", 5)
        }
}
