package front

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBodiesShareABound checks that many bodies that are within the limit of one are refused
// together, and that others pass when they have ended.
func TestBodiesShareABound(t *testing.T) {
	const size = 10_000
	token := NewToken()
	url := start(t, Config{Token: token, MaxBody: size})
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), DefaultPath)
	var conns []net.Conn
	for range 2 * maxBodies { // a body that is read late may be the one that is refused
		c := must(net.Dial("tcp", host))
		defer c.Close()
		conns = append(conns, c)
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n",
			DefaultPath, host, token, size)
		if line, err := bufio.NewReader(c).ReadString('\n'); !strings.Contains(line, "100 Continue") { // it reads the body
			t.Fatalf("the server answers %q, %v", line, err)
		}
		fmt.Fprint(c, strings.Repeat(" ", size-100))
	}
	message := strings.Repeat(" ", size/2) + initialize
	status, text := 0, ""
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // the server gives up the others after two
	defer cancel()
	for ctx.Err() == nil && status != http.StatusServiceUnavailable { // until the server has read the others
		status, text = post(t, url, token, strings.NewReader(message))
	}
	if !strings.Contains(text, "other requests") {
		t.Errorf("the answer is %q", text)
	}
	for _, c := range conns {
		c.Close()
	}
	for ctx.Err() == nil && status != http.StatusOK {
		status, _ = post(t, url, token, strings.NewReader(message))
	}
	if ctx.Err() != nil {
		t.Errorf("the last answer after a minute is %d: %s", status, text)
	}
}
