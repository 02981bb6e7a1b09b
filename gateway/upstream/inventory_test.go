package upstream_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/upstream"
)

// scripted connects to a server that answers each method with lines, in which %s is the id of the
// request. A method without lines ends the server. received gets all that the server reads.
func scripted(t *testing.T, answers map[string][]string) (dial jsonrpc.Dial, received *[]string) {
	t.Helper()
	received = new([]string)
	return func(context.Context) (jsonrpc.Conn, error) {
		toServer, fromClient := io.Pipe()
		toClient, fromServer := io.Pipe()
		ended := make(chan struct{})
		out := make(chan string, 100) // the server reads while it writes
		go func() {
			defer fromServer.Close()
			for line := range out {
				fmt.Fprintln(fromServer, line)
			}
		}()
		go func() {
			defer close(ended)
			defer close(out)
			lines, ids := bufio.NewScanner(toServer), map[string]bool{}
			for lines.Scan() {
				*received = append(*received, lines.Text())
				m, err := jsonrpc.Parse(lines.Bytes())
				if err != nil {
					t.Error(err)
					return
				}
				if !m.IsRequest() {
					continue
				}
				if ids[m.ID] {
					t.Errorf("a second request has the id %s", m.ID)
				}
				if ids[m.ID] = true; answers[m.Method] == nil {
					return
				}
				for _, line := range answers[m.Method] {
					out <- strings.ReplaceAll(line, "%s", m.ID)
				}
			}
		}()
		t.Cleanup(func() {
			fromClient.Close()
			toServer.Close()
			toClient.Close()
			<-ended
		})
		return jsonrpc.Lines(toClient, fromClient, 1<<20), nil
	}, received
}

// answersOf returns the answers of a server with one tool, with the changes applied.
func answersOf(changes map[string][]string) map[string][]string {
	all := map[string][]string{
		"initialize": {`{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"shop","version":"2"}}}`},
		"tools/list": {`{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"a"}]}}`},
	}
	for _, method := range []string{"resources/list", "resources/templates/list", "prompts/list"} {
		all[method] = []string{`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}`}
	}
	maps.Copy(all, changes)
	return all
}

func names(elements []map[string]any) (out []string) {
	for _, e := range elements {
		name, _ := e["name"].(string)
		out = append(out, name)
	}
	return out
}

// TestList checks what a server is said to offer: lists with several pages, lists that it does not
// have, and answers among other messages.
func TestList(t *testing.T) {
	dial, received := scripted(t, answersOf(map[string][]string{
		"tools/list": {
			"this is no message",
			`{"jsonrpc":"2.0","method":"notifications/message","params":{}}`,
			`{"jsonrpc":"2.0","id":"s1","method":"roots/list"}`,
			`{"jsonrpc":"2.0","id":77,"result":{"tools":[{"name":"of another request"}]}}`,
			`{"jsonrpc":"2.0","id":77,"error":{"code":-32601,"message":"of another request"}}`,
			`{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"a"},7,{"name":"b"}]}}`,
		},
		"resources/list":           {`{"jsonrpc":"2.0","id":%s,"result":{"resources":[{"name":"r"}]}}`},
		"resources/templates/list": {`{"jsonrpc":"2.0","id":%s,"result":{"resourceTemplates":[{"name":"t"}]}}`},
	}))
	in, err := upstream.List(t.Context(), dial)
	if err != nil {
		t.Fatal(err)
	}
	if in.Server["name"] != "shop" || in.Server["version"] != "2" {
		t.Errorf("server %v", in.Server)
	}
	for _, x := range []struct {
		what      string
		got, want []string
	}{
		{"tools", names(in.Tools), []string{"a", "b"}}, {"resources", names(in.Resources), []string{"r"}},
		{"templates", names(in.Templates), []string{"t"}}, {"prompts", names(in.Prompts), nil},
	} {
		if !slices.Equal(x.got, x.want) {
			t.Errorf("%s %q, want %q", x.what, x.got, x.want)
		}
	}
	all := strings.Join(*received, "\n")
	for _, want := range []string{`"notifications/initialized"`, `"id":"s1","error":{"code":-32601`} {
		if !strings.Contains(all, want) {
			t.Errorf("the server did not get %s in\n%s", want, all)
		}
	}
	dial, received = scripted(t, answersOf(map[string][]string{
		"prompts/list": {`{"jsonrpc":"2.0","id":%s,"result":{"prompts":[{"name":"p"}],"nextCursor":"same"}}`},
	}))
	if in, err = upstream.List(t.Context(), dial); err != nil || in.Prompts != nil || len(in.Tools) != 1 {
		t.Errorf("prompts without an end: %+v, %v", in, err)
	}
	if all := strings.Join(*received, "\n"); !strings.Contains(all, `"cursor":"same"`) {
		t.Error("the next page was not asked for")
	}
}

