package headorder

import (
	"bufio"
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
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
		var h Heads
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

// TestLinesOfOtherHeads checks that a header is sorted if it was not read from the given text.
func TestLinesOfOtherHeads(t *testing.T) {
	h := http.Header{"B": {"1"}, "A": {"2", "3"}}
	sorted := flow.Header{{Name: "A", Value: "2"}, {Name: "A", Value: "3"}, {Name: "B", Value: "1"}}
	for _, tt := range []struct {
		name, head string
		want       flow.Header
	}{
		{"the same", "GET / HTTP/1.1\r\nb: 1\r\na: 2\r\na: 3\r\n\r\n", flow.Header{{Name: "b", Value: "1"}, {Name: "a", Value: "2"}, {Name: "a", Value: "3"}}},
		{"the first byte is missing", "ET / HTTP/1.1\r\nb: 1\r\na: 2\r\na: 3\r\n\r\n", flow.Header{{Name: "b", Value: "1"}, {Name: "a", Value: "2"}, {Name: "a", Value: "3"}}},
		{"none", "", sorted},
		{"another value", "GET / HTTP/1.1\r\nb: 2\r\na: 2\r\na: 3\r\n\r\n", sorted},
		{"a line less", "GET / HTTP/1.1\r\nb: 1\r\na: 2\r\n\r\n", sorted},
		{"a line more", "GET / HTTP/1.1\r\nb: 1\r\na: 2\r\na: 3\r\nc: 1\r\n\r\n", sorted},
		{"a folded line", "GET / HTTP/1.1\r\nb: 1\r\na: 2\r\n 3\r\n\r\n", sorted},
		{"no end", "GET / HTTP/1.1", sorted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Lines(tt.head, h, ""); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	many := http.Header{"A": slices.Repeat([]string{"1"}, maxSameName+1)}
	if _, ok := linesIn("GET / HTTP/1.1\r\n"+strings.Repeat("a: 1\r\n", maxSameName+1)+"\r\n", many, ""); ok {
		t.Error("a name with many lines is looked for")
	}
}

// TestBounds checks that of a header that never ends only the last bytes are kept, and that a large
// buffer is not kept.
func TestBounds(t *testing.T) {
	var h Heads
	line := []byte("x: " + strings.Repeat("y", 1000) + "\r\n")
	for range 20 * maxHead / len(line) {
		if err := h.note(line); err != nil || len(h.buf) > maxHead {
			t.Fatalf("%d bytes are kept: %v", len(h.buf), err)
		}
	}
	if h.note([]byte("\r\n" + strings.Repeat("body\n", 2*maxLines))); h.buf != nil || !h.off {
		t.Errorf("%d bytes are kept behind the header", cap(h.buf))
	}
	if err := h.note(bytes.Repeat([]byte("body\n"), 2*maxLines)); err != nil {
		t.Errorf("lines of a body: %v", err)
	}
	if head := h.Take(0); head != "" {
		t.Errorf("%d bytes were found", len(head))
	}
	h.Resume()
	for range 2 * maxKeptHead / len(line) {
		h.note(line)
	}
	h.note([]byte("\r\nrest"))
	if head := h.Take(0); len(head) < 2*maxKeptHead-len(line) || cap(h.buf) > maxKeptHead || string(h.buf) != "rest" {
		t.Errorf("%d bytes were found, %d kept for %q", len(head), cap(h.buf), h.buf)
	}
}

// TestManyLines checks that a header of too many lines ends its connection, however large its other
// lines are, and whatever precedes it.
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
		h, err := Heads{responses: true}, error(nil)
		for wire := []byte(c.wire); len(wire) > 0 && err == nil; wire = wire[min(len(wire), 1000):] {
			err = h.note(wire[:min(len(wire), 1000)])
		}
		if (err != nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOtherProtocols checks that nothing is kept of a connection of HTTP/2.
func TestOtherProtocols(t *testing.T) {
	var h Heads
	h.note([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	h.note([]byte("frames"))
	if h.buf != nil || h.Take(0) != "" {
		t.Errorf("kept %q", h.buf)
	}
}

// TestResponseBodiesAreNotKept checks that the body of a response is not searched for headers, nor
// kept.
func TestResponseBodiesAreNotKept(t *testing.T) {
	h := Heads{responses: true, off: true}
	for range 3 {
		h.Resume()
		h.note([]byte("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\nxxxx"))
		if head := h.Take(0); !strings.HasSuffix(head, "400000\r\n\r\n") {
			t.Fatalf("the header is %q", head)
		}
		for range 100 {
			h.note(bytes.Repeat([]byte("x\r\n\r\n"), 800))
		}
		if len(h.buf) != 0 || cap(h.buf) > 4096 || h.end != 0 {
			t.Fatalf("%d bytes are kept in a buffer of %d, a header of %d", len(h.buf), cap(h.buf), h.end)
		}
	}
}
