package control

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// otherVersion makes an owner greet with another version.
const otherVersion = 0xff

// answeredBy returns a client of an owner that answers every request with one frame.
func answeredBy(t *testing.T, kind byte, payload string) *Client {
	t.Helper()
	return answering(t, kind, payload, func() {})
}

// answering is answeredBy. ended is called whenever a connection has ended.
func answering(t *testing.T, kind byte, payload string, ended func()) *Client {
	t.Helper()
	path := filepath.Join(folder(t), "flows.db")
	l, err := listen(path + ".sock")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	answer := func(conn net.Conn) {
		defer ended()
		defer conn.Close()
		w := newWire(conn)
		if _, err := io.CopyN(io.Discard, w.r, int64(len(greeting))); err != nil {
			return
		}
		var req request
		if w.readJSON(frameRequest, &req) != nil {
			return
		}
		if kind == otherVersion {
			w.w.WriteString(greeting[:len(greeting)-1])
		} else {
			w.w.WriteString(greeting)
		}
		if w.frame(kind, []byte(payload)) == nil && w.w.Flush() == nil {
			io.Copy(io.Discard, w.r) // until the client closes the connection
		}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answer(conn)
		}
	}()
	c := &Client{path: path, socket: path + ".sock"}
	c.ctx, c.stop = context.WithCancel(context.Background())
	t.Cleanup(func() { c.Close() })
	return c
}

// TestMalformedAnswers checks that each call of a client ends with an error that names the store and
// the cause when its owner answers what the protocol does not have. It must not look as if the owner
// had ended: callers would try again for ever.
func TestMalformedAnswers(t *testing.T) {
	for _, tt := range []struct {
		name    string
		kind    byte
		payload string
		fits    string // the methods for which the answer is right
	}{
		{"unknown kind", '?', "{}", ""},
		{"request", frameRequest, "{}", ""},
		{"result that is not JSON", frameResult, "{", "Scan Watch"}, // they have no result to read
		{"error that is not JSON", frameError, "x", ""},
		{"flow that is none", frameFlow, "\x00x", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := answeredBy(t, tt.kind, tt.payload)
			for name, call := range methods() {
				err := call(t.Context(), c)
				if strings.Contains(tt.fits, name) {
					continue
				}
				malformed := errors.Is(err, errProtocol) || errors.Is(err, flow.ErrMalformed)
				if !malformed || errors.Is(err, ErrOwnerGone) || !strings.Contains(err.Error(), c.path) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	for f, err := range answeredBy(t, frameRequest, "{}").Scan(t.Context(), store.Query{}) {
		if err == nil {
			t.Errorf("a flow of %s %s", f.Request.Method, f.Request.Authority)
		}
	}
}

// TestCallsCloseTheirConnections checks that each call, whether it succeeds or not, closes its connection
// by the time it returns. Otherwise a proxy that records for hours runs out of file descriptors.
func TestCallsCloseTheirConnections(t *testing.T) {
	for _, kind := range []byte{frameResult, frameError, '?', otherVersion} {
		for name, call := range methods() {
			ended := make(chan struct{}, 100)
			c := answering(t, kind, "{}", func() { ended <- struct{}{} })
			err := call(t.Context(), c)
			if kind == frameResult && name == "Import" && err == nil {
				continue // goes on
			}
			select {
			case <-ended:
			case <-time.After(time.Minute):
				t.Errorf("%s, answered with %q: its connection stays open", name, kind)
			}
		}
	}
}
