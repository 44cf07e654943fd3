#!/usr/bin/perl
# sound.pl KIND CODING RATE CHANNELS FRAMES [NAME=VALUE…] - write a small sound file to standard output.
# KIND: wav wavx (extensible) rifx aiff aifc au raw. CODING: u8 s8 s16 s24 s32 f32 f64 ulaw alaw.
# Channel c holds a sine of 440 (c+1) Hz at half of full scale. amp=A changes that, value=V is a constant,
# bad=NaN|Inf puts that in the middle, size=N lies about the bytes of sound, cut=N leaves off N bytes.
use strict; use warnings;
my ($kind, $coding, $rate, $ch, $frames, @more) = @ARGV;
my %o = (amp => 0.5, map { split /=/, $_, 2 } @more);
my $big = $kind =~ /^(rifx|aiff|aifc|au)$/;
my %bytes = (u8 => 1, s8 => 1, s16 => 2, s24 => 3, s32 => 4, f32 => 4, f64 => 8, ulaw => 1, alaw => 1);
my $w = $bytes{$coding} or die "coding $coding\n";
sub ulaw { # G.711
    my $v = int($_[0] * 32767); my $sign = $v < 0 ? 0x80 : 0; $v = abs $v; $v = 32635 if $v > 32635; $v += 132;
    my $e = 7; $e-- while $e > 0 && !($v & (0x80 << $e));
    return ~($sign | $e << 4 | ($v >> ($e + 3)) & 15) & 255;
}
sub alaw {
    my $v = int($_[0] * 32767); my $mask = 0xd5;
    if ($v < 0) { $mask = 0x55; $v = -$v - 1; }
    $v >>= 3;
    my $e = 0; $e++ while $e < 7 && ($v >> $e) > 31;
    my $a = $e << 4 | ($e < 2 ? $v >> 1 : $v >> $e) & 15;
    return $a ^ $mask;
}
sub one {
    my $v = shift;
    return chr(ulaw($v)) if $coding eq 'ulaw';
    return chr(alaw($v)) if $coding eq 'alaw';
    return chr(int($v * 127) + 128) if $coding eq 'u8';
    return pack($big ? 'f>' : 'f<', $v) if $coding eq 'f32';
    return pack($big ? 'd>' : 'd<', $v) if $coding eq 'f64';
    my $i = sprintf '%.0f', $v * (2 ** (8 * $w - 1) - 1);
    my $s = pack 'l>', $i * 2 ** (32 - 8 * $w);
    $s = substr $s, 0, $w;
    return $big ? $s : scalar reverse $s;
}
my $data = '';
for my $i (0 .. $frames - 1) {
    for my $c (0 .. $ch - 1) {
        my $v = exists $o{value} ? $o{value} : $o{amp} * sin(6.283185307179586 * 440 * ($c + 1) * $i / ($rate || 1));
        $v = $o{bad} eq 'NaN' ? 9**9**9 / 9**9**9 : 9**9**9 if $o{bad} && $i == int($frames / 2);
        $data .= one($v);
    }
}
my $n = exists $o{size} ? $o{size} : length $data;
my ($L, $S) = $kind eq 'rifx' ? ('N', 'n') : ('V', 'v');
my $out = '';
if ($kind =~ /^(wav|rifx|wavx)$/) {
    my $tag = $coding =~ /^f/ ? 3 : $coding eq 'alaw' ? 6 : $coding eq 'ulaw' ? 7 : 1;
    $tag = $o{tag} if exists $o{tag};
    my $fmt = pack("$S$S$L$L$S$S", $kind eq 'wavx' ? 0xfffe : $tag, $ch, $rate, $rate * $ch * $w, $ch * $w, 8 * $w);
    $fmt .= pack('vvVv', 22, 8 * $w, 0, $tag) . "\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71" if $kind eq 'wavx';
    my $body = 'WAVEfmt ' . pack($L, length $fmt) . $fmt . 'data' . pack($L, $n) . $data;
    $out = ($kind eq 'rifx' ? 'RIFX' : 'RIFF') . pack($L, (length $body) & 0xffffffff) . $body;
} elsif ($kind =~ /^aif[fc]$/) {
    my ($e, $m) = (16383 + 31, $rate); # 80-bit extended
    while ($m < 2 ** 31 && $m > 0) { $m *= 2; $e--; }
    my $comm = pack('nNnnNN', $ch, $frames, 8 * $w, $rate ? $e : 0, $rate ? $m : 0, 0);
    my %type = (f32 => 'fl32', f64 => 'fl64', ulaw => 'ulaw', alaw => 'alaw');
    $comm .= ($type{$coding} || 'NONE') . "\0\0" if $kind eq 'aifc';
    my $body = ($kind eq 'aifc' ? 'AIFC' : 'AIFF') . 'COMM' . pack('N', length $comm) . $comm .
        'SSND' . pack('NNN', ($n + 8) & 0xffffffff, 0, 0) . $data;
    $out = 'FORM' . pack('N', length $body) . $body;
} elsif ($kind eq 'au') {
    my %code = (ulaw => 1, s8 => 2, s16 => 3, s24 => 4, s32 => 5, f32 => 6, f64 => 7, alaw => 27);
    $out = '.snd' . pack('NNNNN', 24, $n, $code{$coding}, $rate, $ch) . $data;
} else {
    $out = $data;
}
$out = substr $out, 0, length($out) - $o{cut} if $o{cut};
binmode STDOUT;
print $out;
