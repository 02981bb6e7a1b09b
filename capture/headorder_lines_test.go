package capture

import (
	"bufio"
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHeadsLaw checks that headers are found however the bytes of requests are divided among reads,
// and that each has the lines that net/http reads.
func TestHeadsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wire bytes.Buffer
		type message struct {
			head string
			n    int
		}
		var sent []message
		for range rapid.IntRange(1, 5).Draw(t, "messages") {
			head := "GET / HTTP/1.1\r\n"
			for range rapid.IntRange(0, 4).Draw(t, "lines") {
				head += rapid.StringMatching(`[a-zA-Z-]{1,8}: ?[a-z ]{0,5}`).Draw(t, "line") + "\r\n"
			}
			m := message{head + "\r\n", rapid.IntRange(0, 30).Draw(t, "body")}
			sent = append(sent, m)
			wire.WriteString(m.head + strings.Repeat("\r\n\r\nx", 6)[:m.n])
		}
		var h headReader
		for i, m := range sent {
			for h.end == 0 {
				h.note(wire.Next(rapid.IntRange(1, 200).Draw(t, "read")))
			}
			if got := h.Take(int64(m.n)); got != m.head {
				t.Fatalf("message %d: %q, want %q", i, got, m.head)
			}
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(m.head)))
			if err != nil {
				continue
			}
			got, ok := linesIn(m.head, r.Header, "")
			if !ok && !strings.Contains(strings.ToLower(m.head), "pragma") {
				t.Fatalf("%q: not in %v", m.head, r.Header)
			}
			for name, values := range r.Header {
				if !slices.Equal(got.Values(name), values) {
					t.Fatalf("%s: %q, want %q", name, got.Values(name), values)
				}
			}
		}
	})
}

// TestManyLines checks that a header of too many lines ends its connection, regardless of the size
// of its other lines and of the lines before.
func TestManyLines(t *testing.T) {
	long, lines := "HTTP/1.1 200 OK\r\nx: "+strings.Repeat("y", 2*maxHead)+"\r\n", strings.Repeat("a: b\r\n", maxLines+1)
	early := strings.Replace(long, "200 OK", "103 Early", 1)
	for name, c := range map[string]struct {
		wire string
		want bool // an error
	}{
		"lines":                        {"HTTP/1.1 200 OK\r\n" + lines, true},
		"after a long line":            {long + lines, true},
		"after informational ones":     {early + "\r\n" + early + "\r\n" + long + lines, true},
		"in several headers":           {strings.Repeat(early+lines[:maxLines/2*6]+"\r\n", 3), false},
		"in a body":                    {"HTTP/1.1 200 OK\r\n\r\n" + lines, false},
		"in the body after a long one": {long + "\r\n" + lines, false},
	} {
		h, err := headReader{responses: true}, error(nil)
		for wire := []byte(c.wire); len(wire) > 0 && err == nil; wire = wire[min(len(wire), 1000):] {
			err = h.note(wire[:min(len(wire), 1000)])
		}
		if (err != nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, more := range []string{"", "a: b\r\n"} { // the last line that is allowed, and the next
		for _, resumed := range []bool{false, true} {
			h := headReader{responses: true}
			if resumed {
				h.note([]byte("HTTP/1.1 200 OK\r\n" + lines[:600]))
				h.Resume()
			}
			err := h.note([]byte("HTTP/1.1 200 OK\r\n" + strings.Repeat("a: b\r\n", 9_999) + more))
			if (err != nil) != (more != "") {
				t.Errorf("10,000 lines and %q, resumed %t: %v", more, resumed, err)
			}
		}
	}
}
