package mcpclient

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestTooLargeMessage checks that a server cannot make the client hold a message of any size: a line
// on stdio, a response over HTTP, an event of a stream.
func TestTooLargeMessage(t *testing.T) {
	endless := func(media, start string) Target {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", media)
			io.WriteString(w, start)
			for chunk := bytes.Repeat([]byte("x"), 1<<20); r.Context().Err() == nil; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}))
		t.Cleanup(s.Close)
		return Target{URL: s.URL}
	}
	targets := map[string]Target{
		"JSON":   endless("application/json", `{"jsonrpc":"2.0","id":1,"result":{"a":"`),
		"events": endless("text/event-stream", `data: {"jsonrpc":"2.0","id":1,"result":{"a":"`),
	}
	if _, err := exec.LookPath("sh"); err == nil {
		targets["stdio"] = Target{Command: []string{"sh", "-c", `read x; head -c 200000000 /dev/zero | tr '\000' x; cat`}}
	}
	for name, target := range targets {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			s, err := Connect(ctx, Config{Target: target})
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "more than 32 MiB") {
				t.Errorf("connect: %v, want an error that names the limit", err)
			}
		})
	}
}

// TestLimitPerMessage checks that the limit applies to each message, not to the whole stream.
func TestLimitPerMessage(t *testing.T) {
	for name, tt := range map[string]struct {
		every func([]byte) int
		end   string
	}{"lines": {endLine, "\n"}, "events": {eventEnds(), "\r\n\r\n"}} {
		t.Run(name, func(t *testing.T) {
			one := strings.Repeat("x", maxMessage/2) + tt.end
			l := &limitReader{r: strings.NewReader(one + one + one), every: tt.every}
			if n, err := io.Copy(io.Discard, struct{ io.Reader }{l}); err != nil || n != int64(3*len(one)) {
				t.Errorf("read %d bytes, %v", n, err)
			}
		})
	}
}
