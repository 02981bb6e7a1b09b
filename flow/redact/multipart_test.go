package redact_test

import (
	"strings"
	"testing"
)

// TestMultipartBoundaries checks how a boundary is found that the media type does not give: on a line
// before a header, and how long it may be.
func TestMultipartBoundaries(t *testing.T) {
	parts := func(boundary string) string {
		return "--" + boundary + "\r\nContent-Disposition: form-data; name=pin\r\n\r\nswordfish\r\n--" + boundary + "--\r\n"
	}
	for _, tt := range []struct {
		name, contentType, body string
		hidden                  bool
	}{
		{"the longest boundary", "multipart/form-data", parts(strings.Repeat("b", 70)), true},
		{"a long boundary", "multipart/form-data", parts(strings.Repeat("b", 71)), false},
		{"blanks after it", "multipart/form-data", strings.Replace(parts("b"), "\r\n", " \t\r\n", 1), true},
		{"no header", "multipart/form-data", "--b\r\nX-A: pin\r\n\r\nswordfish\r\n--b--\r\n", false},
		{"a header that is cut off", "multipart/form-data", "--b\r\nConten", false},
		{"another boundary", "multipart/form-data; boundary=c", parts("b"), true},
		{"the boundary, and another before it", "multipart/form-data; boundary=c", "--b\r\nContent-Type: a\r\n\r\n" + parts("c"), true},
		{"another type", "text/plain", parts("b"), true}, {"another type, a preamble", "text/plain", "x\n" + parts("b"), false},
		{"three within each other", "", within(3, parts("b")), true}, {"four", "", within(4, parts("b")), false},
	} {
		got := string(red.Body(tt.contentType, []byte(tt.body)))
		if strings.Contains(tt.body, "swordfish") && strings.Contains(got, "swordfish") == tt.hidden || !tt.hidden && got != tt.body {
			t.Errorf("%s: %.300s", tt.name, got)
		}
	}
}

// within returns a body in so many multipart bodies, the body itself with them.
func within(n int, body string) string {
	for i := 1; i < n; i++ {
		b := "--" + strings.Repeat("o", i+1)
		body = b + "\r\nContent-Type: multipart/mixed\r\n\r\n" + body + b + "--\r\n"
	}
	return body
}
