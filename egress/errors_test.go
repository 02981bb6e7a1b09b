package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// serveBytes accepts connections on loopback and calls answer for each, which is closed then. It
// returns the address.
func serveBytes(t *testing.T, answer func(net.Conn)) (addr string) {
	t.Helper()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				answer(c)
			}()
		}
	}()
	return l.Addr().String()
}

// closedAddress returns an address at which nobody listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	return l.Addr().String()
}

// readHead reads the head of a request.
func readHead(c net.Conn) string {
	buf, text := make([]byte, 4096), ""
	for !strings.Contains(text, "\r\n\r\n") {
		n, err := c.Read(buf)
		if err != nil {
			break
		}
		text += string(buf[:n])
	}
	return text
}

// TestErrorsOfCalls: the error of a call that has no response says why, and has no credential,
// wherever it fails.
func TestErrorsOfCalls(t *testing.T) {
	const secret = "s3cret"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	echo := func(status string) func(net.Conn) {
		return func(c net.Conn) { fmt.Fprintf(c, status, strings.Join(strings.Split(readHead(c), "\r\n"), " ")) }
	}
	for name, x := range map[string]struct{ base, want string }{
		"echo":           {"http://" + serveBytes(t, echo("HTTP/1.1 %s\r\n\r\n")), "malformed HTTP status code"},
		"echo of fields": {"http://" + serveBytes(t, echo("HTTP/1.1 200 OK\r\n:%s\r\n\r\n")), "malformed MIME header"},
		"refused":        {"http://" + closedAddress(t), "refused"},
		"closed":         {"http://" + serveBytes(t, func(c net.Conn) { readHead(c) }), "EOF"},
		"no HTTP":        {"http://" + serveBytes(t, func(c net.Conn) { readHead(c); io.WriteString(c, "220 mail.example\r\n\r\n") }), "malformed HTTP"},
		"endless header": {"http://" + serveBytes(t, func(c net.Conn) {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for err := error(nil); err == nil; {
				_, err = fmt.Fprintf(c, "X-Long: %s\r\n", strings.Repeat("x", 4000))
			}
		}), "exceeded 1048576 bytes"},
		"another protocol": {"http://" + serveBytes(t, func(c net.Conn) {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			io.Copy(io.Discard, c) // until the client leaves
		}), "another protocol"},
		"no TLS": {"https://" + serveBytes(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.0 400 Bad Request\r\n\r\n") }), "tls"},
		"cancelled": {"http://" + serveBytes(t, func(c net.Conn) {
			readHead(c)
			cancel()
			io.Copy(io.Discard, c) // until the client leaves
		}), context.Canceled.Error()},
	} {
		callCtx := t.Context()
		if name == "cancelled" {
			callCtx = ctx
		}
		cl := newClient(t, Config{Named: []string{x.base}})
		resp, err := cl.Do(callCtx, Call{
			Method: http.MethodGet, URL: parse(t, x.base+"/path?q="+secret),
			Credentials: []Credential{{InQuery, "key", secret}, {InHeader, "Authorization", "Bearer " + secret}, {InCookie, "sid", secret}},
		})
		if err == nil {
			resp.Body.Close()
		}
		if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), x.want) ||
			(name == "cancelled") != errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestErrorWithoutItsSecret: an error from which a secret was removed is still of its kind.
func TestErrorWithoutItsSecret(t *testing.T) {
	cl := newClient(t, Config{Origins: []string{"https://a.example"}})
	_, err := cl.Do(t.Context(), Call{
		Method: http.MethodGet, URL: parse(t, "https://a.example/"), Cookies: []Pair{{"of-s3cret", ";"}},
		Credentials: []Credential{{InHeader, "X-Key", "s3cret"}},
	})
	if !errors.Is(err, ErrHeader) || errors.Is(err, ErrOrigin) || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "the cookie of-(credential) has") {
		t.Error(err)
	}
}
