package inflate

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// compressor compresses messages as a sender does, with the window of earlier ones.
type compressor struct {
	b bytes.Buffer
	w *flate.Writer
}

func newCompressor() *compressor {
	c := new(compressor)
	c.w, _ = flate.NewWriter(&c.b, flate.BestCompression)
	return c
}

func (c *compressor) message(text string) []byte {
	c.b.Reset()
	io.WriteString(c.w, text)
	c.w.Flush()
	return bytes.TrimSuffix(bytes.Clone(c.b.Bytes()), []byte("\x00\x00\xff\xff"))
}

func agreed(extensions ...string) http.Header {
	return http.Header{"Sec-Websocket-Extensions": extensions}
}

// TestNew checks for which extensions messages are decompressed, and which side begins each message
// anew.
func TestNew(t *testing.T) {
	for _, tt := range []struct {
		name           string
		h              http.Header
		on             bool
		client, server bool // begins anew
	}{
		{"none", nil, false, false, false},
		{"another", agreed("x-webkit-deflate-frame; client_no_context_takeover"), false, false, false},
		{"plain", agreed("permessage-deflate"), true, false, false},
		{"in a second line", agreed("x-other", " permessage-deflate "), true, false, false},
		{"in a list", agreed("x-other, permessage-deflate; server_no_context_takeover"), true, false, true},
		{"client", agreed("permessage-deflate; server_max_window_bits=10; client_no_context_takeover"), true, true, false},
		{"both", agreed("permessage-deflate; client_no_context_takeover ;server_no_context_takeover; x"), true, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for fromClient, fresh := range map[bool]bool{true: tt.client, false: tt.server} {
				if s := New(tt.h, fromClient); (s != nil) != tt.on || s != nil && s.fresh != fresh {
					t.Errorf("from the client %t: %+v", fromClient, s)
				}
			}
		})
	}
}

// TestMessage checks that messages refer to earlier ones as far as a window reaches, and that no
// more of them is kept than that.
func TestMessage(t *testing.T) {
	random := make([]byte, 20_000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	s, c := New(agreed("permessage-deflate"), true), newCompressor()
	for i, text := range []string{"hello", "hello hello", string(random), "hello", strings.Repeat("x", 100_000), string(random[:12_000]), string(random[:100])} {
		out, size, ok := s.Message(c.message(text), 1<<20)
		if !ok || string(out) != text || size != int64(len(text)) {
			t.Fatalf("message %d: %d of %d bytes, %t", i, len(out), size, ok)
		}
		if len(s.window) > maxWindow {
			t.Errorf("message %d: %d bytes are kept", i, len(s.window))
		}
	}
	fresh := New(agreed("permessage-deflate; client_no_context_takeover"), true)
	for range 2 {
		if out, _, ok := fresh.Message(newCompressor().message("alone"), 10); !ok || string(out) != "alone" || len(fresh.window) > 0 {
			t.Errorf("%q, %t, %d bytes are kept", out, ok, len(fresh.window))
		}
	}
}

// TestMessageLimits checks how many bytes of a message are returned, with its whole size, and that a
// message beyond the limit of the work, or one that is invalid, is refused.
func TestMessageLimits(t *testing.T) {
	const limit = 16 << 20
	for _, tt := range []struct {
		size, max int64
		ok        bool
	}{{0, 10, true}, {9, 10, true}, {10, 10, true}, {11, 10, true}, {10, 0, true}, {10_000, 5000, true}, {limit, 10, true}, {limit + 1, 10, false}} {
		s := New(agreed("permessage-deflate"), false)
		out, size, ok := s.Message(newCompressor().message(strings.Repeat("x", int(tt.size))), tt.max)
		if ok != tt.ok || ok && (size != tt.size || int64(len(out)) != min(tt.size, tt.max)) || !ok && (out != nil || size != 0) {
			t.Errorf("%d bytes, of which %d are kept: %d of %d, %t", tt.size, tt.max, len(out), size, ok)
		}
	}
	s := New(agreed("permessage-deflate"), false)
	for range 2 { // also with the reader of an earlier message
		if out, size, ok := s.Message([]byte{0xff, 0xff}, 10); ok || out != nil || size != 0 {
			t.Errorf("an invalid message: %q, %d, %t", out, size, ok)
		}
	}
}
