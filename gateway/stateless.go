package gateway

import (
	"net/http"
	"strings"
	"time"
)

// postStateless handles a request of a revision without sessions.
func (h *Handler) postStateless(w http.ResponseWriter, r *http.Request, m *message) {
	if m.isResponse() {
		h.refuse(w, r, http.StatusBadRequest, &malformed{codeInvalidRequest, m.id, "a client of this revision sends no responses"})
		return
	}
	if bad := checkHeaders(r.Header, m); bad != nil {
		h.refuse(w, r, http.StatusBadRequest, bad)
		return
	}
	s, err := h.sharedBy(r)
	if err != nil {
		h.refuse(w, r, http.StatusBadGateway, &malformed{codeInternal, m.id, err.Error()})
		return
	}
	defer s.leave()
	if m.isNotification() {
		if !s.deliver(r.Context(), packet{message: m}) {
			h.ended(w, r, s, m.id)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	x := &exchange{header: r.Header, listens: m.method == "subscriptions/listen"}
	for name := range r.Header {
		x.mirrors = x.mirrors || strings.HasPrefix(name, headerParam)
	}
	if s.call(r.Context(), x, m) == nil {
		h.ended(w, r, s, m.id)
		return
	}
	defer s.remove(x)
	switch err := x.respond(r.Context(), w, false); {
	case err == errUnanswered:
		h.ended(w, r, s, m.id)
	case err != nil: // closing the response cancels the call
		s.deliver(h.ctx, packet{via: x, gone: true})
	}
}

// sharedBy returns the session that the stateless requests of a client share, and enters it.
func (h *Handler) sharedBy(r *http.Request) (*session, error) {
	identity := h.c.Identity(r)
	name := identityName(identity)
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.shared[name]; s != nil && !isSame(s.identity, identity) {
		s.cancel()
		delete(h.shared, name)
	} else if s != nil {
		if s.enter(); !s.isCancelled() {
			return s, nil
		}
		s.leave() // it has just expired
	}
	last := h.failed[name]
	if time.Now().Before(last.until) {
		return nil, last.why
	}
	s, ctx := newSession(h.ctx, identity, true, h.c.Idle)
	s.enter()
	h.shared[name] = s
	begun := time.Now()
	h.run(ctx, s, func(err error) {
		if h.shared[name] == s {
			delete(h.shared, name)
		}
		delete(h.failed, name)
		if err != nil && time.Since(begun) < maxPause { // not again at once
			pause := min(max(firstPause, 2*last.pause), maxPause)
			h.failed[name] = failed{time.Now().Add(pause), pause, err}
		}
	})
	return s, nil
}
