package mcpclient

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// failing is a reader whose data ends with an error.
type failing struct {
	data io.Reader
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.data.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

// TestReadLines reads lines with any end, the last one without an end, and then reports the end, or
// why the reader failed.
func TestReadLines(t *testing.T) {
	broken := errors.New("broken")
	for _, x := range []struct {
		name, data string
		err        error // of the reader
		want       []string
		last       error
	}{
		{"lines", "a\nb\r\n\nc", io.EOF, []string{"a", "b", "", "c"}, io.EOF},
		{"end", "a\n", io.EOF, []string{"a"}, io.EOF},
		{"nothing", "", io.EOF, nil, io.EOF},
		{"error", "a\n", broken, []string{"a"}, broken},
	} {
		t.Run(x.name, func(t *testing.T) {
			var prompts strings.Builder
			p := ReadLines(t.Context(), &failing{strings.NewReader(x.data), x.err}, &prompts)
			for _, want := range x.want {
				if got, err := p.ReadLine("> "); got != want || err != nil {
					t.Errorf("%q, %v, want %q", got, err, want)
				}
			}
			if got, err := p.ReadLine("> "); got != "" || !errors.Is(err, x.last) {
				t.Errorf("at the end: %q, %v", got, err)
			}
			if got, err := p.ReadLine("> "); got != "" || !errors.Is(err, x.last) {
				t.Errorf("after the end: %q, %v", got, err)
			}
			if want := strings.Repeat("> ", len(x.want)+2); prompts.String() != want {
				t.Errorf("prompts %q, want %q", prompts.String(), want)
			}
		})
	}
}

// TestReadLinesEnds reports the end when the context is done, though the reader has no line yet.
func TestReadLinesEnds(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close()
	ctx, end := context.WithCancel(t.Context())
	p := ReadLines(ctx, in, io.Discard)
	end()
	if got, err := p.ReadLine(""); got != "" || !errors.Is(err, io.EOF) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestNotifications notes that the list of tools is stale, and shows messages of the server as safe
// text.
func TestNotifications(t *testing.T) {
	var notes []string
	s := &Session{config: Config{Note: func(text string) { notes = append(notes, text) }}}
	s.handleNotification(jsonrpc.Notification("notifications/other", nil))
	if s.stale.Load() {
		t.Error("another notification makes the list stale")
	}
	s.handleNotification(jsonrpc.Notification("notifications/tools/list_changed", nil))
	if !s.stale.Load() {
		t.Error("the list is not stale")
	}
	for _, params := range []string{`{"level":"info","data":"a\u001b[2J"}`, `{"level":"error","data":{"b":[1]}}`, `{"level":"error"}`} {
		s.handleNotification(jsonrpc.Notification("notifications/message", []byte(params)))
	}
	if got, want := strings.Join(notes, "\n"), "info: a\\x1b[2J\nerror: {\"b\":[1]}"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s.config.Note = nil
	s.handleNotification(jsonrpc.Notification("notifications/message", []byte(`{"level":"info","data":"c"}`)))
}
