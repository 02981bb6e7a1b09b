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
)

// serveBytes accepts connections on loopback and calls answer for each, which is closed then. It
// returns the address.
func serveBytes(t *testing.T, answer func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
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

// TestErrorsOfCalls: the error of a call that has no response says why, and has no credential,
// wherever it fails.
func TestErrorsOfCalls(t *testing.T) {
	const secret = "s3cret"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	readHead := func(c net.Conn) {
		buf := make([]byte, 4096)
		for text := ""; !strings.Contains(text, "\r\n\r\n"); {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			text += string(buf[:n])
		}
	}
	for name, x := range map[string]struct{ base, want string }{
		"refused": {"http://" + closed.Addr().String(), "refused"},
		"closed":  {"http://" + serveBytes(t, readHead), "EOF"},
		"no HTTP": {"http://" + serveBytes(t, func(c net.Conn) { readHead(c); io.WriteString(c, "220 mail.example\r\n\r\n") }), "malformed HTTP"},
		"endless header": {"http://" + serveBytes(t, func(c net.Conn) {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for err := error(nil); err == nil; {
				_, err = fmt.Fprintf(c, "X-Long: %s\r\n", strings.Repeat("x", 4000))
			}
		}), "exceeded 1048576 bytes"},
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
