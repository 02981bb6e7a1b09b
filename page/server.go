package page

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/spectap/spectap/internal/httpserver"
	"github.com/spectap/spectap/internal/refusallog"
	"github.com/spectap/spectap/page/wire"
)

// maxArgument bounds the argument of a call, in bytes.
const maxArgument = 4 << 20

// Config configures a server. Addr and Panels are required.
type Config struct {
	// Addr is the listen address, as returned by net.Listener.Addr. It must be loopback.
	Addr net.Addr
	// Panels are the parts of the page.
	Panels []wire.Panel
	// Log gets refused requests, at most one a second, and failed calls, without their content; nil
	// discards them.
	Log *slog.Logger
}

// Server is an HTTP handler. It is safe for concurrent use.
type Server struct {
	reach    *httpserver.Reach
	log      *slog.Logger
	refusals *refusallog.Log
	sessions *sessions
	calls    map[string]*wire.Call // by panel/name
	feeds    map[string]*wire.Feed // by panel.name
}

// New returns a server that nobody has opened.
func New(c Config) (*Server, error) {
	r, err := httpserver.NewReach(httpserver.ReachConfig{Addr: c.Addr})
	if err != nil {
		return nil, err
	}
	if !r.IsLoopback() {
		return nil, fmt.Errorf("address %s is not loopback: the page is for this machine only", c.Addr)
	}
	s := &Server{
		reach: r, log: c.Log, sessions: newSessions(c.Addr),
		calls: map[string]*wire.Call{}, feeds: map[string]*wire.Feed{},
	}
	s.log = cmp.Or(s.log, slog.New(slog.DiscardHandler))
	s.refusals = refusallog.New(s.log)
	for _, p := range c.Panels {
		for i := range p.Calls {
			s.calls[p.Name+"/"+p.Calls[i].Name] = &p.Calls[i]
		}
		for i := range p.Feeds {
			s.feeds[p.Name+"."+p.Feeds[i].Name] = &p.Feeds[i]
		}
	}
	return s, nil
}

// URL returns the address of the page with the token. It is for the person alone.
func (s *Server) URL() string { return s.sessions.url(s.sessions.token) }

// LaunchURL returns an address that opens one session, within a minute. It is for the command line
// of a browser, which other users of the machine can see.
func (s *Server) LaunchURL() string { return s.sessions.url(s.sessions.launch()) }

// securityPolicy is the Content-Security-Policy of the page.
const securityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; frame-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", securityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	switch {
	case !s.reach.HostAllowed(r.Host):
		s.refuse(w, r, http.StatusForbidden, "this server does not answer to this Host")
		return
	case !s.reach.OriginAllowed(r) && !isLink(r):
		s.refuse(w, r, http.StatusForbidden, "pages of this origin may not call this server")
		return
	}
	if asset, ok := strings.CutPrefix(r.URL.Path, "/assets/"); ok && isRead(r) {
		serveAsset(w, r, asset)
		return
	}
	if r.URL.Path == "/drawing" && isRead(r) {
		serveDrawing(w)
		return
	}
	path, base := s.sessions.cut(r.URL.Path)
	// A tab may be older than the program: it gets the page, which asks for a new link.
	old := ofSession.ReplaceAllString(path, "/")
	switch {
	case isRead(r) && old == "/":
		serveAsset(w, r, "index.html")
	case old != path && strings.HasPrefix(old, "/api/"):
		s.refuse(w, r, http.StatusUnauthorized, "no session: open the link that spectap printed")
	case path == "/session" && !base:
		s.signIn(w, r)
	case strings.HasPrefix(path, "/api/"):
		s.serveAPI(w, r, strings.TrimPrefix(path, "/api/"))
	default:
		http.NotFound(w, r)
	}
}

// ofSession matches the path of any session.
var ofSession = regexp.MustCompile(`^/s-[a-z0-9]+/`)

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// isLink reports whether a request may come from a link of another page, such as a terminal in a
// browser. The page itself has no data.
func isLink(r *http.Request) bool {
	return isRead(r) && ofSession.ReplaceAllString(r.URL.Path, "/") == "/" && len(r.Header.Values("Origin")) == 0
}

// serveAPI answers a call or opens the stream of events.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case !s.sessions.has(r):
		s.refuse(w, r, http.StatusUnauthorized, "no session: open the link that spectap printed")
	case name == "events" && r.Method == http.MethodGet:
		unbound(w)
		s.serveEvents(w, r)
	case s.calls[name] == nil:
		http.NotFound(w, r)
	case r.Method != http.MethodPost || !isJSON(r):
		s.refuse(w, r, http.StatusMethodNotAllowed, "a call is a POST of JSON")
	default:
		unbound(w)
		s.call(w, r, name)
	}
}

// unbound removes the time limit of a response to the person's page.
func unbound(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // without it, the time of all answers is bounded
}

func isJSON(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && t == "application/json"
}

// call answers a call.
func (s *Server) call(w http.ResponseWriter, r *http.Request, name string) {
	in, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxArgument))
	if err != nil {
		s.refuse(w, r, http.StatusRequestEntityTooLarge, "the argument of the call is too large")
		return
	}
	start := time.Now()
	out, err := s.calls[name].Answer(r.Context(), in)
	switch file, isFile := out.(*wire.File); {
	case err != nil:
		s.fail(r.Context(), w, name, err)
	case isFile:
		w.Header().Set("Content-Type", file.Type)
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
		if err := file.Write(w); err != nil {
			level := slog.LevelWarn
			if isGone(r, err) {
				level = slog.LevelDebug
			}
			s.log.Log(r.Context(), level, "write a file of the page", "call", name, "err", err)
			panic(http.ErrAbortHandler) // so that the page sees that the file is incomplete
		}
	default:
		w.Header().Set("Content-Type", "application/json")
		if err := wire.Encode(w, out); err != nil {
			s.log.Debug("answer a call of the page", "call", name, "err", err)
		}
	}
	s.log.Debug("page", "call", name, "took", time.Since(start))
}

// isGone reports whether a response failed because the page no longer waits for it, as when another
// flow is opened.
func isGone(r *http.Request, err error) bool {
	var op *net.OpError
	return r.Context().Err() != nil || (errors.As(err, &op) && op.Op == "write")
}

// fail answers a call that failed.
func (s *Server) fail(ctx context.Context, w http.ResponseWriter, name string, err error) {
	if ctx.Err() != nil {
		return // nobody waits for the answer
	}
	shown, status := s.shown(name, err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	wire.Encode(w, shown)
}

// shown returns the part of an error that the page shows. The texts of unknown errors go only to
// the log.
func (s *Server) shown(name string, err error) (*wire.Error, int) {
	var e *wire.Error
	if !errors.As(err, &e) {
		s.log.Error("a call of the page failed", "call", name, "err", err)
		return &wire.Error{Message: "this failed; the terminal of spectap says why"}, http.StatusInternalServerError
	}
	if e.NotFound {
		return e, http.StatusNotFound
	}
	return e, http.StatusBadRequest
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	s.refusals.Warn("refused a request to the page", "status", status, "why", why, "from", r.RemoteAddr)
	http.Error(w, why, status)
}

// Serve serves l until ctx ends. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	streams, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return streams },
	}
	err := httpserver.Serve(ctx, h, l, 2*time.Second, func(context.Context) { end() })
	if err != nil {
		return fmt.Errorf("serve the page: %w", err)
	}
	return nil
}
