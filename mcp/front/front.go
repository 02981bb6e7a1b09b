package front

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/internal/httpserver"
	"github.com/spectap/spectap/internal/refusallog"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/streamable"
)

// Defaults of [Config].
const (
	DefaultPath        = "/mcp"
	DefaultMaxBody     = 16 << 20
	DefaultSessionIdle = 30 * time.Minute
)

// maxSessions bounds the sessions of one server.
const maxSessions = 4096

// Config controls access. New rejects the zero value, which has neither an address nor a token.
type Config struct {
	// Addr is the listen address, as returned by net.Listener.Addr. Required.
	Addr net.Addr
	// Token is the bearer token that callers must send. It has at least 16 characters.
	Token string
	// Authenticate, unless nil, replaces Token: it returns who sends a token. An error that is a
	// [*Refusal] says how to answer; after others the answer is that of a wrong token.
	Authenticate func(ctx context.Context, token string) (Admitted, error)
	// Challenge is the WWW-Authenticate header of the answer to a request without a token; "" means
	// one that names the scheme only.
	Challenge string
	// Public are handlers by path for everybody, without a token: what clients must know before
	// they have one.
	Public map[string]http.Handler
	// NoToken admits callers without a token. New rejects it unless Addr is loopback.
	NoToken bool
	// TLS, unless nil, makes Serve speak HTTPS. It has at least one certificate.
	TLS *tls.Config
	// Hosts lists further accepted Host names, such as that of a reverse proxy. The listen address,
	// the names of the certificates and, on loopback, its names are always accepted.
	Hosts []string
	// Origins lists further origins whose pages may call, such as "https://inspector.example.com".
	// The front's own origin is always accepted.
	Origins []string
	// MaxBody limits a request body, in bytes; zero means [DefaultMaxBody].
	MaxBody int64
	// SessionIdle is how long an unused session of the older protocol lives; zero means
	// [DefaultSessionIdle].
	SessionIdle time.Duration
	// SSE also serves the HTTP+SSE transport of protocol 2024-11-05, at the path of each server
	// with /sse behind it.
	SSE bool
	// Log, unless nil, gets a line for each refused request, of many only one a second, without the
	// request's contents.
	Log *slog.Logger
	// Refused, unless nil, is called for each refused request with the reason.
	Refused func(r *http.Request, why string)
}

// MinToken is the least number of characters of a bearer token.
const MinToken = 16

// NewToken returns a random token of 128 bits or more.
func NewToken() string { return rand.Text() }

// Front is an HTTP handler. It is safe for concurrent use.
type Front struct {
	c       Config
	token   [sha256.Size]byte
	reach   *httpserver.Reach
	mux     *http.ServeMux
	closers []func()
	held    atomic.Int64 // bytes of the bodies of all requests
	// refusals logs refused requests.
	refusals *refusallog.Log
}

// New returns a handler that serves each of the servers, which are listed by path.
func New(c Config, servers map[string]Server) (*Front, error) {
	f, err := newFront(c, slices.Collect(maps.Keys(servers)))
	if err != nil {
		return nil, err
	}
	for path, s := range servers {
		j := newJudge(s)
		h := streamable.New(streamable.Config{
			Relay: func(client jsonrpc.Conn, _ map[string]any, session string) streamable.Runner {
				return newConnection(j, client, session, f.c.Log)
			},
			Identity:    func(r *http.Request) map[string]any { return map[string]any{"name": handler.Caller(r.Context())} },
			MaxSessions: maxSessions, Idle: f.c.SessionIdle, MaxMessage: int(f.c.MaxBody), Log: f.c.Log,
		})
		f.closers = append(f.closers, h.Close)
		f.mux.Handle(path, h)
		if c.SSE {
			path = strings.TrimSuffix(path, "/")
			stream, messages := h.Old(path + "/message")
			f.mux.HandleFunc(path+"/sse", stream)
			f.mux.HandleFunc(path+"/message", messages)
		}
	}
	return f, nil
}

// Handler is an MCP server. It reads and checks bodies, which the front only limits.
type Handler interface {
	http.Handler
	// Close ends all sessions and streams.
	Close()
}

