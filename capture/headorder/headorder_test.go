package headorder

import (
	"bufio"
	"bytes"
	"io"
	"net"
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
	for n, want := range map[int]bool{maxSameName: true, maxSameName + 1: false} {
		many := http.Header{"A": slices.Repeat([]string{"1"}, n)}
		if _, ok := linesIn("GET / HTTP/1.1\r\n"+strings.Repeat("a: 1\r\n", n)+"\r\n", many, ""); ok != want {
			t.Errorf("a name with %d lines is looked for: %t", n, ok)
		}
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

// TestLargestHead checks that the header that is kept without its end is as large as the limit says.
func TestLargestHead(t *testing.T) {
	for size, want := range map[int]bool{maxHead: true, maxHead + 1: false} {
		head := "GET / HTTP/1.1\r\na: " + strings.Repeat("b", size-len("GET / HTTP/1.1\r\na: "))
		var h Heads
		h.note([]byte(head))
		h.note([]byte("\r\n\r\n"))
		if got := h.Take(0); (got == head+"\r\n\r\n") != want || !want && got != "" {
			t.Errorf("a header of %d bytes and its end: took %d bytes", size, len(got))
		}
	}
}

// TestCloseWrite checks that a connection can still be read after CloseWrite.
func TestCloseWrite(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	c := &Conn{Conn: ours}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the writing half is open: %v", err)
	}
	go io.WriteString(theirs, "x")
	if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("the reading half is closed: %v", err)
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
	for _, more := range []string{"", "a: b\r\n"} { // the last line that is allowed, and the next
		for _, resumed := range []bool{false, true} {
			h := Heads{responses: true}
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

// TestHost checks the Host line of a head, in any case and without the white space around it.
func TestHost(t *testing.T) {
	for head, want := range map[string]string{
		"GET / HTTP/1.1\r\nA: b\r\nhOST: \ta.example:80 \r\n\r\n":    "a.example:80",
		"\r\nGET / HTTP/1.1\r\nHost:a\r\nHost: b\r\n\r\n":            "a",
		"GET / HTTP/1.1\r\nX-Host: a\r\nHostname: b\r\nHost\r\n\r\n": "",
		"GET / HTTP/1.1\r\nHost\r\nHost: b\r\n\r\n":                  "b",
		"GET Host: HTTP/1.1\r\n\r\n":                                 "", "Host: a": "", "": "",
	} {
		if got := Host(head); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}

// TestLinesWithHost checks where the Host line is: where it was sent, with the given host, else
// first, and that lines which net/http keeps elsewhere are not missed.
func TestLinesWithHost(t *testing.T) {
	sorted := []string{"Host: a.example", "A: 1", "B: 2"}
	for _, tt := range []struct {
		name, lines, host string
		want              []string
	}{
		{"where it was sent", "b: 2\r\nhost: other\r\nA: 1\r\n", "a.example", []string{"b: 2", "host: a.example", "A: 1"}},
		{"not sent", "b: 2\r\nA: 1\r\n", "a.example", sorted},
		{"sent twice", "b: 2\r\nHost: x\r\nHost: y\r\nA: 1\r\n", "a.example", []string{"b: 2", "Host: a.example", "A: 1"}},
		{"not wanted", "b: 2\r\nHost: x\r\nA: 1\r\n", "", []string{"b: 2", "A: 1"}},
		{"kept elsewhere", "b: 2\r\ntransfer-encoding: chunked\r\nTrailer: C\r\nContent-Length: 1\r\nA: 1\r\n", "", []string{"b: 2", "A: 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range Lines("GET / HTTP/1.1\r\n"+tt.lines+"\r\n", http.Header{"A": {"1"}, "B": {"2"}}, tt.host) {
				got = append(got, f.Name+": "+f.Value)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	added := http.Header{"Pragma": {"no-cache"}, "Cache-Control": {"no-cache"}} // the second by net/http
	if got := Lines("GET / HTTP/1.1\r\npragma: no-cache\r\n\r\n", added, ""); !slices.Equal(got, flow.Header{{Name: "pragma", Value: "no-cache"}}) {
		t.Errorf("what net/http adds is recorded: %v", got)
	}
	other := http.Header{"B": {"1"}, "Pragma": {"no-cache"}, "Cache-Control": {"no-cache"}}
	for _, tt := range []struct {
		name, lines string
		h           http.Header
	}{
		{"a line that is missing", "pragma: no-cache\r\nb: 1\r\n", added},
		{"another line that was added", "pragma: no-cache\r\n", other},
		{"Pragma, which net/http does not add", "cache-control: no-cache\r\nb: 1\r\n", other},
		{"Cache-Control without Pragma", "b: 1\r\n", http.Header{"B": {"1"}, "Cache-Control": {"no-store"}}},
	} {
		if got := Lines("GET / HTTP/1.1\r\n"+tt.lines+"\r\n", tt.h, ""); !slices.Equal(got, flow.HeaderOf(tt.h)) {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if got := Lower(flow.Header{{Name: "X-A", Value: "B"}}); got[0] != (flow.Field{Name: "x-a", Value: "B"}) {
		t.Errorf("in lower case: %v", got)
	}
}

// TestConn checks that a connection notes the headers that are read, that those of a server are
// noted when one is expected, and that too many lines end it.
func TestConn(t *testing.T) {
	for _, responses := range []bool{false, true} {
		ours, theirs := net.Pipe()
		c := &Conn{Conn: ours}
		if responses {
			c = NewResponseConn(ours)
		}
		const head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
		read := func() {
			go io.WriteString(theirs, head)
			for range head {
				if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
					t.Errorf("read %d bytes, %v", n, err)
				}
			}
		}
		read()
		if got := c.Heads.Take(0); (got == head) == responses {
			t.Errorf("responses %t: took %q", responses, got)
		}
		c.Heads.Resume()
		read()
		if got := c.Heads.Take(0); got != head {
			t.Errorf("after Resume: took %q", got)
		}
		c.Heads.Resume()
		go io.WriteString(theirs, strings.Repeat("a: b\r\n", maxLines+1))
		if n, err := c.Read(make([]byte, 10*maxLines)); n != 0 || err != errManyLines {
			t.Errorf("many lines: %d bytes, %v", n, err)
		}
		if c.NetConn() != ours {
			t.Error("another connection")
		}
		if err := c.CloseWrite(); err != nil { // a pipe has no halves
			t.Error(err)
		}
		if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection is open: %v", err)
		}
	}
	var none *Heads
	if none.Resume(); none.Take(1) != "" {
		t.Error("no Heads have a header")
	}
}
