package streamable

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
)

// Handler serves clients by streamable HTTP: those with sessions (revisions up to 2025-11-25) and
// stateless ones (from 2026-07-28). It checks neither the Host nor the Origin nor a token: put it
// behind a front that does. It is safe for concurrent use.
//
// A session has a connection of its own to the server, which starts with its initialize request and
// ends with a DELETE, when nobody uses it, or with the handler. Stateless requests of one identity
// share a connection; the server sees ids that are unique in it.
type Handler struct {
	c      Config
	ctx    context.Context
	cancel context.CancelFunc
	relays sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session
	shared   map[string]*session // of stateless requests, by the key of the identity
	failed   map[string]failed   // keys of identities whose connection could not be made

	refusals refusals
}

// Runner passes messages between a client and its server until ctx ends, or the client ends the
// connection, or the server fails for good.
type Runner interface {
	Run(ctx context.Context) error
}

// Config is what a handler is made of.
type Config struct {
	// Refused, unless nil, is called for each request that reaches no relay, with the reason; of
	// the refusals of a front, for a part only. identity is nil for those.
	Refused func(identity map[string]any, why string)
	// Relay returns what passes the messages of a client, which policies know as identity and the
	// audit by the label of its session: a relay or a merger. It is called for each session.
	// Required.
	Relay func(client jsonrpc.Conn, identity map[string]any, session string) Runner
	// Identity returns who sends a request, as policies know it: values of JSON. A session belongs
	// to the identity that began it, with all its members. Required.
	Identity func(*http.Request) map[string]any
	// Until returns when the permission to send a request ends, and with it a stream that the
	// request opened; the zero time means never. The session continues for a request with another
	// permission. Nil means never.
	Until func(*http.Request) time.Time
	// Challenge returns the WWW-Authenticate header of the answer to a request that was denied only
	// because the sender's access token lacks scopes: the status is then 403. It returns "" for a
	// sender that cannot ask for scopes, whose answer stays unchanged, as does one that has become
	// a stream of events. Nil means that no sender can.
	Challenge func(r *http.Request, scopes []string) string
	// MaxSessions bounds the sessions, and with them the connections to the server; zero means
	// [DefaultMaxSessions]. Beyond it, a session of the identity that has the most ends: the least
	// recently used one without a request under way, or one with requests if all have some and the
	// new session is another identity's. It also bounds the identities whose stateless requests
	// have a connection.
	MaxSessions int
	// Idle is how long a session lives without a request; zero means [DefaultIdle].
	Idle time.Duration
	// Patience is how long an answer may take before the response becomes a stream of events; zero
	// means [DefaultPatience]. The client then sees that the call is alive, and can resume the
	// stream if it has a session.
	Patience time.Duration
	// MaxMessage bounds a message of the client, in bytes; zero means [jsonrpc.DefaultMaxMessage].
	MaxMessage int
	// Log gets what people may want to know. Required.
	Log *slog.Logger
}

// Defaults of [Config].
const (
	DefaultMaxSessions = 64
	DefaultIdle        = 30 * time.Minute
	DefaultPatience    = time.Second
)

// maxInitialize bounds a client's description of itself, in bytes: sessions keep it.
const maxInitialize = 64 << 10

// failed says when a connection may be tried again.
type failed struct {
	until time.Time
	pause time.Duration
	why   error
}

// New returns a handler. Close it.
func New(c Config) *Handler {
	c.MaxSessions = cmp.Or(max(c.MaxSessions, 0), DefaultMaxSessions)
	c.Idle = cmp.Or(max(c.Idle, 0), DefaultIdle)
	c.Patience = cmp.Or(max(c.Patience, 0), DefaultPatience)
	c.MaxMessage = cmp.Or(max(c.MaxMessage, 0), jsonrpc.DefaultMaxMessage)
	h := &Handler{c: c, sessions: map[string]*session{}, shared: map[string]*session{}, failed: map[string]failed{}}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h
}

// Close ends all sessions, and waits until their connections to the server are closed.
func (h *Handler) Close() {
	h.cancel()
	h.relays.Wait()
}

// ServeHTTP handles a request to the MCP endpoint.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	stateless := jsonrpc.IsStateless(r.Header.Get(mirror.HeaderVersion))
	switch {
	case r.Method == http.MethodPost:
		h.post(w, r)
	case r.Method == http.MethodGet && !stateless:
		h.get(w, r)
	case r.Method == http.MethodDelete && !stateless:
		h.delete(w, r)
	default:
		h.refuseMethod(w, r, http.MethodPost)
	}
}

// refuseMethod answers a request with another HTTP method than the allowed one.
func (h *Handler) refuseMethod(w http.ResponseWriter, r *http.Request, allowed string) {
	w.Header().Set("Allow", allowed)
	h.refuse(w, r, http.StatusMethodNotAllowed,
		jsonrpc.NewMalformed(jsonrpc.CodeInvalidRequest, "", fmt.Sprintf("the method %.60s is not served here", r.Method)))
}

