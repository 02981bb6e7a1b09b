package page_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page"
	"github.com/spectap/spectap/page/wire"
)

// text is a record of a log with its attributes, but for the time that a call took.
func text(r slog.Record) string {
	s := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "took" {
			s += " " + a.String()
		}
		return true
	})
	return s
}

// TestLog checks the log lines of refused requests and of calls, and that they contain nothing of
// the requests' content.
func TestLog(t *testing.T) {
	logged := make(chan slog.Record, 100)
	failing := wire.NewCall("half", func(context.Context, echoIn) (*wire.File, error) {
		return &wire.File{Name: "a.txt", Type: "text/plain", Write: func(w io.Writer) error {
			io.WriteString(w, "half")
			return errors.New("the disk is full")
		}}, nil
	})
	calls := []wire.Call{failing}
	for _, op := range []string{"read", "write"} {
		calls = append(calls, wire.NewCall(op, func(context.Context, echoIn) (*wire.File, error) {
			return &wire.File{Write: func(io.Writer) error {
				return fmt.Errorf("copy: %w", &net.OpError{Op: op, Net: "tcp", Err: io.ErrClosedPipe})
			}}, nil
		}))
	}
	p := wire.Panel{Name: "test", Calls: append(calls, testPanel.Calls...)}
	s := must.Get(page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}, Panels: []wire.Panel{p}, Log: slog.New(recorder{logged})}))
	base, cookie := signInWithout(t, s)
	const from = " from=192.0.2.1:1234" // as package httptest has it
	for _, tt := range []struct {
		name, method, url, body string
		header                  []string
		want                    string // records, each in a line
		aborts                  bool
	}{
		{"a call", "POST", base + "api/test/echo", `{"text":"s3cret"}`, []string{jsonType, cookie}, "DEBUG page call=test/echo", false},
		{"an error that is shown", "POST", base + "api/test/echo", `{"text":"bad"}`, []string{jsonType, cookie}, "DEBUG page call=test/echo", false},
		{"an error that is not shown", "POST", base + "api/test/echo", `{"text":"secret"}`, []string{jsonType, cookie},
			"ERROR a call of the page failed call=test/echo err=unexpected EOF\nDEBUG page call=test/echo", false},
		{"without a session", "POST", base + "api/test/echo", `{"text":"s3cret"}`, []string{jsonType},
			`WARN refused a request to the page status=401 why=no session: open the link that spectap printed` + from, false},
		{"a wrong token", "POST", "http://127.0.0.1:4000/session", `{"token":"s3cret"}`, []string{jsonType},
			`WARN refused a request to the page status=401 why=the token is not valid: open the link that spectap printed` + from, false},
		{"a file that cannot be read", "POST", base + "api/test/half", `{"text":"s3cret"}`, []string{jsonType, cookie},
			"WARN write a file of the page call=test/half err=the disk is full", true},
		{"a file that the connection does not take", "POST", base + "api/test/write", `{}`, []string{jsonType, cookie},
			"DEBUG write a file of the page call=test/write err=copy: write tcp: io: read/write on closed pipe", true},
		{"a file from a connection that ends", "POST", base + "api/test/read", `{}`, []string{jsonType, cookie},
			"WARN write a file of the page call=test/read err=copy: read tcp: io: read/write on closed pipe", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if got := recover(); (got == http.ErrAbortHandler) != tt.aborts || got != nil && !tt.aborts {
					t.Errorf("panic %v", got)
				}
				var lines []string
				for len(logged) > 0 {
					lines = append(lines, text(<-logged))
				}
				if got := strings.Join(lines, "\n"); got != tt.want {
					t.Errorf("logged\n%s\nwant\n%s", got, tt.want)
				}
			}()
			serve(t.Context(), s, tt.method, tt.url, tt.body, tt.header...)
		})
	}
}
