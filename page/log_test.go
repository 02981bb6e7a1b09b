package page_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// TestLog checks what the log gets of refused requests and of calls, and that it gets nothing of
// what they contain.
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
	s, err := page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}, Panels: []wire.Panel{p}, Log: slog.New(recorder{logged})})
	if err != nil {
		t.Fatal(err)
	}
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

// deadlines is a connection that notes its deadlines.
type deadlines struct {
	*httptest.ResponseRecorder
	write, read []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }
func (d *deadlines) SetReadDeadline(t time.Time) error  { d.read = append(d.read, t); return nil }

// TestAnswersTakeAnyTime checks that calls and streams have no deadline, and refused requests keep
// that of the server.
func TestAnswersTakeAnyTime(t *testing.T) {
	p := testPanel
	p.Feeds = []wire.Feed{wire.NewFeed("one", func(ctx context.Context, _ echoIn, _ string, send func(string, echoOut) error) error {
		return send("", echoOut{})
	})}
	s, err := page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}, Panels: []wire.Panel{p}})
	if err != nil {
		t.Fatal(err)
	}
	base, cookie := signInWithout(t, s)
	for _, tt := range []struct {
		method, path, cookie string
		write, read          int
	}{
		{"POST", "api/test/echo", cookie, 1, 0}, {"GET", "api/events?test.one=%7B%7D", cookie, 1, 1},
		{"POST", "api/test/echo", "Cookie: a=b", 0, 0}, {"GET", "api/test/echo", cookie, 0, 0},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		r := httptest.NewRequestWithContext(ctx, tt.method, base+tt.path, strings.NewReader(`{"text":"a"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Cookie", strings.TrimPrefix(tt.cookie, "Cookie: "))
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		if strings.Contains(tt.path, "events") {
			cancel() // else the stream stays open
		}
		s.ServeHTTP(w, r)
		cancel()
		if len(w.write) != tt.write || len(w.read) != tt.read || tt.write > 0 && !w.write[0].IsZero() || tt.read > 0 && !w.read[0].IsZero() {
			t.Errorf("%s %s: deadlines %v and %v", tt.method, tt.path, w.write, w.read)
		}
	}
}

// TestAnswersThatNobodyWaitsFor checks that what fails because its request ended is no warning, and
// is not answered.
func TestAnswersThatNobodyWaitsFor(t *testing.T) {
	logged := make(chan slog.Record, 100)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	end := func() error {
		cancel()
		return ctx.Err()
	}
	p := wire.Panel{Name: "test", Calls: []wire.Call{
		wire.NewCall("call", func(context.Context, echoIn) (echoOut, error) { return echoOut{}, end() }),
		wire.NewCall("file", func(context.Context, echoIn) (*wire.File, error) {
			return &wire.File{Write: func(io.Writer) error { return end() }}, nil
		}),
	}}
	s, err := page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}, Panels: []wire.Panel{p}, Log: slog.New(recorder{logged})})
	if err != nil {
		t.Fatal(err)
	}
	base, cookie := signInWithout(t, s)
	if w := serve(ctx, s, "POST", base+"api/test/call", "{}", jsonType, cookie); w.Body.Len() > 0 {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	func() {
		defer func() {
			if got := recover(); got != http.ErrAbortHandler {
				t.Errorf("panic %v", got)
			}
		}()
		serve(ctx, s, "POST", base+"api/test/file", "{}", jsonType, cookie)
	}()
	want := []string{"DEBUG page call=test/call", "DEBUG write a file of the page call=test/file err=context canceled"}
	for _, want := range want {
		if got := text(<-logged); got != want {
			t.Errorf("logged %q, want %q", got, want)
		}
	}
}
