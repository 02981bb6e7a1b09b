package front

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestBodiesShareABound checks that many bodies that are within the limit of one are refused
// together, and that others pass when they have ended.
func TestBodiesShareABound(t *testing.T) {
	const size = 10_000
	token := NewToken()
	url := start(t, Config{Token: token, MaxBody: size})
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), DefaultPath)
	var conns []net.Conn
	for range maxBodies {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
			DefaultPath, host, token, size, strings.Repeat(" ", size-100))
	}
	message := strings.Repeat(" ", size/2) + initialize
	status, text := 0, ""
	for t.Context().Err() == nil && status != http.StatusServiceUnavailable { // until the server has read the others
		status, text = post(t, url, token, strings.NewReader(message))
	}
	if !strings.Contains(text, "other requests") {
		t.Errorf("the answer is %q", text)
	}
	for _, c := range conns {
		c.Close()
	}
	for t.Context().Err() == nil && status != http.StatusOK {
		status, _ = post(t, url, token, strings.NewReader(message))
	}
}
