package mcpclient

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestTooLargeMessage checks that a server cannot make the client hold a message of any size: a line
// on stdio, a response over HTTP, an event of a stream.
func TestTooLargeMessage(t *testing.T) {
	if testing.Short() {
		t.Skip("sends many megabytes")
	}
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
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
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
			l := &limitReader{r: strings.NewReader(one + one + one), in: new(intake), every: tt.every}
			if n, err := io.Copy(io.Discard, struct{ io.Reader }{l}); err != nil || n != int64(3*len(one)) {
				t.Errorf("read %d bytes, %v", n, err)
			}
		})
	}
}

// TestLimits checks by which limit a server is refused that sends too much of something small, over
// stdio and HTTP, with one server for each way.
func TestLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("sends many megabytes")
	}
	const hello = `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}`
	list := func(tools string) string { return `{"jsonrpc":"2.0","id":2,"result":{"tools":[` + tools + `]}}` }
	const empty = `{"name":"a","inputSchema":{}}`
	const question = `{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{"message":"m","requestedSchema":{"type":"object","properties":{}}}}`
	for name, c := range map[string]struct {
		answer string // to the list of tools
		want   *limitError
	}{
		"items":     {list(strings.Repeat(empty+",", maxItems) + empty), errItems},
		"most":      {list(strings.Repeat(empty+",", maxItems-1) + empty), nil},
		"values":    {list(`{"name":"a","inputSchema":{"x":[` + strings.Repeat("[],", maxValues) + `0]}}`), errValues},
		"in text":   {list(`{"name":"a","description":"` + strings.Repeat(`\"[,`, maxValues) + `","inputSchema":{}}`), nil},
		"questions": {strings.Repeat(question+"\n", 30_000), errRequests},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // a child that does not read ends late
			path := filepath.Join(t.TempDir(), "answer")
			if err := os.WriteFile(path, []byte(c.answer), 0o600); err != nil {
				t.Fatal(err)
			}
			targets := map[string]Target{"http": scripted(t, hello, c.answer)}
			if _, err := exec.LookPath("sh"); err == nil {
				targets["stdio"] = Target{Command: []string{"sh", "-c", `read x; echo "$0"; read x; cat "$1"; echo; exec sleep 9`, hello, path}}
			}
			for by, target := range targets {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				// Nobody answers: there is no call in progress, and the reader of the notes is slow.
				notes := &slowWriter{t.Context().Done()}
				s, err := Connect(ctx, Config{Target: target, Form: &Form{Out: io.Discard, Notes: notes}})
				if err == nil {
					s.Close()
				}
				if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("%s: %v, want %v", by, err, c.want)
				}
			}
		})
	}
}

// slowWriter does not write before the end of the test.
type slowWriter struct{ done <-chan struct{} }

func (w *slowWriter) Write(p []byte) (int, error) {
	<-w.done
	return len(p), nil
}

// scripted returns a server that sends the lines of answer as events after the greeting.
func scripted(t *testing.T, hello, answer string) Target {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m struct{ ID json.RawMessage }
		json.Unmarshal(body, &m)
		own := strings.NewReplacer(`"id":1,`, fmt.Sprintf(`"id":%s,`, m.ID), `"id":2,`, fmt.Sprintf(`"id":%s,`, m.ID))
		switch {
		case bytes.Contains(body, []byte(`"initialize"`)):
			w.Header().Set("Content-Type", "application/json")
			own.WriteString(w, hello)
		case bytes.Contains(body, []byte(`"tools/list"`)):
			w.Header().Set("Content-Type", "text/event-stream")
			for line := range strings.SplitSeq(answer, "\n") {
				own.WriteString(w, "data: "+line+"\n\n")
			}
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	t.Cleanup(s.Close)
	return Target{URL: s.URL}
}

// TestListOfManyPages checks that the pages of a list have their limits together.
func TestListOfManyPages(t *testing.T) {
	if testing.Short() {
		t.Skip("lists tens of thousands of items")
	}
	for name, c := range map[string]struct{ items, pages int }{"items": {maxItems / 2, 3}, "bytes": {1, 5}} {
		t.Run(name, func(t *testing.T) {
			s := &Session{}
			page := []byte(`{"tools":[` + strings.Repeat("0,", c.items-1) + `0],"x":"` + strings.Repeat("x", maxMessage/4) + `","nextCursor":"`)
			n := 0
			_, err := s.list(t.Context(), "tools", func(ctx context.Context, _ mcp.Cursor) error {
				n++
				ctx.Value(rawAnswerKey{}).(*rawAnswer).result = fmt.Appendf(bytes.Clone(page), `%d"}`, n)
				return nil
			})
			if !errors.Is(err, errItems) || n > c.pages {
				t.Errorf("%d pages: %v", n, err)
			}
		})
	}
}

// TestValueCounter checks that no comment of a stream and no escape hides values.
func TestValueCounter(t *testing.T) {
	for text, want := range map[string]int{
		`[1,2,{"a":3}]`: 4, `"[,{"`: 0, `"\"[,{",`: 1, `"\\",`: 1, ": \"\ndata: [1,2]": 2, ": \"\\\r,\",": 1,
	} {
		for _, chunk := range []int{1, 100} {
			var c valueCounter
			for p := range slices.Chunk([]byte(text), chunk) {
				c.add(p)
			}
			if c.n != want {
				t.Errorf("%q: %d, want %d", text, c.n, want)
			}
		}
	}
}

// TestSwitchedProtocol connects to a server that makes something else of the connection, which it
// leaves open: nobody waits for it.
func TestSwitchedProtocol(t *testing.T) {
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
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
				}
				io.Copy(io.Discard, c) // until the client leaves
			}()
		}
	}()
	if _, err := Connect(t.Context(), Config{Target: Target{URL: "http://" + l.Addr().String()}}); err == nil || !strings.Contains(err.Error(), "another protocol") {
		t.Error(err)
	}
}