// keyOf returns a text that only an identity with the same members has: a name may have been given
// to somebody else since.
func keyOf(identity map[string]any) string {
	text, _ := json.Marshal(identity) // values of JSON, members sorted
	return string(text)
}

// streaming returns a context for a stream that a request opened, which may go on for ever.
func (h *Handler) streaming(r *http.Request) (context.Context, context.CancelFunc) {
	if h.c.Until != nil {
		if until := h.c.Until(r); !until.IsZero() {
			return context.WithDeadline(r.Context(), until)
		}
	}
	return context.WithCancel(r.Context())
}

// refuse answers a request that reaches no relay, and writes it to the audit.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, status int, bad *jsonrpc.Malformed) {
	if h.c.Refused != nil {
		h.c.Refused(h.c.Identity(r), bad.Why)
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "10")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(bad.Refusal().Text) // who does not read it misses nothing else
}

func (h *Handler) post(w http.ResponseWriter, r *http.Request) {
	m, status, bad := h.read(r)
	if bad != nil {
		h.refuse(w, r, status, bad)
		return
	}
	version := r.Header.Get(mirror.HeaderVersion)
	if jsonrpc.IsStateless(version) || jsonrpc.VersionOf(m) != "" {
		h.postStateless(w, r, m)
		return
	}
	if version != "" && !slices.Contains(jsonrpc.SessionVersions, version) {
		h.refuse(w, r, http.StatusBadRequest,
			jsonrpc.NewMalformed(jsonrpc.CodeInvalidRequest, m.ID, fmt.Sprintf("the protocol version %.60s is not known", version)))
		return
	}
	s, ok := h.session(w, r, m)
	if !ok {
		return
	}
	defer s.leave()
	w.Header().Set(mirror.HeaderSession, s.id)
	if !m.IsRequest() {
		if !s.deliver(r.Context(), jsonrpc.Packet{Message: m}) {
			h.ended(w, r, s, m.ID)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	x := s.call(r.Context(), h.newExchange(r), m)
	if x == nil || errors.Is(x.respond(r.Context(), w, version >= "2025-11-25"), errUnanswered) {
		h.ended(w, r, s, m.ID)
	}
	switch {
	case x == nil:
	case m.Method == "initialize" && get(&x.mu, &x.failed) && r.Header.Get(mirror.HeaderSession) == "":
		h.close(s) // it never began
	case !x.streamed && x.isEnded():
		s.remove(x) // the client knows no event to resume after
	}
}

// newExchange returns the exchange of a request.
func (h *Handler) newExchange(r *http.Request) *exchange {
	x := &exchange{request: r, patience: h.c.Patience}
	if h.c.Challenge != nil {
		x.challenge = func(scopes []string) string { return h.c.Challenge(r, scopes) }
	}
	return x
}

// close ends a session.
func (h *Handler) close(s *session) {
	h.mu.Lock()
	delete(h.sessions, s.id)
	h.mu.Unlock()
	s.cancel()
}

// read returns the message of a request, or why it cannot.
func (h *Handler) read(r *http.Request) (*jsonrpc.Message, int, *jsonrpc.Malformed) {
	refuse := func(status int, why string) (*jsonrpc.Message, int, *jsonrpc.Malformed) {
		return nil, status, &jsonrpc.Malformed{Code: jsonrpc.CodeInvalidRequest, Why: why}
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch charset := params["charset"]; {
	case err != nil || kind != "application/json" || len(r.Header.Values("Content-Type")) > 1:
		return refuse(http.StatusUnsupportedMediaType, "the Content-Type must be application/json")
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return refuse(http.StatusUnsupportedMediaType, "the charset must be utf-8")
	case len(r.Header.Values("Content-Encoding")) > 0:
		return refuse(http.StatusUnsupportedMediaType, "a body with a Content-Encoding is not accepted")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(h.c.MaxMessage)+1))
	var busy interface {
		error
		Status() int
	}
	switch {
	case errors.As(err, &busy):
		return refuse(busy.Status(), busy.Error())
	case errors.As(err, new(*http.MaxBytesError)) || len(body) > h.c.MaxMessage:
		return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("the message is larger than %d bytes", h.c.MaxMessage))
	case err != nil:
		return refuse(http.StatusBadRequest, "the body ends in the middle")
	}
	m, err := jsonrpc.Parse(body)
	if bad, ok := errors.AsType[*jsonrpc.Malformed](err); ok {
		return nil, http.StatusBadRequest, bad
	}
	return m, 0, nil
}

// session returns the session of a request, a new one for initialize, and enters it. It reports
// false if it has answered.
func (h *Handler) session(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) (*session, bool) {
	id := r.Header.Get(mirror.HeaderSession)
	refuse := func(status int, why string) (*session, bool) {
		bad := &jsonrpc.Malformed{Code: jsonrpc.CodeInvalidRequest, Why: why}
		if m != nil {
			bad.ID = m.ID
		}
		h.refuse(w, r, status, bad)
		return nil, false
	}
	switch {
	case len(r.Header.Values(mirror.HeaderSession)) > 1:
		return refuse(http.StatusBadRequest, "the header "+mirror.HeaderSession+" is sent more than once")
	case id == "" && m != nil && m.Method == "initialize" && len(m.Text) > maxInitialize:
		return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("initialize has more than %d bytes: say less of the client", maxInitialize))
	case id == "" && m != nil && m.Method == "initialize" && m.IsRequest():
		s, err := h.begin(r, false)
		if err != nil {
			h.refuse(w, r, http.StatusServiceUnavailable, jsonrpc.NewMalformed(jsonrpc.CodeInternal, m.ID, err.Error()))
		}
		return s, err == nil
	case id == "":
		return refuse(http.StatusBadRequest, "the header "+mirror.HeaderSession+" is missing: begin with initialize")
	}
	h.mu.Lock()
	s := h.sessions[id]
	h.mu.Unlock()
	if s == nil || !s.isOf(h.c.Identity(r)) {
		return refuse(http.StatusNotFound, "there is no such session: begin a new one with initialize")
	}
	s.enter()
	return s, true
}

