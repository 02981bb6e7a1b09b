// Package decode undoes what HTTP did to a body on its way: content encodings and charsets.
//
// Captured bodies are kept as they were sent. [Bytes] undoes the Content-Encoding, [Body] also the charset, so
// that text comes out as UTF-8. Both read every encoding that browsers and servers use in practice: gzip,
// deflate (with and without its zlib wrapper), br and zstd, in any case and stacked.
//
// Output is bounded: a body that unpacks to more than the limit gives its first bytes and is not complete. A
// body that was cut off gives what can be decoded of it. Nothing here verifies that a body is of its media
// type, and no encoding is guessed when no header names it.
package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/flow"
)

// DefaultMax bounds the output, in bytes, of calls that name no bound: 64 MiB.
const DefaultMax = 64 << 20

// maxLayers bounds stacked encodings: nobody sends more than two, and each one costs a decoder.
const maxLayers = 8

// ErrEncoding says that a Content-Encoding has a name that is not known here.
var ErrEncoding = errors.New("unknown content encoding")

// Body returns the body as text or data without content encodings, in UTF-8 when its charset is known: from
// the charset parameter of Content-Type, or for text from a byte order mark, which is dropped. At most max
// bytes are returned (max <= 0: [DefaultMax]). complete is false when bytes are missing at the end: the
// recorder cut the body, or the limit was reached. An error means that what was there could not be decoded;
// data is then what came before the fault (the undecoded body for [ErrEncoding]).
//
// data may share memory with b.Data: do not change it.
func Body(h flow.Header, b flow.Body, max int64) (data []byte, complete bool, err error) {
	data, complete, err = Bytes(h, b, max)
	if err != nil {
		return data, complete, err
	}
	text, err := ToUTF8(h.Get("Content-Type"), data, complete)
	if err != nil {
		return data, complete, err
	}
	if max = limit(max); int64(len(text)) > max {
		return trimRune(text[:max]), false, nil
	}
	return text, complete, nil
}

// Bytes is [Body] without the charset: the bytes of the representation.
func Bytes(h flow.Header, b flow.Body, max int64) (data []byte, complete bool, err error) {
	max = limit(max)
	layers, err := Encodings(h)
	if err != nil {
		return b.Data, false, err
	}
	complete = !b.Truncated
	if len(layers) == 0 || len(b.Data) == 0 {
		if int64(len(b.Data)) > max {
			return b.Data[:max], false, nil
		}
		return b.Data, complete, nil
	}
	data, cut, err := undo(layers, b.Data, max)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		cut = true
		if b.Truncated {
			err = nil // what follows was never recorded
		}
	}
	if err != nil {
		return data, false, fmt.Errorf("decode %s body: %w", strings.Join(layers, ", "), err)
	}
	return data, complete && !cut, nil
}

// Encodings returns the content encodings of a message in the order they were applied, lower case, identity
// left out.
func Encodings(h flow.Header) ([]string, error) {
	var out []string
	for _, line := range h.Values("Content-Encoding") {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			switch name {
			case "", "identity":
			case "gzip", "x-gzip", "deflate", "br", "zstd":
				out = append(out, name)
			default:
				return nil, fmt.Errorf("%w %q", ErrEncoding, name)
			}
		}
	}
	if len(out) > maxLayers {
		return nil, fmt.Errorf("%w: %d layers", ErrEncoding, len(out))
	}
	return out, nil
}

// undo decodes data through all layers, the last applied first. cut says that there was more than max.
func undo(layers []string, data []byte, max int64) (out []byte, cut bool, err error) {
	r := io.Reader(bytes.NewReader(data))
	for i := len(layers) - 1; i >= 0; i-- {
		var done func()
		r, done, err = newReader(layers[i], r)
		if err != nil {
			return nil, false, err
		}
		defer done()
	}
	var buf bytes.Buffer
	buf.Grow(int(min(4*int64(len(data)), max, 1<<20)))
	n, err := io.Copy(&buf, io.LimitReader(r, max+1))
	out = buf.Bytes()
	if n > max {
		return out[:max], true, nil
	}
	return out, false, err
}

// Decoders are costly to make (40 KB for gzip, more for zstd) and safe to use again.
var (
	gzips sync.Pool
	zstds sync.Pool
)

// newReader returns a reader that undoes one encoding, and what to call after its last use.
func newReader(encoding string, r io.Reader) (io.Reader, func(), error) {
	none := func() {}
	switch encoding {
	case "gzip", "x-gzip":
		z, ok := gzips.Get().(*gzip.Reader)
		if !ok {
			z = new(gzip.Reader)
		}
		if err := z.Reset(r); err != nil {
			return nil, none, eofIsCut(err)
		}
		return gzipReader{z}, func() { gzips.Put(z) }, nil
	case "deflate":
		d, err := newDeflate(r)
		return d, none, err
	case "br":
		return brotli.NewReader(r), none, nil
	case "zstd":
		z, ok := zstds.Get().(*zstd.Decoder)
		if !ok {
			var err error
			// One goroutine, and windows as large as browsers allow (RFC 9659: 8 MiB) with some room.
			z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(32<<20))
			if err != nil {
				return nil, none, err
			}
		}
		if err := z.Reset(r); err != nil {
			return nil, none, eofIsCut(err)
		}
		return z, func() {
			if z.Reset(nil) == nil {
				zstds.Put(z)
			}
		}, nil
	}
	return nil, none, fmt.Errorf("%w %q", ErrEncoding, encoding)
}

// newDeflate reads both things that are called deflate: the zlib format that RFC 9110 means, and the bare
// DEFLATE stream that some servers send instead.
func newDeflate(r io.Reader) (io.Reader, error) {
	var head [2]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil {
		return nil, eofIsCut(err)
	}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	// RFC 1950: method 8 in the low bits, and the two bytes are a multiple of 31.
	if head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		z, err := zlib.NewReader(r)
		return z, eofIsCut(err)
	}
	return flate.NewReader(r), nil
}

// eofIsCut reports an input that ends before its header does as one that was cut off.
func eofIsCut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// gzipReader ends where the last member does: what comes after it (padding, mostly) is ignored, as browsers do.
type gzipReader struct{ *gzip.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err == gzip.ErrHeader {
		err = io.EOF
	}
	return n, err
}

func limit(max int64) int64 {
	if max <= 0 {
		return DefaultMax
	}
	return max
}