// NewHandler returns a front for the handlers, which are listed by path. [Config.SSE] and
// [Config.SessionIdle] must not be set.
func NewHandler(c Config, handlers map[string]Handler) (*Front, error) {
	f, err := newFront(c, slices.Collect(maps.Keys(handlers)))
	switch {
	case err != nil:
		return nil, err
	case c.SSE || c.SessionIdle != 0:
		return nil, errors.New("the handlers have sessions of their own")
	}
	for path, h := range handlers {
		f.mux.Handle(path, h)
		f.closers = append(f.closers, h.Close)
	}
	return f, nil
}

// newFront checks a configuration and the paths to serve.
func newFront(c Config, paths []string) (*Front, error) {
	r, err := httpserver.NewReach(httpserver.ReachConfig{Addr: c.Addr, TLS: c.TLS, Hosts: c.Hosts, Origins: c.Origins})
	switch {
	case err != nil:
		return nil, err
	case len(paths) == 0:
		return nil, errors.New("no MCP server to serve")
	case c.NoToken && c.Token != "":
		return nil, errors.New("both Token and NoToken are set: set one of them")
	case c.NoToken && !r.IsLoopback():
		return nil, fmt.Errorf("address %s is not loopback: serving it requires a token", c.Addr)
	case c.Authenticate != nil && (c.NoToken || c.Token != ""):
		return nil, errors.New("callers have tokens of their own: set neither Token nor NoToken")
	case !c.NoToken && c.Authenticate == nil && len(c.Token) < MinToken:
		return nil, fmt.Errorf("the token has fewer than %d characters", MinToken)
	}
	if c.TLS != nil && len(c.TLS.Certificates) == 0 {
		return nil, errors.New("the TLS configuration has no certificate")
	}
	c.MaxBody = cmp.Or(max(c.MaxBody, 0), DefaultMaxBody)
	c.SessionIdle = cmp.Or(max(c.SessionIdle, 0), DefaultSessionIdle)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	f := &Front{c: c, token: sha256.Sum256([]byte(c.Token)), reach: r, mux: http.NewServeMux(), refusals: refusallog.New(c.Log)}
	for _, path := range paths {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "{} ") {
			return nil, fmt.Errorf("path %q: it must start with a slash and have no braces", path)
		}
	}
	return f, nil
}

// ServeHTTP passes an admitted request to its server and refuses all others.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !f.reach.HostAllowed(r.Host):
		f.refuse(w, r, http.StatusForbidden, "this server does not answer to this Host")
		return
	case !f.reach.OriginAllowed(r):
		f.refuse(w, r, http.StatusForbidden, "pages of this origin may not call this server")
		return
	}
	if origin := f.reach.ListedOrigin(r); origin != "" && shareWith(origin, w, r) {
		return
	}
	if h := f.c.Public[r.URL.Path]; h != nil {
		r.Body = http.MaxBytesReader(w, r.Body, 0)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
		return
	}
	caller, err := f.authenticate(r)
	if err != nil {
		f.unauthorized(w, r, err)
		return
	}
	// A response streams while a person decides. Strangers get short answers only.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // without it, the time of all answers is bounded
	if r.ContentLength > f.c.MaxBody {
		f.refuseBody(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, f.c.MaxBody)
	defer f.share(r)()
	r = r.WithContext(handler.WithAdmitted(r.Context(), caller))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	f.mux.ServeHTTP(w, r)
}

func (f *Front) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	f.refusals.Warn("refused", "status", status, "why", why, "from", r.RemoteAddr)
	if f.c.Refused != nil {
		f.c.Refused(r, why)
	}
	http.Error(w, why, status)
}

func (f *Front) refuseBody(w http.ResponseWriter, r *http.Request) {
	f.refuse(w, r, http.StatusRequestEntityTooLarge,
		fmt.Sprintf("the request body is too large: the limit is %d bytes", f.c.MaxBody))
}

// server returns what serves the front, with bounds on all that clients send.
func (f *Front) server() *http.Server {
	return &http.Server{
		Handler:           f,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		WriteTimeout:      time.Minute, // of answers to callers without admission
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		TLSConfig:         f.c.TLS.Clone(),
		ErrorLog:          slog.NewLogLogger(f.c.Log.Handler(), slog.LevelWarn),
	}
}

// Serve serves l until ctx ends, then waits up to 5 seconds for running requests. It closes l.
func (f *Front) Serve(ctx context.Context, l net.Listener) error {
	err := httpserver.Serve(ctx, f.server(), l, 5*time.Second, func(context.Context) {
		for _, end := range f.closers {
			end()
		}
	})
	if err != nil {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}
