package decode_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/test/must"
)

// encode applies one content encoding.
func encode(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch name {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "bare deflate":
		w, err = flate.NewWriter(&b, 6)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	default:
		return data
	}
	if err != nil {
		t.Fatal(err)
	}
	must.Get(w.Write(data))
	must.Do(t, w.Close())
	return b.Bytes()
}

func header(nv ...string) flow.Header {
	var h flow.Header
	for i := 0; i < len(nv); i += 2 {
		h = append(h, flow.Field{Name: nv[i], Value: nv[i+1]})
	}
	return h
}

func body(data []byte) flow.Body { return flow.Body{Data: data, Size: int64(len(data))} }

var text = []byte(strings.Repeat(`{"name":"Jürgen","n":[1,2,3]}`, 500))

func TestBodyEncodings(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header flow.Header
		data   []byte
	}{
		{"none", nil, text},
		{"identity", header("Content-Encoding", "identity"), text},
		{"gzip", header("content-encoding", "GZip"), encode(t, "gzip", text)},
		{"x-gzip", header("Content-Encoding", " x-gzip "), encode(t, "gzip", text)},
		{"gzip, two members", header("Content-Encoding", "gzip"), append(encode(t, "gzip", text[:99]), encode(t, "gzip", text[99:])...)},
		{"gzip, padded", header("Content-Encoding", "gzip"), append(encode(t, "gzip", text), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)},
		{"deflate with zlib", header("Content-Encoding", "deflate"), encode(t, "deflate", text)},
		{"bare deflate", header("Content-Encoding", "deflate"), encode(t, "bare deflate", text)},
		{"br", header("Content-Encoding", "br"), encode(t, "br", text)},
		{"zstd", header("Content-Encoding", "zstd"), encode(t, "zstd", text)},
		{"stacked in one line", header("Content-Encoding", "br, gzip"), encode(t, "gzip", encode(t, "br", text))},
		{"stacked in two lines", header("Content-Encoding", "deflate", "Content-Encoding", "zstd"), encode(t, "zstd", encode(t, "deflate", text))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // the second time with reused decoders
				got, complete, err := decode.Body(tt.header, body(tt.data), 0)
				if err != nil || !complete || !bytes.Equal(got, text) {
					t.Fatalf("%d bytes, complete %v, %v", len(got), complete, err)
				}
			}
		})
	}
}

func TestBodyUnknownEncoding(t *testing.T) {
	packed := append([]byte{0x1f, 0x9d, 0x90, 0x80}, text...)
	got, complete, err := decode.Body(header("Content-Encoding", "compress"), body(packed), 0)
	if !errors.Is(err, decode.ErrEncoding) || complete || !bytes.Equal(got, packed) {
		t.Errorf("complete %v, %v", complete, err)
	}
	for name, data := range map[string][]byte{"none": text, "UTF-8": text, "utf-8, gzip": encode(t, "gzip", text)} {
		if got, complete, err := decode.Body(header("Content-Encoding", name), body(data), 0); err != nil || !complete || !bytes.Equal(got, text) {
			t.Errorf("%s: complete %v, %v", name, complete, err)
		}
	}
}

// TestBodyLimit decodes a few bytes that expand to 16 MiB of zeros, and checks the limit.
func TestBodyLimit(t *testing.T) {
	zeros := make([]byte, 16<<20)
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		bomb := encode(t, name, zeros)
		got, complete, err := decode.Body(header("Content-Encoding", name), body(bomb), 1<<20)
		if len(got) != 1<<20 || complete || err != nil {
			t.Errorf("%s: %d bytes of %d, complete %v, %v", name, len(got), len(bomb), complete, err)
		}
	}
	twice := encode(t, "gzip", encode(t, "gzip", zeros))
	got, complete, err := decode.Body(header("Content-Encoding", "gzip, gzip"), body(twice), 1<<10)
	if len(got) != 1<<10 || complete || err != nil {
		t.Errorf("stacked: %d bytes, complete %v, %v", len(got), complete, err)
	}
	if _, _, err := decode.Body(header("Content-Encoding", strings.Repeat("gzip,", 1000)), body(twice),
		0); err == nil {
		t.Error("a thousand layers: no error")
	}
}