// TestListFails checks that a server that says nothing useful is an error, and not a server without
// tools.
func TestListFails(t *testing.T) {
	refusal := []string{`{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"no"}}`}
	for _, tt := range []struct {
		name    string
		answers map[string][]string
		want    string
	}{
		{"refuses to begin", answersOf(map[string][]string{"initialize": refusal}), "initialize: the server answers with an error"},
		{"ends at once", nil, "EOF"},
		{"refuses to list", answersOf(map[string][]string{"tools/list": refusal}), "tools/list: the server answers with an error"},
		{"ends before it lists", answersOf(map[string][]string{"tools/list": nil}), "EOF"},
		{"writes JSON that is no message", answersOf(map[string][]string{"tools/list": {`{"jsonrpc":"1.0","id":%s}`, `{"jsonrpc":"2.0","id":%s,"result":{"tools":[]}}`}}), ""},
		{"lists no list", answersOf(map[string][]string{"tools/list": {`{"jsonrpc":"2.0","id":%s,"result":{"tools":7}}`}}), ""},
		{"result is no object", answersOf(map[string][]string{"tools/list": {`{"jsonrpc":"2.0","id":%s,"result":7}`}}), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dial, _ := scripted(t, tt.answers)
			in, err := upstream.List(t.Context(), dial)
			if in != nil || err == nil || !strings.Contains(err.Error(), "ask the MCP server for its lists: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, %v; want %q", in, err, tt.want)
			}
		})
	}
	why, dial := errors.New("exit status 3: no such token"), jsonrpc.Dial(nil)
	for _, answers := range []map[string][]string{nil, answersOf(map[string][]string{"initialize": refusal})} {
		dial, _ = scripted(t, answers)
		if _, err := upstream.List(t.Context(), func(ctx context.Context) (jsonrpc.Conn, error) {
			conn, err := dial(ctx)
			return closing{conn, new(atomic.Bool), why}, err
		}); !errors.Is(err, why) {
			t.Errorf("a server that says why it ended: %v", err)
		}
	}
	down := errors.New("down")
	if _, err := upstream.List(t.Context(), func(context.Context) (jsonrpc.Conn, error) { return nil, down }); !errors.Is(err, down) {
		t.Errorf("a server that cannot be reached: %v", err)
	}
}

// closing notes that a connection was closed.
type closing struct {
	jsonrpc.Conn
	closed *atomic.Bool
	err    error // of Close, in place of that of the connection
}

func (c closing) Close() error {
	c.closed.Store(true)
	return cmp.Or(c.err, c.Conn.Close())
}

// TestListEndsItsServer checks that no server goes on after its lists were read, or could not be.
func TestListEndsItsServer(t *testing.T) {
	for name, answers := range map[string]map[string][]string{"read": answersOf(nil), "failed": {}} {
		t.Run(name, func(t *testing.T) {
			dial, _ := scripted(t, answers)
			var closed atomic.Bool
			_, err := upstream.List(t.Context(), func(ctx context.Context) (jsonrpc.Conn, error) {
				conn, err := dial(ctx)
				return closing{conn, &closed, nil}, err
			})
			if !closed.Load() || (err == nil) != (name == "read") {
				t.Errorf("the connection was closed: %v; %v", closed.Load(), err)
			}
		})
	}
}

// TestListEndsWithItsContext checks that a server which becomes silent is left when the context ends,
// and that its lists do not pass for complete.
func TestListEndsWithItsContext(t *testing.T) {
	for _, method := range []string{"initialize", "tools/list", "resources/list", "prompts/list"} {
		dial, _ := scripted(t, answersOf(map[string][]string{method: {}}))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := upstream.List(ctx, dial); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v", method, err)
		}
	}
}

// TestChildSaysWhyItEnded checks that the error of a server that failed has its exit status and the
// last line that it wrote to stderr, and that one that ends well is no error.
func TestChildSaysWhyItEnded(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	for _, tt := range []struct{ name, script, want, notes string }{
		{"well", "echo hello >&2; cat >/dev/null", "", "hello\n"},
		{"failed", "echo first >&2; echo 'no such token' >&2; exit 3", "exit status 3: no such token", "first\nno such token\n"},
		{"failed silently", "exit 4", "exit status 4", ""},
		{"blank lines", "echo why >&2; echo >&2; exit 5", "exit status 5: why", "why\n\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var notes strings.Builder
			conn, err := upstream.Child([]string{"sh", "-c", tt.script}, &notes, 1000)(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != "" {
				if _, err := conn.Receive(); err == nil {
					t.Error("a message of a server that wrote none")
				}
			}
			for range 2 { // the second Close says the same
				if err := conn.Close(); (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
					t.Errorf("got %v, want %q", err, tt.want)
				}
			}
			if notes.String() != tt.notes {
				t.Errorf("passed on %q, want %q", notes.String(), tt.notes)
			}
		})
	}
}

// TestChildNotesAreBounded checks that a server cannot fill the log, and that its last line is still
// known.
func TestChildNotesAreBounded(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	var notes strings.Builder
	const script = "head -c 1500000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2; exit 1"
	conn, err := upstream.Child([]string{"sh", "-c", script}, &notes, 1000)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Receive(); err == nil {
		t.Error("a message of a server that wrote none")
	}
	if err := conn.Close(); err == nil || !strings.HasSuffix(err.Error(), ": last") {
		t.Errorf("got %v", err)
	}
	const end = "\n(the rest of what the MCP server writes to stderr is dropped)\n"
	if kept := strings.TrimSuffix(notes.String(), end); kept != strings.Repeat("x", 1<<20) {
		t.Errorf("passed on %d bytes and %q", len(kept), notes.String()[min(len(kept), 1<<20):])
	}
}
