package capture

import (
	"net/http"
	"testing"
)

// TestHostOfSentHeader checks in which headers the recorded request has a Host line: in those of
// HTTP/1 that had one, or that are not known, and wherever it names another host than the target.
func TestHostOfSentHeader(t *testing.T) {
	for _, tt := range []struct {
		name    string
		major   int
		head    string
		host    string
		foreign bool
		want    string
	}{
		{"HTTP/1, as it was read", 1, "GET / HTTP/1.1\r\nHost: a.example\r\nA: 1\r\n\r\n", "a.example", false, "a.example"},
		{"HTTP/1, not known", 1, "", "a.example", false, "a.example"},
		{"HTTP/1 without a Host", 1, "GET / HTTP/1.0\r\nA: 1\r\n\r\n", "a.example", false, ""},
		{"HTTP/1 without a Host, for another", 1, "GET / HTTP/1.0\r\nA: 1\r\n\r\n", "b.example", true, "b.example"},
		{"a name that is not ASCII", 1, "", "bücher.example", false, ""},
		{"the first character that is not ASCII", 1, "", "a\u0080.example", false, ""},
		{"the last character that is ASCII", 1, "", "a\u007f.example", false, "a\u007f.example"},
		{"HTTP/2", 2, "", "a.example", false, ""},
		{"HTTP/2, for another", 2, "", "b.example", true, "b.example"},
	} {
		r := &http.Request{ProtoMajor: tt.major, Header: http.Header{"A": {"1"}, "Proxy-Authorization": {"x"}}}
		h := sentHeader(r, target{head: tt.head}, tt.host, tt.foreign)
		lines := 1
		if tt.want != "" {
			lines++
		}
		if got := h.Get("Host"); got != tt.want || len(h) != lines || h.Get("A") != "1" {
			t.Errorf("%s: %v, want Host %q", tt.name, h, tt.want)
		}
	}
}
