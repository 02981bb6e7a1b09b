package mcptools

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// maxLine is the longest message that a client may send, in bytes.
const maxLine = 16 << 20

// ServeStdio speaks MCP on in and out, one message a line, until in ends or ctx does. At the end of in it waits
// for the answers to what was asked, which the library drops. A line that is too long ends it with an error.
//
// The library has one stdio session per process: do not call this twice at once.
func ServeStdio(ctx context.Context, s *server.MCPServer, in io.Reader, out io.Writer, logger *slog.Logger) error {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	std := server.NewStdioServer(s)
	std.SetErrorLogger(log.New(logWriter{logger}, "", 0))
	// Calls that wait for a person must not block the others.
	server.WithWorkerPoolSize(64)(std)
	server.WithQueueSize(10000)(std)
	d := &dialogue{ctx: ctx, in: bufio.NewReaderSize(in, 64<<10), out: out, settled: make(chan struct{}, 1), open: map[string]int{}, listening: map[string][]byte{}}
	err := std.Listen(ctx, d, d)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil // interrupted, as asked
	}
	if d.tooLong {
		err = fmt.Errorf("read from the client: a message is longer than %d bytes", maxLine)
	}
	return err
}

// dialogue counts what was asked and not yet answered, so that the end of input can wait.
type dialogue struct {
	ctx     context.Context
	in      *bufio.Reader
	rest    []byte // of the line that Read is giving out
	tooLong bool
	settled chan struct{}

	mu   sync.Mutex     // guards all below
	open map[string]int // ids asked, how often
	out  io.Writer
	// listening has the ids of subscriptions/listen that were not acknowledged yet, and what else was answered
	// to them meanwhile: the library writes notifications from another goroutine than answers, and an answer must
	// not come before the acknowledgement.
	listening map[string][]byte
}

// Read gives one line after the other.
func (d *dialogue) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		line, err := d.line()
		if err != nil {
			if errors.Is(err, io.EOF) {
				d.wait()
			}
			return 0, err
		}
		d.asked(line)
		d.rest = line
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// line reads one line with its end; the last one may lack it.
func (d *dialogue) line() ([]byte, error) {
	var line []byte
	for {
		part, err := d.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			d.tooLong = true
			return nil, errors.New("line too long")
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(bytes.TrimSpace(line)) > 0:
			return append(line, '\n'), nil
		case err != nil:
			return nil, err
		}
		if len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
		line = line[:0] // the library answers an empty line with an error
	}
}

// message is what tells a request from an answer.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method *string         `json:"method"`
	Error  json.RawMessage `json:"error"`
	Params messageParams   `json:"params"`
}

// messageParams is what is looked at of a message's params; they may be anything.
type messageParams struct {
	Meta struct {
		Subscription json.RawMessage `json:"io.modelcontextprotocol/subscriptionId"`
	} `json:"_meta"`
}

// UnmarshalJSON takes params of any form.
func (p *messageParams) UnmarshalJSON(data []byte) error {
	type plain messageParams
	json.Unmarshal(data, (*plain)(p)) // what does not fit is not looked at
	return nil
}

func (d *dialogue) asked(line []byte) {
	var m message
	if json.Unmarshal(line, &m) != nil || m.Method == nil || len(m.ID) == 0 || string(m.ID) == "null" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if *m.Method == "subscriptions/listen" { // lasts as long as the session does
		d.listening[idKey(m.ID)] = nil
		return
	}
	d.open[idKey(m.ID)]++
}

// idKey is an id as the library writes it, which reads numbers as float64.
func idKey(raw json.RawMessage) string {
	var v any
	json.Unmarshal(raw, &v) // part of a message that was read already
	out, _ := json.Marshal(v)
	return string(out)
}

// Write passes one message on: the library writes each with one call.
func (d *dialogue) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var m message
	bad := json.Unmarshal(p, &m) != nil
	if !bad && m.Method == nil && m.Error == nil {
		if held, ok := d.listening[idKey(m.ID)]; ok && held == nil {
			d.listening[idKey(m.ID)] = bytes.Clone(p)
			return len(p), nil
		}
	}
	n, err := d.out.Write(p)
	if err == nil && !bad && m.Method != nil && *m.Method == mcp.MethodNotificationSubscriptionsAcknowledged {
		id := idKey(m.Params.Meta.Subscription)
		if held := d.listening[id]; held != nil {
			_, err = d.out.Write(held)
		}
		delete(d.listening, id)
	}
	if !bad && m.Method == nil && len(m.ID) > 0 {
		if id := idKey(m.ID); d.open[id] > 1 {
			d.open[id]--
		} else {
			delete(d.open, id)
		}
		d.tell()
	}
	return n, err
}

func (d *dialogue) tell() {
	select {
	case d.settled <- struct{}{}:
	default:
	}
}

// patience is how long the end of input waits for answers: a call that the client cancelled may get none.
const patience = 30 * time.Second

// wait returns once everything asked was answered, or patience or the context is over.
func (d *dialogue) wait() {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		d.mu.Lock()
		n := len(d.open)
		d.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-d.settled:
		case <-limit.C:
			return
		case <-d.ctx.Done():
			return
		}
	}
}

// logWriter takes the lines of the library's log.
type logWriter struct{ log *slog.Logger }

func (w logWriter) Write(p []byte) (int, error) {
	w.log.Warn("mcp", "text", string(bytes.TrimSpace(p)))
	return len(p), nil
}
