package front

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// session is a client as the library sees it: one that made a handshake, or a single request of a
// client without a handshake. It is safe for concurrent use.
type session struct {
	id            string
	conn          *connection
	via           jsonrpc.Exchange // that messages go with; nil if it depends on the message
	optIn         bool             // it gets the notifications that it asked for alone
	listens       string           // the id, as JSON, of the request for them
	notifications chan mcp.JSONRPCNotification
	flushes       chan chan struct{}
	initialized   atomic.Bool
	// label returns the name of the session in the audit: ids are secrets over HTTP. Requests of
	// revisions without sessions share one.
	label func() string

	mu           sync.Mutex // guards the fields below
	level        mcp.LoggingLevel
	version      string
	info         mcp.Implementation
	capabilities mcp.ClientCapabilities
	filter       mcp.SubscriptionFilter
}

var (
	_ server.SessionWithLogging            = (*session)(nil)
	_ server.SessionWithClientInfo         = (*session)(nil)
	_ server.SessionWithElicitation        = (*session)(nil)
	_ server.SessionWithProtocolVersion    = (*session)(nil)
	_ server.SessionWithSubscriptionFilter = (*session)(nil)
)

func newSession(id string, c *connection) *session {
	s := &session{
		id: id, conn: c, level: mcp.LoggingLevelError,
		notifications: make(chan mcp.JSONRPCNotification, 100), flushes: make(chan chan struct{}),
	}
	s.label = sync.OnceValue(func() string {
		sum := sha256.Sum256([]byte(s.id))
		return hex.EncodeToString(sum[:8])
	})
	return s
}

// flush returns when all notifications so far are sent, or ctx ends: they come before the answer.
func (s *session) flush(ctx context.Context) {
	flushed := make(chan struct{})
	select {
	case s.flushes <- flushed:
		<-flushed
	case <-ctx.Done():
	}
}

// RequestElicitation implements [server.SessionWithElicitation].
func (s *session) RequestElicitation(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	m, err := s.conn.ask(ctx, string(mcp.MethodElicitationCreate), r.Params)
	if err != nil {
		return nil, err
	}
	if m.Err != nil {
		var e struct {
			Message string `json:"message"`
		}
		_ = json.Unmarshal(m.Err, &e) // without a message, that it is an error says enough
		return nil, fmt.Errorf("the client answers with an error: %s", e.Message)
	}
	var result *mcp.ElicitationResult
	if err := json.Unmarshal(m.Result, &result); err != nil {
		return nil, fmt.Errorf("read the answer of the client: %w", err)
	}
	if result == nil {
		return nil, errors.New("the answer of the client has no result")
	}
	return result, nil
}

func (s *session) SessionID() string                                   { return s.id }
func (s *session) NotificationChannel() chan<- mcp.JSONRPCNotification { return s.notifications }
func (s *session) Initialize()                                         { s.initialized.Store(true) }
func (s *session) Initialized() bool                                   { return s.initialized.Load() }
func (s *session) SetLogLevel(l mcp.LoggingLevel)                      { set(s, &s.level, l) }
func (s *session) GetLogLevel() mcp.LoggingLevel                       { return get(s, &s.level) }
func (s *session) SetProtocolVersion(v string)                         { set(s, &s.version, v) }
func (s *session) ProtocolVersion() string                             { return get(s, &s.version) }
func (s *session) SetClientInfo(i mcp.Implementation)                  { set(s, &s.info, i) }
func (s *session) GetClientInfo() mcp.Implementation                   { return get(s, &s.info) }
func (s *session) SetClientCapabilities(c mcp.ClientCapabilities)      { set(s, &s.capabilities, c) }
func (s *session) GetClientCapabilities() mcp.ClientCapabilities       { return get(s, &s.capabilities) }
func (s *session) SetSubscriptionFilter(f mcp.SubscriptionFilter)      { set(s, &s.filter, f) }
func (s *session) SubscriptionFilter() (mcp.SubscriptionFilter, bool) {
	return get(s, &s.filter), s.optIn
}

// set and get access a field that s.mu guards.
func set[T any](s *session, field *T, v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*field = v
}

func get[T any](s *session, field *T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *field
}
