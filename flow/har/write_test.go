package har_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/internal/test/must"
)

// TestWriteRedacts checks that Redact changes the flows that are written.
func TestWriteRedacts(t *testing.T) {
	var buf bytes.Buffer
	w := har.NewWriter(&buf, har.WriteConfig{Redact: func(f flow.Flow) flow.Flow {
		f.Request.Path = "/hidden"
		return f
	}})
	w.Write(sample())
	w.Close()
	if fs := readAll(t, buf.Bytes()); fs[0].Request.Path != "/hidden" {
		t.Errorf("path %q", fs[0].Request.Path)
	}
}

// TestWriteInvalidUTF8 checks that a flow with bytes that are not UTF-8, wherever they are, is written
// as valid JSON that can be read.
func TestWriteInvalidUTF8(t *testing.T) {
	for name, change := range map[string]func(*flow.Flow){
		"method":   func(f *flow.Flow) { f.Request.Method = "M\xff" },
		"path":     func(f *flow.Flow) { f.Request.Path = "/\xff" },
		"query":    func(f *flow.Flow) { f.Request.RawQuery = "a=\xff" },
		"protocol": func(f *flow.Flow) { f.Request.Proto, f.Response.Proto = "HTTP/\xff", "HTTP/\xff" },
		"names of fields": func(f *flow.Flow) {
			f.Request.Header, f.Response.Trailer = headerLines("X-\xff", ""), headerLines("X-\xff", "")
		},
		"values of fields": func(f *flow.Flow) {
			f.Request.Header, f.Response.Header = headerLines("Cookie", "a=\xff"), headerLines("Location", "/\xff")
		},
		"media types": func(f *flow.Flow) {
			f.Request.Header, f.Response.Header = headerLines("Content-Type", "\xff"), headerLines("Content-Type", "\xff")
		},
		"error":    func(f *flow.Flow) { f.Err = "no \xff" },
		"bodies":   func(f *flow.Flow) { f.Request.Body.Data[0], f.Response.Body.Data[0] = 0xff, 0xff },
		"messages": func(f *flow.Flow) { f.Messages = []flow.Message{{Kind: flow.Text, Data: []byte("\xff"), Size: 1}} },
	} {
		f := sample()
		change(&f)
		var buf bytes.Buffer
		w := har.NewWriter(&buf, har.WriteConfig{})
		if err := errors.Join(w.Write(f), w.Close()); err != nil || !json.Valid(buf.Bytes()) || !utf8.Valid(buf.Bytes()) {
			t.Errorf("%s: %v\n%s", name, err, buf.Bytes())
		}
		if _, err := read(buf.String()); err != nil && name != "method" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRoundTrip checks that flows are equal after writing and reading. Content encodings are an
// exception, since archives do not keep them; those bodies decode to the same bytes.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlow(t)
		var buf bytes.Buffer
		w := har.NewWriter(&buf, har.WriteConfig{})
		w.Write(f)
		w.Close()
		got, err := read(buf.String())
		if err != nil || len(got) != 1 {
			t.Fatalf("%v\n%s", err, buf.Bytes())
		}
		got[0].ID = flow.ID{}
		compareMessages(t, "request", f.Request.Header, f.Request.Body, got[0].Request.Header, got[0].Request.Body)
		if f.Response != nil {
			if got[0].Response == nil {
				t.Fatal("no response")
			}
			compareMessages(t, "response", f.Response.Header, f.Response.Body, got[0].Response.Header,
				got[0].Response.Body)
			got[0].Response.Body, got[0].Response.Header = f.Response.Body, f.Response.Header
		}
		got[0].Request.Body, got[0].Request.Header = f.Request.Body, f.Request.Header
		if !reflect.DeepEqual(f, got[0]) {
			t.Fatalf("sent %+v\ngot  %+v", f, got[0])
		}
	})
}

// compareMessages compares a header and body with those that were read back.
func compareMessages(t *rapid.T, what string, h flow.Header, b flow.Body, gh flow.Header, gb flow.Body) {
	if !h.Has("Content-Encoding") {
		if !reflect.DeepEqual(h, gh) || !reflect.DeepEqual(b, gb) {
			t.Fatalf("%s: sent %+v %+v\ngot %+v %+v", what, h, b, gh, gb)
		}
		return
	}
	want, wantAll, err := decode.Bytes(h, b, 0)
	got, gotAll, gotErr := decode.Bytes(gh, gb, 0)
	if err == nil && (gotErr != nil || !bytes.Equal(want, got) || wantAll != gotAll) {
		t.Fatalf("%s: sent %q %v, got %q %v, %v", what, want, wantAll, got, gotAll, gotErr)
	}
}

