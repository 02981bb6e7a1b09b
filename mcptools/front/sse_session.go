package front

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// sseSession is a session of the HTTP+SSE transport. It is safe for concurrent use.
type sseSession struct {
	id            string
	ctx           context.Context // ends with the stream
	cancel        context.CancelFunc
	events        chan []byte // data of events
	notifications chan mcp.JSONRPCNotification
	calls         chan struct{} // holds a value for each request under way
	initialized   atomic.Bool
	asked         atomic.Int64 // number of questions

	mu           sync.Mutex // guards the fields below
	level        mcp.LoggingLevel
	info         mcp.Implementation
	capabilities mcp.ClientCapabilities
	answers      map[string]chan<- []byte // of questions that wait, by id
}

var (
	_ server.SessionWithLogging     = (*sseSession)(nil)
	_ server.SessionWithClientInfo  = (*sseSession)(nil)
	_ server.SessionWithElicitation = (*sseSession)(nil)
)

func newSSESession(ctx context.Context, id string) *sseSession {
	x := &sseSession{
		id: id, events: make(chan []byte, maxEvents), notifications: make(chan mcp.JSONRPCNotification, maxEvents),
		calls: make(chan struct{}, maxCalls), level: mcp.LoggingLevelError, answers: make(map[string]chan<- []byte),
	}
	x.ctx, x.cancel = context.WithCancel(ctx)
	return x
}

// begin counts a request as under way. It reports false if there are too many.
func (x *sseSession) begin() bool {
	select {
	case x.calls <- struct{}{}:
		return true
	default:
		return false
	}
}

func (x *sseSession) end() { <-x.calls }

// send queues a message for the client. It waits for room, and gives up with its context.
func (x *sseSession) send(ctx context.Context, message any) error {
	if message == nil {
		return nil
	}
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	select {
	case x.events <- data:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// writeEvents writes events until the session ends or a write fails.
func (x *sseSession) writeEvents(w http.ResponseWriter) error {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		var data []byte
		select {
		case <-x.ctx.Done():
			return nil
		case data = <-x.events:
		case n := <-x.notifications:
			var err error
			if data, err = json.Marshal(n); err != nil {
				return err
			}
		case <-ping.C:
			if err := x.write(w, ": still here\n\n"); err != nil {
				return err
			}
			continue
		}
		if err := x.write(w, "event: message\ndata: "+string(data)+"\n\n"); err != nil { // JSON has no line break
			return err
		}
	}
}

// write writes to the stream. A client that does not read for writeTimeout is given up.
func (x *sseSession) write(w http.ResponseWriter, text string) error {
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	return c.Flush()
}

// answer passes on the client's answer to a question. An answer without a question is dropped.
func (x *sseSession) answer(id string, data []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c, ok := x.answers[id]; ok {
		delete(x.answers, id) // the first answer counts
		c <- data             // has room for one
	}
}

// RequestElicitation implements [server.SessionWithElicitation].
func (x *sseSession) RequestElicitation(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	number := x.asked.Add(1)
	id := strconv.FormatInt(number, 10)
	answer := make(chan []byte, 1)
	x.mu.Lock()
	x.answers[id] = answer
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.answers, id)
	}()
	err := x.send(ctx, map[string]any{
		"jsonrpc": mcp.JSONRPC_VERSION, "id": number, "method": mcp.MethodElicitationCreate, "params": r.Params,
	})
	if err != nil {
		return nil, err
	}
	var reply struct {
		Result *mcp.ElicitationResult `json:"result"`
		Error  *struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	select {
	case data := <-answer:
		if err := json.Unmarshal(data, &reply); err != nil {
			return nil, fmt.Errorf("read the answer of the client: %w", err)
		}
	case <-ctx.Done():
		return nil, ctx.Err() // also when the session ends
	}
	switch {
	case reply.Error != nil:
		return nil, fmt.Errorf("the client answers with an error: %s", reply.Error.Message)
	case reply.Result == nil:
		return nil, errors.New("the answer of the client has no result")
	}
	return reply.Result, nil
}

func (x *sseSession) SessionID() string { return x.id }

func (x *sseSession) NotificationChannel() chan<- mcp.JSONRPCNotification { return x.notifications }

func (x *sseSession) Initialize() { x.initialized.Store(true) }

func (x *sseSession) Initialized() bool { return x.initialized.Load() }

func (x *sseSession) SetLogLevel(l mcp.LoggingLevel) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.level = l
}

func (x *sseSession) GetLogLevel() mcp.LoggingLevel {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.level
}

func (x *sseSession) SetClientInfo(i mcp.Implementation) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.info = i
}

func (x *sseSession) GetClientInfo() mcp.Implementation {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.info
}

func (x *sseSession) SetClientCapabilities(c mcp.ClientCapabilities) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.capabilities = c
}

func (x *sseSession) GetClientCapabilities() mcp.ClientCapabilities {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.capabilities
}