// begin begins a session, of the old transport if old is set.
func (h *Handler) begin(r *http.Request, old bool) (*session, error) {
	identity := h.c.Identity(r)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sessions) >= h.c.MaxSessions {
		oldest := h.surplus(identityName(identity))
		if oldest == nil {
			return nil, fmt.Errorf("%d %w: try again later", len(h.sessions), errBusy)
		}
		oldest.cancel()
		delete(h.sessions, oldest.id)
	}
	s, ctx := newSession(h.ctx, identity, false, h.c.Idle)
	s.old = old
	h.sessions[s.id] = s
	h.run(ctx, s, func(error) { delete(h.sessions, s.id) })
	return s, nil
}

// run serves a session until it ends. It then calls ended with h.mu held. The caller holds h.mu.
func (h *Handler) run(ctx context.Context, s *session, ended func(error)) {
	relay := h.c.Relay(jsonrpc.OneHandshake(s), s.identity, s.label)
	h.relays.Go(func() {
		err := relay.Run(ctx)
		if err != nil && ctx.Err() == nil {
			h.c.Log.Warn("a session ended", "reason", err)
		}
		h.mu.Lock()
		ended(err)
		h.mu.Unlock()
		s.end(err)
	})
}

// ended answers a request whose session has ended.
func (h *Handler) ended(w http.ResponseWriter, r *http.Request, s *session, id string) {
	w.Header().Del(mirror.HeaderSession)
	switch why := get(&s.mu, &s.cause); {
	case r.Context().Err() != nil: // nobody reads an answer
	case why != nil && !errors.Is(why, jsonrpc.ErrSession) && h.ctx.Err() == nil:
		h.refuse(w, r, http.StatusBadGateway, jsonrpc.NewMalformed(jsonrpc.CodeInternal, id, why.Error()))
	case s.ended() != nil:
		h.refuse(w, r, http.StatusNotFound, jsonrpc.NewMalformed(jsonrpc.CodeInvalidRequest, id, "the session has ended: begin a new one with initialize"))
	default: // the client cancelled the call
		w.WriteHeader(http.StatusAccepted)
	}
}

func (h *Handler) get(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		h.refuse(w, r, http.StatusNotAcceptable,
			&jsonrpc.Malformed{Code: jsonrpc.CodeInvalidRequest, Why: "GET opens a stream of events: accept text/event-stream"})
		return
	}
	s, ok := h.session(w, r, nil)
	if !ok {
		return
	}
	defer s.leave()
	st, after := s.standing, get(&s.standing.mu, &s.standing.read)
	if event := r.Header.Get("Last-Event-ID"); event != "" {
		var err error
		if st, after, err = s.resumed(event); err != nil {
			h.refuse(w, r, http.StatusBadRequest, &jsonrpc.Malformed{Code: jsonrpc.CodeInvalidRequest, Why: err.Error()})
			return
		}
	}
	w.Header().Set(mirror.HeaderSession, s.id)
	e := events{w: w, stream: st}
	turn := st.take()
	ctx, cancel := h.streaming(r)
	defer cancel()
	if e.begin(false) == nil {
		_ = e.serve(ctx, st, turn, after) // the client has gone, or resumes later
	}
}

func (h *Handler) delete(w http.ResponseWriter, r *http.Request) {
	s, ok := h.session(w, r, nil)
	if !ok {
		return
	}
	defer s.leave()
	h.close(s)
	w.WriteHeader(http.StatusNoContent)
}
