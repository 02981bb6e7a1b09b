package decode_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// TestHeader makes the header fit a decoded body.
func TestHeader(t *testing.T) {
	for value, want := range map[string]string{
		"text/html; charset=iso-8859-1": "text/html; charset=utf-8", "text/html; charset=UTF-8; a=b": "text/html; charset=UTF-8; a=b", "text/html": "text/html",
		"multipart/form-data; charset=iso-8859-1; boundary=x": "multipart/form-data; charset=iso-8859-1; boundary=x",
	} {
		h := flow.Header{{Name: "content-encoding", Value: "gzip"}, {Name: "X", Value: "1"}, {Name: "content-length", Value: "99"}, {Name: "content-type", Value: value}}
		was := slices.Clone(h)
		got := decode.Header(h, 7)
		if fmt.Sprint(got) != "[{X 1} {content-length 7} {content-type "+want+"}]" || !slices.Equal(h, was) {
			t.Errorf("%s: %v", value, got)
		}
	}
}

// TestWhere decodes the messages that a text is found in, and no others.
func TestWhere(t *testing.T) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write([]byte(strings.Repeat("needle ", 10)))
	w.Close()
	gzipped := out.String()
	encoded := flow.Header{{Name: "Content-Encoding", Value: "gzip"}}
	has := func(s string) func([]byte) bool {
		return func(data []byte) bool { return strings.Contains(string(data), s) }
	}
	for _, tt := range []struct {
		name    string
		header  flow.Header
		data    string
		cut     bool
		max     int64
		matches func([]byte) bool
		want    string // "" for the body as sent
	}{
		{"found", encoded, gzipped, false, 0, has("needle"), "70 false"}, {"not found", encoded, gzipped, false, 0, has("thread"), ""}, {"not encoded", nil, "needle", false, 0, has("needle"), ""},
		{"damaged", encoded, "needle", false, 0, has("needle"), ""}, {"larger than the limit", encoded, gzipped, false, 14, has("needle"), "14 true"},
		{"as large as the limit", encoded, gzipped, false, 70, has("needle"), "70 false"}, {"truncated", encoded, gzipped, true, 0, has("needle"), "70 true"},
		{"another charset", flow.Header{{Name: "Content-Type", Value: "text/plain; charset=iso-8859-1"}}, "n\xe9e", false, 0, has("née"), "4 false"},
	} {
		h, b := decode.Where(tt.header, flow.Body{Data: []byte(tt.data), Size: int64(len(tt.data)), Truncated: tt.cut}, tt.max, tt.matches)
		got := fmt.Sprint(b.Size, " ", b.Truncated)
		if string(b.Data) == tt.data && b.Truncated == tt.cut && slices.Equal(h, tt.header) {
			got = ""
		}
		if got != tt.want || got != "" && (h.Has("Content-Encoding") || int64(len(b.Data)) != b.Size) {
			t.Errorf("%s: %q, %v", tt.name, got, h)
		}
	}
}
