package front

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

// maxLine limits a message from a client, in bytes.
const maxLine = 16 << 20

// ServeStdio serves s over in and out, one JSON-RPC message per line, until in ends or ctx is
// cancelled. When in ends, ServeStdio waits for the responses to all pending requests; the library
// alone would drop them. A line longer than 16 MiB ends it with an error. A message that names a
// member twice gets an error as its response. If logger is nil, logs
// are discarded.
//
// The library supports one stdio session per process, so calls must not overlap.
func ServeStdio(ctx context.Context, s *server.MCPServer, in io.Reader, out io.Writer, logger *slog.Logger) error {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	std := server.NewStdioServer(s)
	std.SetErrorLogger(log.New(logWriter{logger}, "", 0))
	// A call that waits for a person must not block the others.
	server.WithWorkerPoolSize(64)(std)
	server.WithQueueSize(10000)(std)
	p := &pendingCalls{
		ctx: ctx, in: bufio.NewReaderSize(in, 64<<10), out: out, responded: make(chan struct{}, 1),
		pending: map[string]int{}, listening: map[string][]byte{},
	}
	err := std.Listen(context.WithValue(ctx, handshakeKey{}, &p.handshake), p, p)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil // the caller cancelled ctx
	}
	if p.tooLong {
		err = fmt.Errorf("read from the client: a message is longer than %d bytes", maxLine)
	}
	return err
}

// pendingCalls counts the requests without a response, so that the end of the input can wait for
// them. It stands between the library and both streams.
type pendingCalls struct {
	ctx       context.Context
	in        *bufio.Reader
	rest      []byte // of the line that Read hands out
	tooLong   bool
	handshake handshake
	responded chan struct{} // gets a value after a response

	mu      sync.Mutex     // guards the fields below
	pending map[string]int // number of requests without a response, by id
	out     io.Writer
	// listening holds the id of each subscriptions/listen request that was not acknowledged yet,
	// and the response that came before the acknowledgement. The library writes notifications and
	// responses from different goroutines, but the acknowledgement must come first.
	listening map[string][]byte
}

// Read returns the input line by line.
func (p *pendingCalls) Read(buf []byte) (int, error) {
	if len(p.rest) == 0 {
		line, err := p.line()
		if err != nil {
			if errors.Is(err, io.EOF) {
				p.wait()
			}
			return 0, err
		}
		if err := checkNames(line); err != nil {
			p.mu.Lock()
			_, werr := p.out.Write(append(refusal(line, err), '\n'))
			p.mu.Unlock()
			if werr != nil {
				return 0, werr
			}
			return p.Read(buf)
		}
		p.noteRequest(line)
		p.handshake.note(line)
		p.rest = line
	}
	n := copy(buf, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// line reads one line with its line end, which it adds where the last line lacks it. It skips empty
// lines, because the library answers them with an error.
func (p *pendingCalls) line() ([]byte, error) {
	var line []byte
	for {
		chunk, err := p.in.ReadSlice('\n')
		line = append(line, chunk...)
		switch {
		case len(line) > maxLine:
			p.tooLong = true
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
		line = line[:0]
	}
}

// message holds the members that distinguish requests, responses and notifications.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  *string         `json:"method"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
	Params  messageParams   `json:"params"`
}

// isRequest reports whether the library answers the message under its id. It takes a message with a
// result for a response, also if it has a method.
func (m *message) isRequest() bool {
	return m.Method != nil && !isNull(m.ID) && isNull(m.Result)
}

// isNull reports whether a member is missing or null.
func isNull(member json.RawMessage) bool { return len(member) == 0 || string(member) == "null" }

// messageParams holds the subscription id in a message's params.
type messageParams struct {
	Meta struct {
		Subscription json.RawMessage `json:"io.modelcontextprotocol/subscriptionId"`
	} `json:"_meta"`
}

// UnmarshalJSON accepts params of any form and ignores members that do not fit.
func (p *messageParams) UnmarshalJSON(data []byte) error {
	type plain messageParams
	json.Unmarshal(data, (*plain)(p))
	return nil
}

// noteRequest counts line as pending if it is a request.
func (p *pendingCalls) noteRequest(line []byte) {
	var m message
	if json.Unmarshal(line, &m) != nil || !m.isRequest() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if *m.Method == "subscriptions/listen" { // stays open until the session ends
		p.listening[idKey(m.ID)] = nil
		return
	}
	p.pending[idKey(m.ID)]++
}

// idKey returns an id as the library writes it: the library reads numbers as float64.
func idKey(raw json.RawMessage) string {
	var v any
	json.Unmarshal(raw, &v) // part of a valid message: cannot fail
	out, _ := json.Marshal(v)
	return string(out)
}

// maxResultID limits the part of a message in which resultID looks for the id, in bytes.
const maxResultID = 256

// resultID returns the id of a result as the library writes it, without parsing the result, which
// may be long. It is nil if a message must be parsed.
func resultID(data []byte) json.RawMessage {
	rest, ok := bytes.CutPrefix(data, []byte(`{"jsonrpc":"2.0","id":`))
	id, _, isResult := bytes.Cut(rest[:min(len(rest), maxResultID)], []byte(`,"result":`))
	if !ok || !isResult || !json.Valid(id) {
		return nil
	}
	return id
}

// Write passes one message on. The library writes each message with one call.
func (p *pendingCalls) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := message{ID: resultID(data)}
	if m.ID == nil && json.Unmarshal(data, &m) != nil {
		return p.out.Write(data)
	}
	size := len(data)
	data = withoutPanic(&m, data)
	if m.Method == nil && m.Error == nil {
		if held, ok := p.listening[idKey(m.ID)]; ok && held == nil {
			p.listening[idKey(m.ID)] = bytes.Clone(data)
			return len(data), nil
		}
	}
	n, err := p.out.Write(data)
	if err == nil {
		n = size
	}
	if err == nil && m.Method != nil && *m.Method == mcp.MethodNotificationSubscriptionsAcknowledged {
		id := idKey(m.Params.Meta.Subscription)
		if held := p.listening[id]; held != nil {
			_, err = p.out.Write(held)
		}
		delete(p.listening, id)
	}
	if m.Method == nil && len(m.ID) > 0 {
		if m.Error != nil {
			delete(p.listening, idKey(m.ID)) // it was refused: there is no acknowledgement
		}
		p.noteResponse(idKey(m.ID))
	}
	return n, err
}

// noteResponse counts a response to the request with that id. The caller holds mu.
func (p *pendingCalls) noteResponse(id string) {
	if p.pending[id] > 1 {
		p.pending[id]--
	} else {
		delete(p.pending, id)
	}
	select {
	case p.responded <- struct{}{}:
	default:
	}
}

// drainTimeout limits how long the end of the input waits for responses. A call that the client
// cancelled may never get one.
const drainTimeout = 30 * time.Second

// wait returns when no request is pending, after drainTimeout, or when the context ends.
func (p *pendingCalls) wait() {
	timeout := time.After(drainTimeout)
	for {
		p.mu.Lock()
		n := len(p.pending)
		p.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-p.responded:
		case <-timeout:
			return
		case <-p.ctx.Done():
			return
		}
	}
}

// logWriter writes the lines of the library's log to a slog.Logger.
type logWriter struct{ log *slog.Logger }

func (w logWriter) Write(p []byte) (int, error) {
	w.log.Warn("mcp", "text", withoutPanicText(string(bytes.TrimSpace(p))))
	return len(p), nil
}
