"""irt.py - read and write tensor streams (IRT1, see irt.md) with NumPy, also on pipes.

    import irt
    with irt.Reader("clips.mel.irt") as r:          # a path, an open binary file, or "-" for stdin
        print(r.header["classes"])
        for rec in r:                               # every record, in order
            print(rec.id, rec.data.shape, rec.labels)
    with irt.Writer("out.irt", {"domain": "feature"}) as w:
        w.put(np.zeros((1, 128, 87), "f4"), id="a", labels={"flute": 1})

A stream that is cut, damaged, or whose writer failed raises irt.Error; the iterator ends normally only
when the E record was there and counted right. A Writer that is left through an exception writes no E and
leaves no file. Run as a program it lists streams:  python3 irt.py FILE...
"""
import contextlib
import os
import struct
import sys
import tempfile
import zlib

import numpy as np

DTYPES = {"f": "<f4", "d": "<f8", "h": "<i2", "i": "<i4", "e": "<f2", "B": "|u1"}
RANK_MAX, DATA_MAX, META_MAX = 6, 1 << 30, 1 << 20
HEAD = struct.Struct("<4sccBc6IIIQIIII")
CHUNK = 1 << 20


class Error(ValueError):
    """The stream is not a whole, undamaged stream, or cannot be written as one."""


def _escape(text, also=""):
    out = []
    for ch in text:
        if ch < " " or ch in ("\x7f", "%") or ch in also:
            out.append("%%%02X" % ord(ch))
        else:
            out.append(ch)
    return "".join(out)


def _unescape(text):
    if "%" not in text:
        return text
    raw, out, i = text.encode("utf-8", "surrogateescape"), bytearray(), 0
    while i < len(raw):
        if raw[i] != 0x25:
            out.append(raw[i])
            i += 1
            continue
        digits = raw[i + 1:i + 3]
        if len(digits) != 2 or any(d not in b"0123456789ABCDEF" for d in digits) or digits == b"00":
            raise Error("metadata: malformed %%XX in %r" % text)
        out.append(int(digits, 16))
        i += 3
    return out.decode("utf-8", "surrogateescape")


def _is_key(key):
    return key != "" and not any(c <= " " or c in "=%\x7f" for c in key)


def parse_meta(raw):
    """Bytes of a metadata block to a dict of strings (bytes that are not UTF-8 as surrogates)."""
    meta = {}
    text = raw.decode("utf-8", "surrogateescape")
    if text and not text.endswith("\n"):
        raise Error("metadata: the last line does not end")
    for line in text.split("\n")[:-1]:
        key, equals, value = line.partition("=")
        if not equals or not _is_key(key) or any(c < " " or c == "\x7f" for c in value):
            raise Error("metadata: %r is not key=value" % line)
        if key in meta:
            raise Error("metadata: key %s twice" % key)
        meta[key] = _unescape(value)
    return meta


def format_meta(meta):
    lines = []
    for key, value in meta.items():
        if value is None:
            continue
        if not _is_key(key):
            raise Error("metadata: bad key %r" % key)
        if isinstance(value, dict):
            value = format_labels(value)
        elif isinstance(value, float):
            value = repr(value)
        lines.append("%s=%s\n" % (key, _escape(str(value))))
    return "".join(lines).encode("utf-8", "surrogateescape")


def parse_names(text):
    """A class list "flute violin" to a list of names."""
    return [_unescape(word) for word in text.split(" ")] if text else []


def format_names(names):
    return " ".join(_escape(name, " :") for name in names)


def parse_labels(text):
    """A label list "flute:1 violin:0.25" to a dict name -> value."""
    labels = {}
    for word in text.split(" ") if text else []:
        name, _, value = word.partition(":")
        labels[_unescape(name)] = float(value) if value else 1.0
    return labels


def format_labels(labels):
    return " ".join("%s:%s" % (_escape(n, " :"), format(float(v), ".9g")) for n, v in labels.items())


def label_vector(text, classes, is_open=False):
    """Values of every class: an absent label is 0, or NaN (unknown) where the stream says labels=open."""
    labels = parse_labels(text)
    unknown = set(labels) - set(classes)
    if unknown:
        raise Error("labels that are not among the classes: %s" % " ".join(sorted(unknown)))
    return np.array([labels.get(c, np.nan if is_open else 0.0) for c in classes], "f4")


class Record:
    """One tensor: data (NumPy array), meta (dict of strings), seq."""

    def __init__(self, data, meta, seq=0):
        self.data, self.meta, self.seq = data, meta, seq

    @property
    def id(self):
        return self.meta.get("id", "")

    @property
    def name(self):
        return self.meta.get("name", "x")

    @property
    def labels(self):
        return parse_labels(self.meta.get("labels", ""))


