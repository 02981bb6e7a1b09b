package streamable

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
)

// postStateless handles a request of a revision without sessions.
func (h *Handler) postStateless(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
	if m.IsResponse() {
		h.refuse(w, r, http.StatusBadRequest, jsonrpc.NewMalformed(jsonrpc.CodeInvalidRequest, m.ID, "a client of this revision sends no responses"))
		return
	}
	if bad := mirror.Check(r.Header, m); bad != nil {
		h.refuse(w, r, http.StatusBadRequest, bad)
		return
	}
	s, err := h.sharedBy(r)
	if err != nil {
		status := http.StatusBadGateway
		if errors.Is(err, errBusy) {
			status = http.StatusServiceUnavailable
		}
		h.refuse(w, r, status, jsonrpc.NewMalformed(jsonrpc.CodeInternal, m.ID, err.Error()))
		return
	}
	defer s.leave()
	if m.IsNotification() {
		if !s.deliver(r.Context(), jsonrpc.Packet{Message: m}) {
			h.ended(w, r, s, m.ID)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	x := h.newExchange(r)
	x.listens = m.Method == "subscriptions/listen"
	if s.call(r.Context(), x, m) == nil {
		h.ended(w, r, s, m.ID)
		return
	}
	defer s.remove(x)
	ctx := r.Context()
	if x.listens {
		var cancel context.CancelFunc
		ctx, cancel = h.streaming(r)
		defer cancel()
	}
	switch err := x.respond(ctx, w, false); {
	case err == errUnanswered:
		h.ended(w, r, s, m.ID)
	case err != nil: // closing the response cancels the call
		s.deliver(h.ctx, jsonrpc.Packet{Via: x, Gone: true})
	}
}

// sharedBy returns the session that the stateless requests of a client share, and enters it.
func (h *Handler) sharedBy(r *http.Request) (*session, error) {
	identity := h.c.Identity(r)
	key := keyOf(identity)
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.shared[key]; s != nil {
		if s.enter(); s.ended() == nil {
			return s, nil
		}
		s.leave() // it has just expired
	}
	last := h.failed[key]
	if time.Now().Before(last.until) {
		return nil, last.why
	}
	if err := h.makeRoom(); err != nil {
		return nil, err
	}
	maps.DeleteFunc(h.failed, func(_ string, f failed) bool { return time.Since(f.until) > jsonrpc.MaxPause })
	s, ctx := newSession(h.ctx, identity, true, h.c.Idle)
	h.shared[key] = s
	begun := time.Now()
	h.run(ctx, s, func(err error) {
		if h.shared[key] == s {
			delete(h.shared, key)
		}
		delete(h.failed, key)
		if err != nil && time.Since(begun) < jsonrpc.MaxPause { // not again at once
			pause := min(max(jsonrpc.FirstPause, 2*last.pause), jsonrpc.MaxPause)
			h.failed[key] = failed{time.Now().Add(pause), pause, err}
		}
	})
	return s, nil
}

// Old returns handlers for clients of the transport of protocol 2024-11-05, HTTP+SSE. A GET opens a
// stream of events, which is a session. Its first event names path, for messages: each POST to it
// carries one and is answered with status 202; the response is an event. The session ends with its
// stream, and its calls with the session.
func (h *Handler) Old(path string) (stream, messages http.HandlerFunc) {
	return func(w http.ResponseWriter, r *http.Request) { h.stream(w, r, path) }, h.message
}

func (h *Handler) stream(w http.ResponseWriter, r *http.Request, path string) {
	if r.Method != http.MethodGet {
		h.refuseMethod(w, r, http.MethodGet)
		return
	}
	s, err := h.begin(r, true)
	if err != nil {
		h.refuse(w, r, http.StatusServiceUnavailable, jsonrpc.NewMalformed(jsonrpc.CodeInternal, "", err.Error()))
		return
	}
	defer s.leave()
	defer h.close(s)
	ctx, cancel := h.streaming(r)
	defer cancel()
	e := events{w: w}
	turn := s.standing.take()
	if e.begin(false) == nil && e.write(fmt.Appendf(nil, "event: endpoint\ndata: %s?sessionId=%s\n\n", path, s.id)) == nil {
		_ = e.serve(ctx, s.standing, turn, 0) // the client has gone
	}
}

func (h *Handler) message(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		h.refuseMethod(w, r, http.MethodPost)
		return
	}
	m, status, bad := h.read(r)
	if bad != nil {
		h.refuse(w, r, status, bad)
		return
	}
	h.mu.Lock()
	s := h.sessions[r.URL.Query().Get("sessionId")]
	h.mu.Unlock()
	if s == nil || !s.old || !s.isOf(h.c.Identity(r)) || !s.deliver(r.Context(), jsonrpc.Packet{Message: m, Via: posted{r}}) {
		h.refuse(w, r, http.StatusNotFound, jsonrpc.NewMalformed(jsonrpc.CodeInvalidRequest, m.ID, "there is no such session: open a stream"))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// posted is an HTTP request whose response has no message.
type posted struct{ r *http.Request }

func (p posted) Request() *http.Request { return p.r }
func (posted) IsStateless() bool        { return false }
func (posted) Lacks([]string)           {}
func (posted) End()                     {}
