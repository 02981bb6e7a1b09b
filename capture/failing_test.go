package capture

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestHalfClosedEnds checks that a client which has ended holds no connection to an upstream that
// never ends. What the upstream has sent until then arrives.
func TestHalfClosedEnds(t *testing.T) {
	g := newRig(t, func(c *Config) { c.timeouts.half = 250 * time.Millisecond })
	upgrade := "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"
	for _, tt := range []struct{ name, first, answer string }{
		{"tunnel", "", "\x00hello"},
		{"upgrade", "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n", upgrade + "hello"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := listen(t, func(c net.Conn) {
				if tt.first != "" {
					c.Read(make([]byte, 1))
				}
				io.WriteString(c, tt.answer)
				io.Copy(io.Discard, c) // and the connection stays open
				<-t.Context().Done()
			})
			var c net.Conn
			if tt.first == "" {
				c = g.connect(address, "\x00")
			} else {
				c = g.dial()
				fmt.Fprint(c, strings.Replace(tt.first, "/chat", "http://"+address+"/chat", 1))
				io.ReadFull(c, make([]byte, len("HTTP/1.1 101 ")))
			}
			c.(*net.TCPConn).CloseWrite()
			if b, err := io.ReadAll(c); !strings.HasSuffix(string(b), "hello") || err != nil {
				t.Errorf("%q, %v", b, err)
			}
			if tt.first != "" {
				g.sink.done(t, "/chat")
			}
		})
	}
}