class Reader:
    """Iterates over the records of one file, pipe, or several joined streams."""

    def __init__(self, source="-"):
        self._own = None
        if isinstance(source, (str, os.PathLike)):
            if source == "-":
                source = sys.stdin.buffer
            else:
                source = self._own = open(source, "rb")
        self._file, self._at, self._record = source, 0, 0
        self.bad = 0
        self.header = self._start(self._head(True))
        self._seq, self._ended = 0, False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._own:
            self._own.close()

    def _fail(self, text):
        raise Error("byte %d, record %d: %s" % (self._at, self._record, text))

    def _take(self, n, what):
        """Exactly n bytes, however short the reads of a pipe are; memory grows as bytes arrive."""
        parts, left = [], n
        while left:
            part = self._file.read(min(left, CHUNK))
            if not part:
                if what == "head" and left == n:
                    return b""
                self._fail("the stream ends within the %s" % what)
            parts.append(part)
            left -= len(part)
        self._at += n
        return b"".join(parts)

    def _part(self, n, what):
        raw = self._take(n + -n % 64, what)
        if raw[n:].strip(b"\0"):
            self._fail("padding after the %s is not zero" % what)
        return raw[:n]

    def _head(self, first=False):
        raw = self._take(64, "head")
        if not raw:
            if first:
                self._fail("empty input, wanted a tensor stream")
            return None
        magic, kind, dtype, rank, codec, *rest = HEAD.unpack(raw)
        shape, (meta_n, seq, data_n, meta_crc, data_crc, zero, head_crc) = rest[:6], rest[6:]
        if magic != b"IRT1":
            self._fail("no tensor stream: magic %r, wanted b'IRT1'" % magic)
        if zlib.crc32(raw[:60]) != head_crc:
            self._fail("head is damaged (wrong CRC)")
        kind, dtype, codec = kind.decode("latin1"), dtype.decode("latin1"), codec.decode("latin1")
        if kind not in "HTE" or rank > RANK_MAX or codec not in "-z" or zero:
            self._fail("head makes no sense: kind %r rank %d codec %r" % (kind, rank, codec))
        if any(shape[rank:]) or meta_n > META_MAX or data_n > DATA_MAX:
            self._fail("head makes no sense: shape %r, %d + %d bytes" % (shape, meta_n, data_n))
        if kind != "T" and (dtype != "-" or rank or codec != "-" or data_n):
            self._fail("a %s record with a payload" % kind)
        if kind == "T" and dtype not in DTYPES:
            self._fail("unknown type %r" % dtype)
        raw_meta = self._part(meta_n, "metadata")
        if zlib.crc32(raw_meta) != meta_crc:
            self._fail("metadata is damaged (wrong CRC)")
        return kind, dtype, codec, shape[:rank], seq, data_n, data_crc, parse_meta(raw_meta)

    def _start(self, head):
        kind, seq, meta = head[0], head[4], head[7]
        if kind != "H" or seq:
            self._fail("a stream starts with an H record, found %s" % kind)
        # A promise of this stream about its clips; not true of what is made from it.
        tensors = meta.pop("tensors", "0")
        if not tensors.isdecimal():
            self._fail("tensors=%s is no number" % tensors)
        self.tensors = int(tensors)
        return meta

    def _payload(self, head):
        _, dtype, codec, shape, _, data_n, data_crc, _ = head
        want = np.dtype(DTYPES[dtype]).itemsize
        for n in shape:
            want *= n
        if want > DATA_MAX or (codec == "-" and want != data_n):
            self._fail("shape %s needs %d bytes, found %d" % (shape, want, data_n))
        raw = self._part(data_n, "payload")
        if zlib.crc32(raw) != data_crc:
            self._fail("payload is damaged (wrong CRC)")
        if codec == "z":
            unpack = zlib.decompressobj()
            try:
                raw = unpack.decompress(raw, want + 1)
            except zlib.error as e:
                self._fail("payload does not unpack: %s" % e)
            if len(raw) != want or not unpack.eof or unpack.unused_data:
                self._fail("payload unpacks to the wrong size")
        return np.frombuffer(bytearray(raw), DTYPES[dtype]).reshape(shape)

    def __iter__(self):
        return self

    def __next__(self):
        while not self._ended:
            self._record += 1
            head = self._head()
            if head is None:
                self._fail("the stream ends without an E record: its writer failed, or it was cut")
            if head[4] != self._seq:
                self._fail("record number %d, wanted %d" % (head[4], self._seq))
            if head[0] == "T":
                self._seq += 1
                return Record(self._payload(head), head[7], head[4])
            if head[0] != "E":
                self._fail("an H record before the E record")
            self.bad += int(head[7].get("bad", "0"))
            self._next_stream()
        raise StopIteration

    def _next_stream(self):
        head, self._seq = self._head(), 0
        if head is None:
            self._ended = True
            return
        meta = self._start(head)
        for key in ("domain", "classes", "labels", "frontend"):
            if meta.get(key) != self.header.get(key):
                self._fail("joined streams differ in %s: %r and %r"
                           % (key, self.header.get(key), meta.get(key)))

    def clips(self):
        """Lists of consecutive records with the same id (a record without id stands alone). Where the
        stream promises the number of tensors, a clip comes with its last one, else when the next begins."""
        clip = []
        for rec in self:
            if clip and (rec.id == "" or rec.id != clip[0].id):
                yield clip
                clip = []
            clip.append(rec)
            if len(clip) == self.tensors:
                yield clip
                clip = []
        if clip:
            yield clip


