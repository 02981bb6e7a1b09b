package capture

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// FuzzLines orders the header of any request by the bytes that it was read from. No field is lost
// or added.
func FuzzLines(f *testing.F) {
	f.Add("GET / HTTP/1.1\r\nhost: a\r\nX-B: 2\r\nx-a: 1\r\nX-B: 3\r\n\r\n")
	f.Add("POST / HTTP/1.1\r\nHost: a\r\nA: 1\r\n b\r\nContent-Length: 0\r\na:1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
	f.Add("GET http://b/ HTTP/1.0\nPragma: no-cache\nA:\t\n\n")
	f.Fuzz(func(t *testing.T, head string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
		if err != nil {
			return
		}
		head, _, _ = strings.Cut(head, "\r\n\r\n")
		count := map[string]int{}
		for name, values := range r.Header {
			for _, v := range values {
				count[strings.ToLower(name)+": "+v]++
			}
		}
		for _, x := range headLines(head+"\r\n\r\n", r.Header, r.Host) {
			if name := strings.ToLower(x.Name); name != "host" {
				count[name+": "+x.Value]--
			}
		}
		for line, n := range count {
			if n != 0 && line != "cache-control: no-cache" { // which net/http adds for a pragma
				t.Errorf("%q: %d too few of %q", head, n, line)
			}
		}
	})
}
