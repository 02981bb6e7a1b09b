package headorder

import (
	"slices"
	"strings"
	"testing"
)

// TestInformational checks that the header behind informational ones is taken, however large these
// are and however they are read, except that 101 ends a response.
func TestInformational(t *testing.T) {
	const final = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
	early := "HTTP/1.1 103 Early Hints\r\nLink: "
	for _, tt := range []struct{ name, before, want string }{
		{"none", "", final},
		{"small", early + "a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", final},
		{"large", early + strings.Repeat("x", 2*maxHead) + "\r\n\r\n", final},
		{"a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
	} {
		for _, size := range []int{1, 1000, len(tt.before) - 4, 1 << 20} {
			h := &NewResponseConn(nil).Heads
			h.Resume()
			for p := range slices.Chunk([]byte(tt.before+final), max(1, size)) {
				h.note(p)
			}
			if got := h.Take(0); got != tt.want {
				t.Errorf("%s, %d bytes a read: took %.50q", tt.name, size, got)
			}
		}
	}
}

// TestIsInformational checks statuses, also in a header that has none.
func TestIsInformational(t *testing.T) {
	for status, want := range map[string]bool{
		" 100": true, " 103 Early Hints": true, " 199": true, " 101": false, " 101 Switching Protocols": false, " 200 OK": false, " 404 1": false,
		"": false, " ": false,
	} {
		if got := isInformational([]byte("HTTP/1.1" + status + "\r\n\r\n")); got != want {
			t.Errorf("status %q: %t", status, got)
		}
	}
}

// TestResume checks that nothing which was read or announced before Resume belongs to the next header.
func TestResume(t *testing.T) {
	const head = "GET /b HTTP/1.1\r\nA: b\r\n\r\n"
	for name, before := range map[string]func(h *Heads){
		"a header that was not taken": func(h *Heads) { h.note([]byte("GET /a HTTP/1.1\r\n\r\n")) },
		"a part of a header":          func(h *Heads) { h.note([]byte("GET /a HTTP/1.1\r\n")) },
		"a body that is announced":    func(h *Heads) { h.note([]byte("GET /a HTTP/1.1\r\n\r\n")); h.Take(1000) },
		"a body without an end":       func(h *Heads) { h.note([]byte("GET /a HTTP/1.1\r\n\r\n")); h.Take(-1) },
	} {
		var h Heads
		before(&h)
		h.Resume()
		h.note([]byte(head))
		if got := h.Take(0); got != head {
			t.Errorf("after %s: took %q", name, got)
		}
	}
}

// TestUntakenHeads checks that the header of a CONNECT request is not taken for the header of an
// informational response, and how many bytes are kept behind a header that is not taken.
func TestUntakenHeads(t *testing.T) {
	const head = "CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n"
	for size, want := range map[int]string{len(head): head, maxHead + maxKeptHead: head, maxHead + maxKeptHead + 1: ""} {
		var h Heads
		h.note([]byte(head))
		for p := range slices.Chunk(make([]byte, size-len(head)), 4096) {
			h.note(p)
		}
		if kept := len(h.buf); kept > size || (kept == 0) != (want == "") {
			t.Errorf("%d of %d bytes are kept", kept, size)
		}
		if got := h.Take(0); got != want {
			t.Errorf("before %d bytes: took %q", size, got)
		}
	}
}
