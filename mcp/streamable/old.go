package streamable

import (
	"fmt"
	"net/http"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

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
