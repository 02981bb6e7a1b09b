package front

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// Defaults of [Config].
const (
	DefaultPath        = "/mcp"
	DefaultMaxBody     = 16 << 20
	DefaultSessionIdle = 30 * time.Minute
)

// Config says who may come in. The zero value lets nobody in: a token is missing.
type Config struct {
	// Addr is where the front listens, as net.Listener.Addr has it. Required.
	Addr net.Addr
	// Token is the bearer token that callers must show.
	Token string
	// NoToken lets callers in without one. Refused unless Addr is loopback.
	NoToken bool
	// Hosts are names that the front answers to beside those of loopback and the address it listens on, such as
	// that of a reverse proxy.
	Hosts []string
	// Origins are origins of pages that may call, such as "https://inspector.example.com", beside the front's own.
	Origins []string
	// MaxBody bounds a request's body in bytes; zero means [DefaultMaxBody].
	MaxBody int64
	// SessionIdle is how long a session of the older protocol is kept unused; zero means [DefaultSessionIdle].
	SessionIdle time.Duration
	// Log, unless nil, gets a line for each request that is refused, without what it says.
	Log *slog.Logger
}

// NewToken makes a token that cannot be guessed.
func NewToken() string { return rand.Text() }

// Front is an HTTP handler. It is safe for concurrent use.
type Front struct {
	c       Config
	token   [sha256.Size]byte
	port    string
	mux     *http.ServeMux
	servers []*server.StreamableHTTPServer
}

// New serves each server under its path.
func New(c Config, servers map[string]*server.MCPServer) (*Front, error) {
	host, port, err := splitAddr(c.Addr)
	switch {
	case err != nil:
		return nil, err
	case len(servers) == 0:
		return nil, errors.New("there is nothing to serve")
	case c.NoToken && c.Token != "":
		return nil, errors.New("a token and no token exclude each other")
	case c.NoToken && !host.IsLoopback():
		return nil, fmt.Errorf("without a token only loopback is served, and %s is not loopback", c.Addr)
	case !c.NoToken && len(c.Token) < 16:
		return nil, errors.New("the token is shorter than 16 characters")
	}
	if c.MaxBody <= 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.SessionIdle <= 0 {
		c.SessionIdle = DefaultSessionIdle
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	f := &Front{c: c, token: sha256.Sum256([]byte(c.Token)), port: port, mux: http.NewServeMux()}
	for path, s := range servers {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "{} ") {
			return nil, fmt.Errorf("path %q: it must start with a slash and have no braces", path)
		}
		h := server.NewStreamableHTTPServer(s, server.WithDisableLocalhostProtection(true), // ours knows more hosts
			server.WithStateful(true), server.WithSessionIdleTTL(c.SessionIdle), server.WithStreamableHTTPLogger(c.Log))
		f.servers = append(f.servers, h)
		f.mux.Handle(path, h)
	}
	return f, nil
}

func splitAddr(a net.Addr) (netip.Addr, string, error) {
	if a == nil {
		return netip.Addr{}, "", errors.New("there is no address")
	}
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}, "", fmt.Errorf("address %s: %w", a, err)
	}
	return p.Addr().Unmap(), fmt.Sprint(p.Port()), nil
}

// ServeHTTP lets a request through to its server, or refuses it.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !f.hostAllowed(r.Host):
		f.refuse(w, r, http.StatusForbidden, "this host is not served here")
		return
	case !f.originAllowed(r):
		f.refuse(w, r, http.StatusForbidden, "pages of this origin may not call")
		return
	case !f.authorized(r):
		w.Header().Set("WWW-Authenticate", `Bearer realm="spectap"`)
		f.refuse(w, r, http.StatusUnauthorized, "a bearer token is needed")
		return
	case r.ContentLength > f.c.MaxBody:
		f.refuse(w, r, http.StatusRequestEntityTooLarge, "the body is too large")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, f.c.MaxBody)
	r = r.WithContext(context.WithValue(r.Context(), callerKey{}, f.caller()))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	f.mux.ServeHTTP(w, r)
}

func (f *Front) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	f.c.Log.Warn("refused", "status", status, "why", why, "from", r.RemoteAddr)
	http.Error(w, why, status)
}

// hostAllowed says whether the front answers to a Host: loopback's names where it listens on loopback, the address it
// listens on, any address where it listens on all, and the names it was given.
func (f *Front) hostAllowed(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if slices.ContainsFunc(f.c.Hosts, func(h string) bool { return strings.EqualFold(h, host) || strings.EqualFold(h, hostport) }) {
		return true
	}
	listen, _, err := splitAddr(f.c.Addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return listen.IsLoopback() || listen.IsUnspecified()
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false // a name that a foreign DNS may have pointed here
	}
	a = a.Unmap()
	return a == listen || listen.IsUnspecified() || listen.IsLoopback() && a.IsLoopback()
}

// originAllowed says whether the page that sends a request, if it is one, may.
func (f *Front) originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	if len(origins) > 1 {
		return false
	}
	if slices.ContainsFunc(f.c.Origins, func(o string) bool { return strings.EqualFold(strings.TrimRight(o, "/"), origins[0]) }) {
		return true
	}
	u, err := url.Parse(origins[0])
	return err == nil && u.Scheme == "http" && strings.EqualFold(u.Host, r.Host)
}

func (f *Front) authorized(r *http.Request) bool {
	if f.c.NoToken {
		return true
	}
	kind, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	got := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return ok && strings.EqualFold(kind, "Bearer") && subtle.ConstantTimeCompare(got[:], f.token[:]) == 1
}

type callerKey struct{}

// caller names who has the token, without it.
func (f *Front) caller() string {
	if f.c.NoToken {
		return "local"
	}
	return "token-" + hex.EncodeToString(f.token[:4])
}

// Caller names who sent the request of a context: "local" without a token, else a name that belongs to the token; ""
// where no front is in the way.
func Caller(ctx context.Context) string {
	s, _ := ctx.Value(callerKey{}).(string)
	return s
}

// Serve answers on l until ctx ends; then it waits a moment for what is under way. It closes l.
func (f *Front) Serve(ctx context.Context, l net.Listener) error {
	s := &http.Server{
		Handler:           f,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(f.c.Log.Handler(), slog.LevelWarn),
		// Answers may stream for as long as a person takes to decide: there is no time-out of writing.
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, h := range f.servers {
		h.CloseSessions(wait)
	}
	if err := s.Shutdown(wait); err != nil {
		s.Close()
	}
	return nil
}
