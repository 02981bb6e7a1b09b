package front

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Each refusal is reported with its reason.
func TestRefusalsSayWhy(t *testing.T) {
	whys := make(chan string, 10)
	token := NewToken()
	url := start(t, Config{Token: token, MaxBody: 50, Refused: func(_ *http.Request, why string) { whys <- why }})
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), DefaultPath)
	const end = "\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
	for name, tt := range map[string]struct{ request, status, why string }{
		"too large": {"POST /mcp HTTP/1.1" + end + "Content-Length: 51\r\n\r\n{", "413", "the request body is too large: the limit is 50 bytes"},
		"no token":  {"POST /mcp HTTP/1.1\r\nHost: %s\r\nX-Other: %s\r\n\r\n", "401", "a bearer token is required"},
		"origin":    {"POST /mcp HTTP/1.1" + end + "Origin: https://evil.example\r\n\r\n", "403", "pages of this origin may not call this server"},
		"host":      {"POST /mcp HTTP/1.1\r\nHost: evil%[1]s\r\nAuthorization: Bearer %[2]s\r\n\r\n", "403", "this server does not answer to this Host"},
	} {
		c := must(net.Dial("tcp", host))
		fmt.Fprintf(c, tt.request, host, token)
		c.(*net.TCPConn).CloseWrite()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(name, err)
		}
		body, _ := io.ReadAll(resp.Body)
		c.Close()
		if !strings.HasPrefix(resp.Status, tt.status) || string(body) != tt.why+"\n" {
			t.Errorf("%s: %s %q", name, resp.Status, body)
		}
		if why := <-whys; why != tt.why {
			t.Errorf("%s: told %q", name, why)
		}
	}
}