// drawFlow draws a flow that an archive can hold.
func drawFlow(t *rapid.T) flow.Flow {
	token := rapid.StringMatching(`[A-Za-z][A-Za-z0-9-]{0,8}`)
	f := flow.Flow{
		Done: true,
		Started: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "sec"),
			rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC(),
		Took: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "took")),
		Request: flow.Request{
			Method: token.Draw(t, "method"), Scheme: rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme"),
			Authority: rapid.SampledFrom([]string{"example.com", "[::1]:8443", "a.b:1"}).Draw(t, "authority"),
			Path:      "/" + rapid.StringMatching(`[!$-;=@-Z_a-z~|%]{0,20}`).Draw(t, "path"),
			RawQuery:  rapid.StringMatching(`[!$-;=@-Z_a-z~|%?]{0,20}`).Draw(t, "query"),
			Proto:     rapid.SampledFrom([]string{"HTTP/1.1", "HTTP/2.0", "HTTP/3.0", ""}).Draw(t, "proto"),
		},
	}
	f.Request.Header, f.Request.Body = drawMessage(t, token)
	if f.Response = nil; rapid.Bool().Draw(t, "answered") {
		r := &flow.Response{Status: rapid.IntRange(100, 599).Draw(t, "status"), Proto: f.Request.Proto}
		r.Header, r.Body = drawMessage(t, token)
		f.Response = r
		if rapid.Bool().Draw(t, "socket") {
			f.Messages = drawMessages(t)
		}
		if rapid.Bool().Draw(t, "trailer") {
			r.Trailer = headerLines("X-Sum", "1")
		}
	} else if f.Done = rapid.Bool().Draw(t, "done"); f.Done {
		f.Err = rapid.StringMatching(`[a-z ]{1,9}`).Draw(t, "err")
	}
	return f
}

// drawMessage draws a header and a body.
func drawMessage(t *rapid.T, token *rapid.Generator[string]) (flow.Header, flow.Body) {
	var h flow.Header
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		h = append(h, flow.Field{Name: token.Draw(t, "name"),
			Value: rapid.StringMatching(`[ -~é]{0,9}`).Draw(t, "value")})
	}
	var b flow.Body
	b.Data = rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }),
		rapid.SliceOf(rapid.Byte()),
	).Draw(t, "body")
	if len(b.Data) == 0 {
		b.Data = nil
		return h, b
	}
	h = append(h, flow.Field{Name: "Content-Type", Value: rapid.SampledFrom([]string{
		"application/json", "text/plain; charset=iso-8859-1", "text/html; charset=utf-16le", "image/png",
		"text/plain; charset=klingon",
	}).Draw(t, "type")})
	if rapid.Bool().Draw(t, "gzip") {
		h = append(h, flow.Field{Name: "Content-Encoding", Value: "gzip"})
		if rapid.Bool().Draw(t, "honest") {
			b.Data = []byte(zip(string(b.Data)))
		}
	}
	b.Size = int64(len(b.Data))
	if rapid.Bool().Draw(t, "cut") {
		b.Truncated = true
		b.Size += rapid.Int64Range(0, 1e6).Draw(t, "more")
	}
	return h, b
}

// drawMessages draws WebSocket messages.
func drawMessages(t *rapid.T) []flow.Message {
	var out []flow.Message
	for range rapid.IntRange(1, 3).Draw(t, "messages") {
		m := flow.Message{
			At:         time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "at")) * time.Microsecond,
			FromClient: rapid.Bool().Draw(t, "client"),
			Kind: rapid.SampledFrom([]flow.MessageKind{flow.Text, flow.Binary, flow.Close, flow.Ping}).Draw(t,
				"kind"),
			Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data"), Truncated: rapid.Bool().Draw(t, "cut"),
		}
		if len(m.Data) == 0 {
			m.Data = nil
		}
		m.Size = int64(len(m.Data))
		if m.Truncated {
			m.Size += rapid.Int64Range(0, 99).Draw(t, "more")
		}
		out = append(out, m)
	}
	return out
}

// FuzzRead checks that any bytes are read without a panic, and that flows which were read can be
// written and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(archive("", "", "")))
	f.Add([]byte(zip(archive("", "", ""))))
	multipart := `{"method":"POST","url":"https://a/?x","postData":{"mimeType":"multipart/x","params":[{"name":"a"}]}}`
	f.Add([]byte(archive(multipart, `{"status":0}`, "")))
	f.Fuzz(func(t *testing.T, data []byte) {
		for fl, err := range har.Read(bytes.NewReader(data), har.ReadConfig{MaxEntry: 1 << 20}).Flows() {
			if err != nil {
				continue
			}
			var buf bytes.Buffer
			w := har.NewWriter(&buf, har.WriteConfig{})
			must.Do(t, w.Write(fl))
			must.Do(t, w.Close())
			if again, err := read(buf.String()); err != nil || len(again) != 1 {
				t.Fatalf("%v\n%s", err, buf.Bytes())
			}
		}
	})
}

// TestMinimalEntry checks that an entry needs only a URL, a method and a status.
func TestMinimalEntry(t *testing.T) {
	const minimal = `{"log":{"entries":[{"request":{"method":"GET","url":"https://a.example/x"},"response":{"status":200}}]}}`
	n := 0
	for f, err := range har.Read(strings.NewReader(minimal), har.ReadConfig{}).Flows() {
		must.Do(t, err)
		n++
		if f.Request.Path != "/x" || f.Response == nil || f.Response.Status != 200 || f.Started.Unix() != 0 {
			t.Errorf("read %+v", f)
		}
	}
	if n != 1 {
		t.Errorf("read %d flows", n)
	}
}