class Writer:
    """Writes a stream to a path (appears whole or not at all), an open binary file, or "-" (stdout)."""

    def __init__(self, target="-", header=None, pack=False, allow_nan=False):
        self._path = self._temp = None
        if isinstance(target, (str, os.PathLike)):
            if target == "-":
                target = sys.stdout.buffer
            else:
                self._path = os.fspath(target)
                folder = os.path.dirname(os.path.abspath(self._path))
                fd, self._temp = tempfile.mkstemp(prefix=".irt.", dir=folder)
                target = os.fdopen(fd, "wb")
        self._file, self._pack, self._nan, self._seq = target, pack, allow_nan, 0
        self._write("H", "-", (), "-", 0, format_meta(header or {}), b"")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        else:
            self.abort()

    def _write(self, kind, dtype, shape, codec, seq, meta, data):
        if len(meta) > META_MAX or len(data) > DATA_MAX:
            raise Error("a record of %d + %d bytes is too large" % (len(meta), len(data)))
        dims = list(shape) + [0] * (6 - len(shape))
        head = HEAD.pack(b"IRT1", kind.encode(), dtype.encode(), len(shape), codec.encode(), *dims,
                         len(meta), seq, len(data), zlib.crc32(meta), zlib.crc32(data), 0, 0)
        self._file.write(head[:60] + struct.pack("<I", zlib.crc32(head[:60])))
        self._file.write(meta + bytes(-len(meta) % 64))
        self._file.write(data)
        self._file.write(bytes(-len(data) % 64))

    def put(self, data, meta=None, **more):
        """Write one array; metadata as a dict, as keywords, or both. labels may be a dict."""
        data = np.asarray(data)
        letter = {v[1:]: k for k, v in DTYPES.items()}.get(data.dtype.str[1:])
        if letter is None or data.ndim > RANK_MAX:
            raise Error("no stream type for %s of rank %d" % (data.dtype, data.ndim))
        if data.dtype.kind == "f" and not self._nan and not np.isfinite(data).all():
            raise Error("NaN or Inf in record %d" % self._seq)
        raw, codec = data.astype(DTYPES[letter], order="C").tobytes(), "-"
        if self._pack:
            packed = zlib.compress(raw)
            if len(packed) < len(raw):
                raw, codec = packed, "z"
        meta = dict(meta or {}, **more)
        self._write("T", letter, data.shape, codec, self._seq, format_meta(meta), raw)
        self._seq += 1

    def close(self, bad=0):
        meta = format_meta({"bad": bad}) if bad else b""
        self._write("E", "-", (), "-", self._seq, meta, b"")
        self._file.flush()
        if self._temp:
            os.fsync(self._file.fileno())
            self._file.close()
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(self._temp, 0o666 & ~mask)
            os.rename(self._temp, self._path)
            self._temp = None

    def abort(self):
        if self._temp:
            with contextlib.suppress(OSError):
                self._file.close()
            os.unlink(self._temp)
            self._temp = None


def read(source="-"):
    """All of a stream at once: (header, list of records)."""
    with Reader(source) as r:
        return r.header, list(r)


def main(paths):
    for path in paths or ["-"]:
        with Reader(path) as r:
            for key, value in r.header.items():
                print("%s=%s" % (key, _escape(value)))
            for rec in r:
                shape = "x".join(map(str, rec.data.shape)) or "scalar"
                print(rec.seq, _escape(rec.id), _escape(rec.name), rec.data.dtype, shape, sep="\t")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Error, OSError) as e:
        sys.exit("irt.py: %s" % e)
