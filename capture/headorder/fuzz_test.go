package headorder

import (
	"bufio"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
)

// FuzzLines orders a header by the bytes that it was read from, or by any others. No field is lost
// or added.
func FuzzLines(f *testing.F) {
	f.Add("GET / HTTP/1.1\r\nhost: a\r\nX-B: 2\r\nx-a: 1\r\nX-B: 3\r\n\r\n", "X-A: 1\r\nX-B: 2\r\nX-B: 3\r\n\r\n")
	f.Add("HTTP/1.1 200 OK\r\nA: 1\r\n b\r\n\r\n", "A: 1 b\r\n\r\n")
	f.Add("\r\n", "A:\r\n\r\n")
	f.Fuzz(func(t *testing.T, head, fields string) {
		h, err := textproto.NewReader(bufio.NewReader(strings.NewReader(fields))).ReadMIMEHeader()
		if err != nil {
			return
		}
		count := map[string]int{}
		for name, values := range h {
			for _, v := range values {
				count[strings.ToLower(name)+": "+v]++
			}
		}
		for _, x := range Lines(head, http.Header(h), "") {
			count[strings.ToLower(x.Name)+": "+x.Value]--
		}
		for line, n := range count {
			if n != 0 {
				t.Errorf("%q of %q: %d too few, with the head %q", line, fields, n, head)
			}
		}
	})
}
