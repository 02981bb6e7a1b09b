package front

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func newPending(ctx context.Context, in io.Reader, out io.Writer) *pendingCalls {
	return &pendingCalls{
		ctx: ctx, in: bufio.NewReader(in), out: out, responded: make(chan struct{}, 1),
		pending: map[string]int{}, listening: map[string][]byte{},
	}
}

// TestPending checks which requests await a response after each message.
func TestPending(t *testing.T) {
	for _, tt := range []struct {
		name      string
		in, out   []string
		want      int
		listening int
	}{
		{"request", []string{`{"id":1,"method":"a"}`}, nil, 1, 0},
		{"notification", []string{`{"method":"a"}`, `{"id":null,"method":"a"}`}, nil, 0, 0},
		{"response of the client", []string{`{"id":1,"result":{}}`}, nil, 0, 0},
		{"no message", []string{`x`, `[]`, `{"id":1,"method":2}`}, nil, 0, 0},
		{"response", []string{`{"id":1,"method":"a"}`}, []string{`{"id":1,"result":{}}`}, 0, 0},
		{"error", []string{`{"id":1,"method":"a"}`}, []string{`{"id":1,"error":{}}`}, 0, 0},
		{"response to another", []string{`{"id":1,"method":"a"}`}, []string{`{"id":"1","result":{}}`}, 1, 0},
		{"same id in another form", []string{`{"id":1.0,"method":"a"}`}, []string{`{"id":1,"result":{}}`}, 0, 0},
		{"request of the server", []string{`{"id":1,"method":"a"}`}, []string{`{"id":1,"method":"ask"}`}, 1, 0},
		{"text that is no message", []string{`{"id":1,"method":"a"}`}, []string{`x`}, 1, 0},
		{"same id twice", []string{`{"id":1,"method":"a"}`, `{"id":1,"method":"a"}`}, []string{`{"id":1,"result":{}}`}, 1, 0},
		{"same id twice, answered twice", []string{`{"id":1,"method":"a"}`, `{"id":1,"method":"a"}`},
			[]string{`{"id":1,"result":{}}`, `{"id":1,"result":{}}`}, 0, 0},
		{"subscription", []string{`{"id":1,"method":"subscriptions/listen"}`}, nil, 0, 1},
		{"other notification of a subscription", []string{`{"id":1,"method":"subscriptions/listen"}`},
			[]string{`{"method":"a","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`}, 0, 1},
		{"acknowledged subscription", []string{`{"id":1,"method":"subscriptions/listen"}`, `{"id":2,"method":"subscriptions/listen"}`},
			[]string{`{"method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1.0}}}`}, 0, 1},
		{"refused subscription", []string{`{"id":1,"method":"subscriptions/listen"}`}, []string{`{"id":1,"error":{}}`}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			p := newPending(t.Context(), nil, &out)
			for _, line := range tt.in {
				p.noteRequest([]byte(line))
			}
			for _, line := range tt.out {
				if n, err := p.Write([]byte(line)); n != len(line) || err != nil {
					t.Errorf("wrote %d bytes, %v", n, err)
				}
			}
			if out.String() != strings.Join(tt.out, "") {
				t.Errorf("wrote %q", &out)
			}
			if len(p.pending) != tt.want || len(p.listening) != tt.listening {
				t.Errorf("%v are pending and %v listen", p.pending, p.listening)
			}
		})
	}
}

