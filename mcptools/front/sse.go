package front

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/refusallog"
)

// Limits of the HTTP+SSE transport.
const (
	maxStreams   = 64               // streams of one server
	maxCalls     = 64               // requests under way in one session
	maxEvents    = 100              // events that wait to be written to one stream
	pingInterval = 30 * time.Second // between comments that show that a stream is alive
	writeTimeout = 30 * time.Second // of one event
)

// sseServer serves an MCP server over the HTTP+SSE transport of protocol 2024-11-05. A GET opens a
// stream of events, which is a session. Its first event names the path for messages. Each POST to
// it carries a message and gets status 202; the response is an event. The session ends with its
// stream, and its calls with the session.
type sseServer struct {
	mcp     *server.MCPServer
	message string // path for messages
	log     *slog.Logger
	// refusals logs refused streams.
	refusals *refusallog.Log

	mu       sync.Mutex // guards the fields below
	sessions map[string]*sseSession
	closed   bool
}

func newSSEServer(s *server.MCPServer, message string, log *slog.Logger) *sseServer {
	return &sseServer{mcp: s, message: message, log: log, refusals: refusallog.New(log), sessions: make(map[string]*sseSession)}
}

// open adds a session that ends with ctx. It returns nil if there are too many.
func (s *sseServer) open(ctx context.Context) *sseSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.sessions) >= maxStreams {
		return nil
	}
	x := newSSESession(ctx, rand.Text())
	s.sessions[x.id] = x
	return x
}

// remove ends a session.
func (s *sseServer) remove(x *sseSession) {
	x.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, x.id)
}

// close ends all sessions and opens no more.
func (s *sseServer) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, x := range s.sessions {
		x.cancel()
	}
}

// serveStream serves a stream until its client leaves or the server closes.
func (s *sseServer) serveStream(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "a stream is opened with GET", http.StatusMethodNotAllowed)
		return
	}
	x := s.open(r.Context())
	if x == nil {
		s.refusals.Warn("refused", "why", "too many streams", "from", r.RemoteAddr)
		w.Header().Set("Retry-After", "10")
		http.Error(w, fmt.Sprintf("%d streams are open, and no more are accepted", maxStreams), http.StatusServiceUnavailable)
		return
	}
	defer s.remove(x)
	if err := s.mcp.RegisterSession(x.ctx, x); err != nil {
		http.Error(w, "the session cannot be opened", http.StatusInternalServerError)
		return
	}
	defer s.mcp.UnregisterSession(context.WithoutCancel(x.ctx), x.id)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if err := x.write(w, "event: endpoint\ndata: "+s.message+"?sessionId="+x.id+"\n\n"); err != nil {
		return
	}
	if err := x.writeEvents(w); err != nil {
		s.log.Debug("stream ended", "err", err)
	}
}

// serveMessage takes a message of a session.
func (s *sseServer) serveMessage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "a message is sent with POST", http.StatusMethodNotAllowed)
		return
	}
	s.mu.Lock()
	x := s.sessions[r.URL.Query().Get("sessionId")]
	s.mu.Unlock()
	if x == nil {
		http.Error(w, "there is no such session: open a stream", http.StatusNotFound)
		return
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has left
	}
	var m message
	if json.Unmarshal(data, &m) != nil {
		http.Error(w, "the body is not a JSON-RPC message", http.StatusBadRequest)
		return
	}
	ctx := context.WithValue(s.mcp.WithContext(x.ctx, x), headerKey{}, r.Header)
	switch {
	case m.Method == nil:
		x.answer(idKey(m.ID), data)
	case !m.isRequest():
		s.handle(ctx, data) // before the message that follows
	case !x.begin():
		http.Error(w, fmt.Sprintf("%d calls of this session are under way, and no more are accepted", maxCalls),
			http.StatusTooManyRequests)
		return
	default:
		go func() {
			defer x.end()
			x.send(ctx, s.handle(ctx, data))
		}()
	}
	w.WriteHeader(http.StatusAccepted)
}

// handle returns the response to a message; what it returns to a notification is not sent. Like
// net/http, it survives a panic.
func (s *sseServer) handle(ctx context.Context, data []byte) (response mcp.JSONRPCMessage) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(s.log, v)
			var m message
			json.Unmarshal(data, &m) // valid: serveMessage has read it
			response = json.RawMessage(failure(m.ID, mcp.INTERNAL_ERROR, "internal error"))
		}
	}()
	return s.mcp.HandleMessage(ctx, data)
}
