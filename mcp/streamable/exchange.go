package streamable

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
)

// exchange is an HTTP request of a client with a request of JSON-RPC, and its response: one
// message, or a stream of events that ends with the answer.
type exchange struct {
	*stream
	id       string // of the request
	request  *http.Request
	listens  bool // it asks for a stream of notifications
	streamed bool // the response is a stream of events
	// challenge returns the WWW-Authenticate header that asks the client for more scopes, or ""
	// without such scopes.
	challenge func(scopes []string) string
	// stateless means that it belongs to no session: it cannot be resumed, and the status says what
	// kind of error the answer is.
	stateless bool
	patience  time.Duration // as [Config.Patience]
}

// Request, IsStateless, Lacks and End make it a [jsonrpc.Exchange].
func (x *exchange) Request() *http.Request { return x.request }

func (x *exchange) IsStateless() bool { return x.stateless }

func (x *exchange) Lacks(scopes []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lacks = scopes
}

func (x *exchange) End() { x.end() }

// respond writes the response. The error says that the client no longer waits, or that there is no
// answer and nothing was written.
func (x *exchange) respond(ctx context.Context, w http.ResponseWriter, prime bool) error {
	turn, sent := x.take(), 0
	var first []byte
	if !x.listens {
		var err error
		wait, cancel := context.WithTimeout(ctx, x.patience)
		first, err = x.next(wait, turn, 0)
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && first == nil:
			return errUnanswered
		}
		if status, ok := x.only(); ok && err == nil {
			if challenge := x.challenged(); challenge != "" {
				w.Header().Set("WWW-Authenticate", challenge)
				status = http.StatusForbidden
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, err = w.Write(first)
			return err
		}
	}
	x.streamed = true
	e := events{w: w, stream: x.stream}
	if x.stateless {
		e.stream, prime = nil, false
	}
	if err := e.begin(prime); err != nil {
		return err
	}
	if first != nil {
		sent = 1
		if err := e.message(sent, first); err != nil {
			return err
		}
	}
	return e.serve(ctx, x.stream, turn, sent)
}

// challenged returns the header that asks the client for the scopes that it lacks, or "" if it
// lacks none or cannot get any.
func (x *exchange) challenged() string {
	scopes := get(&x.mu, &x.lacks)
	if len(scopes) == 0 || x.challenge == nil {
		return ""
	}
	return x.challenge(scopes)
}

// answer gives the exchange a message: its last if it is a response.
func (x *exchange) answer(m *jsonrpc.Message) bool {
	if !m.IsResponse() {
		return x.push(m.Text)
	}
	status := http.StatusOK
	if x.stateless {
		status = statusOf(m)
	}
	x.finish(m, status)
	return true
}

// statusOf returns the status of the answer to a stateless request.
func statusOf(m *jsonrpc.Message) int {
	if m.Err == nil {
		return http.StatusOK
	}
	var e struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(m.Err, &e) != nil {
		return http.StatusOK
	}
	switch e.Code {
	case jsonrpc.CodeMethodNotFound:
		return http.StatusNotFound
	case mirror.CodeMismatch, -32021, -32022, jsonrpc.CodeInvalidRequest, jsonrpc.CodeInvalidParams, jsonrpc.CodeParse:
		return http.StatusBadRequest
	}
	return http.StatusOK
}