// TestWaitForResponses runs on a fake clock. At the end of its input, a server waits for responses
// until the last one, at most 30 seconds, and no longer than its context.
func TestWaitForResponses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []time.Duration // when one of two requests is answered
		cancel  time.Duration
		want    time.Duration
	}{
		{"all", []time.Duration{time.Second, 3 * time.Second}, time.Hour, 3 * time.Second},
		{"none", nil, time.Hour, 30 * time.Second},
		{"one", []time.Duration{time.Second}, time.Hour, 30 * time.Second},
		{"canceled", nil, 2 * time.Second, 2 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.cancel)
				defer cancel()
				p := newPending(ctx, strings.NewReader(`{"id":0,"method":"a"}`+"\n"+`{"id":1,"method":"a"}`), io.Discard)
				for id, at := range tt.answers {
					time.AfterFunc(at, func() { fmt.Fprintf(p, `{"id":%d,"result":{}}`, id) })
				}
				start := time.Now()
				if data, err := io.ReadAll(p); err != nil || bytes.Count(data, []byte("\n")) != 2 {
					t.Errorf("read %q, %v", data, err)
				}
				if got := time.Since(start); got != tt.want {
					t.Errorf("waited for %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// TestHeldResponse checks that a response that comes before the acknowledgement of its subscription
// follows that one, and nothing else, and is not written if the acknowledgement is not.
func TestHeldResponse(t *testing.T) {
	const (
		held  = `{"id":1,"result":{}}`
		other = `{"method":"a","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`
		ack   = `{"method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`
	)
	for _, fails := range []bool{false, true} {
		var out bytes.Buffer
		p := newPending(t.Context(), nil, &out)
		p.noteRequest([]byte(`{"id":1,"method":"subscriptions/listen"}`))
		for _, line := range []string{held, other} {
			if n, err := p.Write([]byte(line)); n != len(line) || err != nil {
				t.Errorf("wrote %d bytes, %v", n, err)
			}
		}
		if out.String() != other {
			t.Errorf("wrote %s before the acknowledgement", &out)
		}
		want := other + ack + held
		if fails {
			p.out, want = &failingWriter{0}, other
		}
		if _, err := p.Write([]byte(ack)); (err != nil) != fails {
			t.Error(err)
		}
		if out.String() != want {
			t.Errorf("wrote %s, want %s", &out, want)
		}
		if w, ok := p.out.(*failingWriter); ok && w.left != -1 {
			t.Errorf("%d writes after the one that failed", -1-w.left)
		}
	}
}

// failingWriter fails after some writes.
type failingWriter struct{ left int }

var errFull = errors.New("disk full")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestStdioErrors checks that errors of reading and writing are returned.
func TestStdioErrors(t *testing.T) {
	const ack = `{"method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`
	for _, tt := range []struct {
		name string
		left int // writes before they fail
		run  func(p *pendingCalls) error
		want error
	}{
		{"message", 0, func(p *pendingCalls) error { _, err := p.Write([]byte(`{"id":1,"result":{}}`)); return err }, errFull},
		{"no message", 0, func(p *pendingCalls) error { _, err := p.Write([]byte(`x`)); return err }, errFull},
		{"refusal", 0, func(p *pendingCalls) error { _, err := io.ReadAll(p); return err }, errFull},
		{"input", 1, func(p *pendingCalls) error { _, err := io.ReadAll(p); return err }, io.ErrUnexpectedEOF},
		{"response after its acknowledgement", 1, func(p *pendingCalls) error {
			p.noteRequest([]byte(`{"id":1,"method":"subscriptions/listen"}`))
			if _, err := p.Write([]byte(`{"id":1,"result":{}}`)); err != nil {
				return err
			}
			_, err := p.Write([]byte(ack))
			return err
		}, errFull},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := io.MultiReader(strings.NewReader(`{"id":1,"a":1,"a":2}`+"\n"), failingReader{})
			if err := tt.run(newPending(t.Context(), in, &failingWriter{tt.left})); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestLongestLine checks that a line of the limit is read, and a longer one is not.
func TestLongestLine(t *testing.T) {
	for _, tt := range []struct {
		name string
		size int
		ok   bool
	}{{"16 MiB", 16 << 20, true}, {"one byte more", 16<<20 + 1, false}} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPending(t.Context(), strings.NewReader(strings.Repeat("x", tt.size-1)+"\n"), io.Discard)
			line, err := p.line()
			if (err == nil) != tt.ok || p.tooLong == tt.ok || tt.ok && len(line) != tt.size {
				t.Errorf("got %d bytes, %v, too long %v", len(line), err, p.tooLong)
			}
		})
	}
}

// TestWriteOfPanic checks that a message whose text is replaced counts as written whole, and that an
// error of the output does not.
func TestWriteOfPanic(t *testing.T) {
	message := []byte(`{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"` + libraryPanic + strings.Repeat("x", 1000) + `"}}`)
	var out bytes.Buffer
	if n, err := newPending(t.Context(), nil, &out).Write(message); n != len(message) || err != nil || strings.Contains(out.String(), "xxx") {
		t.Errorf("wrote %d of %d bytes, %v: %s", n, len(message), err, &out)
	}
	r, w := io.Pipe()
	r.Close()
	if n, err := newPending(t.Context(), nil, w).Write(message); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("wrote %d bytes to a closed output, %v", n, err)
	}
}
