package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/upstream"
)

// The limits of what a server sends. Those of a message are in mcp/jsonrpc, too.
const (
	// maxMessage limits a message, and all pages of a list together, in bytes.
	maxMessage = 32 << 20
	// maxValues limits the JSON values of a result, each of which may take 100 bytes when decoded.
	maxValues = 1_000_000
	// maxItems limits the items of a list, such as tools.
	maxItems = 50_000
	// maxPages limits a list whose cursors never end.
	maxPages = 10_000
	// maxQuestions limits the requests of the server that are not answered yet.
	maxQuestions = 64
)

var (
	errValues    = errors.New("the server sent a message of more than 1,000,000 JSON values, the limit of this client: ask for less")
	errItems     = errors.New("the server lists more than 50,000 items or 32 MiB, the limit of this client: let it offer fewer")
	errQuestions = errors.New("the server asked more than 64 questions before one was answered: the connection was ended")
)

// ServerError is an error that the server returned (a JSON-RPC error).
type ServerError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("the server refused: %s (%d)", e.Message, e.Code)
}

// wait is a request that the server has not answered.
type wait struct {
	ctx    context.Context
	stop   context.CancelCauseFunc // ends ctx
	asks   bool                    // the server may ask the person during it
	answer chan jsonrpc.Packet
}

// give gives a wait its answer, unless it has one.
func (w *wait) give(p jsonrpc.Packet) {
	select {
	case w.answer <- p:
	default:
	}
}

// request makes a request and returns the result as the server sent it.
func (s *Session) request(ctx context.Context, method string, params map[string]any) (json.RawMessage, error) {
	if ctx.Err() != nil { // a call that was cancelled is not sent
		return nil, context.Cause(ctx)
	}
	text, err := json.Marshal(params) // on one line
	if err != nil {
		return nil, err
	}
	asks := method == "tools/call" || method == "resources/read" || method == "prompts/get"
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w := &wait{ctx, stop, asks, make(chan jsonrpc.Packet, 1)}
	s.mu.Lock()
	s.last++
	id := fmt.Sprint(s.last)
	s.waits[id] = w
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waits, id)
	}()
	go func() { // a server need not read
		if s.conn.Send(jsonrpc.Request(id, method, text), nil) != nil {
			w.give(jsonrpc.Packet{Lost: jsonrpc.ErrEnded})
		}
	}()
	select {
	case p := <-w.answer:
		return s.result(p)
	case <-s.done:
		select {
		case p := <-w.answer:
			return s.result(p)
		default:
			return nil, s.ended()
		}
	case <-ctx.Done():
		if method != "initialize" {
			go s.conn.Send(jsonrpc.Notification("notifications/cancelled", fmt.Appendf(nil, `{"requestId":%s}`, id)), nil)
		}
		return nil, context.Cause(ctx)
	}
}

// result returns the result of an answer, or an error without one.
func (s *Session) result(p jsonrpc.Packet) (json.RawMessage, error) {
	var bad *jsonrpc.Malformed
	switch {
	case errors.Is(p.Lost, jsonrpc.ErrEnded):
		return nil, s.ended()
	case errors.Is(p.Lost, upstream.ErrSignIn):
		return nil, ErrSignIn
	case errors.Is(p.Lost, upstream.ErrUnauthorized):
		return nil, errors.New("the server requires credentials (401)")
	case errors.As(p.Lost, &bad):
		return nil, fmt.Errorf("the answer of the server is not valid: %w", bad)
	case p.Lost != nil:
		return nil, p.Lost
	case p.Err != nil:
		e := &ServerError{}
		if json.Unmarshal(p.Err, e) != nil {
			return nil, errors.New("the server refused, but its error is not valid")
		}
		return nil, e
	case hasTooManyValues(p.Result):
		return nil, errValues
	}
	return json.RawMessage(p.Result), nil
}

// ended says how the server ended.
func (s *Session) ended() error {
	err := s.conn.Close() // waits for a child
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.why != nil:
		return s.why
	case err != nil:
		return fmt.Errorf("%w (%w)", ErrEnded, err)
	}
	return ErrEnded
}