// TestBodyTruncated truncates bodies at any byte: the output is a prefix and never complete.
func TestBodyTruncated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 50000) // compresses badly, so that a truncated body still holds much
	for i := range noise {
		noise[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
	}
	for _, name := range []string{"gzip", "deflate", "bare deflate", "br", "zstd"} {
		whole := encode(t, name, noise)
		h := header("Content-Encoding", strings.TrimPrefix(name, "bare "), "Content-Type", "text/plain")
		for _, n := range []int{1, 2, 5, 11, len(whole) / 2, len(whole) - 1} {
			for _, told := range []bool{true, false} {
				b := flow.Body{Data: whole[:n], Size: int64(len(whole)), Truncated: told}
				got, complete, err := decode.Body(h, b, 0)
				if complete || !bytes.HasPrefix(noise, got) || (err != nil) == told {
					t.Errorf("%s cut at %d of %d (told %v): %d bytes, complete %v, %v", name, n, len(whole),
						told, len(got), complete, err)
				}
				if n == len(whole)/2 && len(got) == 0 && name != "zstd" && name != "br" {
					t.Errorf("%s: half of the body gives nothing", name)
				}
			}
		}
	}
}

func TestBodyCorrupt(t *testing.T) {
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		_, complete, err := decode.Body(header("Content-Encoding", name), body([]byte("this is not it, by far")), 0)
		if err == nil || complete {
			t.Errorf("%s: complete %v, %v", name, complete, err)
		}
	}
}

func TestBodyCharset(t *testing.T) {
	for _, tt := range []struct{ name, contentType, in, want string }{
		{"none", "text/plain", "é", "é"},
		{"utf-8", "text/plain; charset=UTF-8", "é", "é"},
		{"latin 1", "text/html; charset=ISO-8859-1", "\xe9\x80", "é€"}, // as browsers: windows-1252
		{"quoted", `application/xml; charset="iso-8859-15"`, "\xa4", "€"},
		{"Shift JIS", "text/plain;charset=Shift_JIS", "\x93\xfa\x96\x7b", "日本"},
		{"GBK", "text/plain;charset=gb2312", "\xc4\xe3", "你"},
		{"UTF-16 by mark", "application/json", "\xff\xfe{\x00}\x00", "{}"},
		{"UTF-16 big by mark", "application/json", "\xfe\xff\x00{\x00}", "{}"},
		{"UTF-16 by name", "text/plain; charset=utf-16le", "h\x00i\x00", "hi"},
		{"UTF-32 by mark", "text/plain", "\xff\xfe\x00\x00h\x00\x00\x00", "h"},
		{"UTF-8 mark", "application/json; charset=utf-8", "\xef\xbb\xbf{}", "{}"},
		{"binary with a mark", "image/png", "\xff\xfe{\x00}\x00", "\xff\xfe{\x00}\x00"},
		{"malformed type", "text/plain; charset", "é", "é"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, complete, err := decode.Body(header("Content-Type", tt.contentType), body([]byte(tt.in)), 0)
			if string(got) != tt.want || !complete || err != nil {
				t.Errorf("got %q, complete %v, %v", got, complete, err)
			}
			raw, _, err := decode.Bytes(header("Content-Type", tt.contentType), body([]byte(tt.in)), 0)
			if string(raw) != tt.in || err != nil {
				t.Errorf("Bytes: %q, %v", raw, err)
			}
		})
	}
	if _, _, err := decode.Body(header("Content-Type", "text/plain; charset=klingon"), body([]byte("x")),
		0); !errors.Is(err, decode.ErrCharset) {
		t.Errorf("unknown charset: %v", err)
	}
}

// TestInverse checks that decoding reverses encoding for any stack of encodings.
func TestInverse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := rapid.SliceOf(rapid.Byte()).Draw(r, "body")
		layers := rapid.SliceOfN(rapid.SampledFrom([]string{"gzip", "deflate", "br", "zstd", "identity"}), 0,
			3).Draw(r, "layers")
		data := want
		for _, l := range layers {
			data = encode(t, l, data)
		}
		got, complete, err := decode.Body(header("Content-Encoding", strings.Join(layers, ",")), body(data), 0)
		if err != nil || !complete || !bytes.Equal(got, want) {
			r.Fatalf("%q, complete %v, %v", got, complete, err)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		f.Add(name, "application/json", encode(f, name, text[:60]))
	}
	f.Add("gzip, br", "text/plain; charset=utf-16", []byte("x"))
	f.Fuzz(func(t *testing.T, encoding, contentType string, data []byte) {
		got, _, _ := decode.Body(header("Content-Encoding", encoding, "Content-Type", contentType), body(data), 1<<16)
		if len(got) > 1<<16 && len(got) > len(data) {
			t.Errorf("%d bytes", len(got))
		}
	})
}
