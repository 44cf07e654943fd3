# score_pred.pl TASK CLASSES closed|open < lines - write a stream of predictions for the tests of ir-score.
# (perl-base is on every Debian.) Each line: id, labels ("flute:1,violin:0.5", "-" for none), one number a
# class, then key=value pairs for the record. In the environment: THRESHOLDS and DOMAIN change the header,
# NOLABELS leaves the labels out, NAME is the name of the records.
use strict;
use warnings;

my @table = map { my $c = $_; $c = $c & 1 ? 0xEDB88320 ^ ($c >> 1) : $c >> 1 for 1 .. 8; $c } 0 .. 255;

sub crc {
    my $c = 0xFFFFFFFF;
    $c = $table[($c ^ $_) & 255] ^ ($c >> 8) for unpack 'C*', $_[0];
    return $c ^ 0xFFFFFFFF;
}

sub padded { my $b = shift; return $b . "\0" x (-length($b) % 64) }

sub part {
    my ($kind, $dtype, $shape, $meta, $data, $seq) = @_;
    my $head = pack 'a4 a a C a V6 V V Q< V V V', 'IRT1', $kind, $dtype, scalar @$shape, '-',
        (@$shape, (0) x 6)[0 .. 5], length $meta, $seq, length $data, crc($meta), crc($data), 0;
    print $head . pack('V', crc($head)) . padded($meta) . padded($data);
}

my ($task, $classes, $labels) = @ARGV;
binmode STDOUT;
my $head = 'domain=' . ($ENV{DOMAIN} // 'pred') . "\nclasses=$classes\nlabels=$labels\ntask=$task\n";
$head .= "thresholds=$ENV{THRESHOLDS}\n" if defined $ENV{THRESHOLDS};
part('H', '-', [], $head, '', 0);
my $n = 0;
while (<STDIN>) {
    my @words = split;
    my @extra = grep { /=/ } @words;
    my ($id, $label, @p) = grep { !/=/ } @words;
    $label =~ tr/,/ /;
    $label = '' if $label eq '-';
    my $meta = "id=$id\nname=" . ($ENV{NAME} // 'pred') . "\n";
    $meta .= "labels=$label\n" unless $ENV{NOLABELS};
    $meta .= "$_\n" for @extra;
    part('T', 'f', [scalar @p], $meta, pack('f<*', @p), $n++);
}
part('E', '-', [], '', '', $n);