// hasTooManyValues reports whether a text has more than maxValues values.
func hasTooManyValues(text []byte) bool {
	n := 1
	for i := 0; i < len(text) && n <= maxValues; i++ {
		switch text[i] {
		case '"':
			end, _ := jsonvalue.StringEnd(text, i)
			i = end - 1
		case ',', '[', '{':
			n++
		}
	}
	return n > maxValues
}

// receive takes what the server sends.
func (s *Session) receive() {
	defer close(s.done)
	for {
		p, err := s.conn.Receive()
		var bad *jsonrpc.Malformed
		switch {
		case errors.As(err, &bad):
			s.malformed(p.Stream, bad)
		case err != nil:
			if errors.Is(err, jsonrpc.ErrSession) {
				s.end(fmt.Errorf("%w the session", ErrEnded))
			}
			return
		case p.Lost != nil:
			s.answer(p.Stream, p)
		case p.IsResponse():
			s.answer(p.ID, p)
		case p.IsNotification():
			s.handleNotification(p.Message)
		case s.asked.Add(1) > maxQuestions:
			s.end(errQuestions)
			return
		default:
			go s.reply(s.during(p.Stream), p.Message)
		}
	}
}

// end notes why nothing comes from the server any more.
func (s *Session) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.why = why
}

// answer gives an answer to the request with an id, and reports whether somebody waits for it.
func (s *Session) answer(id string, p jsonrpc.Packet) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.waits[jsonrpc.Key(id)]
	if w != nil {
		w.give(p)
	}
	return w != nil
}

// malformed ends the request whose answer is not valid. If it does not say whose answer it is, it
// may be that of any, unless it is no JSON: many programs write other lines to stdout.
func (s *Session) malformed(stream string, bad *jsonrpc.Malformed) {
	p := jsonrpc.Packet{Lost: bad}
	if stream == "" && !bad.Asks {
		stream = bad.ID
	}
	if s.answer(stream, p) || bad.Asks || bad.Code == jsonrpc.CodeParse {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.waits {
		w.give(p)
	}
}

// during returns the call during which the server asks, or nil. On stdio, a question does not say
// to which call it belongs.
func (s *Session) during(stream string) *wait {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waits[jsonrpc.Key(stream)]; w != nil && w.asks {
		return w
	}
	for _, w := range s.waits {
		if w.asks {
			return w
		}
	}
	return nil
}

// reply answers a request of the server.
func (s *Session) reply(call *wait, m *jsonrpc.Message) {
	answer := jsonrpc.Failure(m.ID, jsonrpc.CodeMethodNotFound, "this client does not answer "+m.Method, nil)
	switch {
	case m.Method == "ping":
		answer = jsonrpc.Response(m.ID, []byte("{}"))
	case m.Method == "elicitation/create" && s.config.Form != nil:
		answer = jsonrpc.Response(m.ID, s.config.Form.elicit(call, m.Params))
	}
	_ = s.conn.Send(answer, nil) // the reader notices that the server has ended
	s.asked.Add(-1)
}

// list reads all pages of a list and returns the items as the server sent them.
func (s *Session) list(ctx context.Context, method string) ([]json.RawMessage, error) {
	var all []json.RawMessage
	what := strings.TrimSuffix(method, "/list")
	params := map[string]any{}
	seen := map[string]bool{}
	size := 0
	for range maxPages {
		raw, err := s.request(ctx, method, params)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		var page struct { // which has one of the lists
			Tools, Resources, ResourceTemplates, Prompts []json.RawMessage
			NextCursor                                   string
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, fmt.Errorf("list %s: read a page: %w", what, err)
		}
		all = append(all, slices.Concat(page.Tools, page.Resources, page.ResourceTemplates, page.Prompts)...)
		if size += len(raw); size > maxMessage || len(all) > maxItems {
			return nil, fmt.Errorf("list %s: %w", what, errItems)
		}
		next := page.NextCursor
		if next == "" {
			return all, nil
		}
		if seen[next] {
			break
		}
		seen[next] = true
		params["cursor"] = next
	}
	return nil, fmt.Errorf("list %s: the server's pages never end", what)
}
