package front

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// The bounds of sessions. The library keeps what a client says of itself in initialize for as long
// as the session lives.
const (
	maxSessions   = 4096     // of all servers of a front
	maxInitialize = 64 << 10 // bytes
)

var (
	errInitialize = fmt.Errorf("initialize has more than %d bytes: say less of the client", maxInitialize)
	errSessions   = fmt.Errorf("%d sessions are open: end some with DELETE, or try again when they have expired", maxSessions)
	errNoSession  = errors.New("there is no such session: begin a new one with initialize")
)

// sessionIDs are the ids of the sessions of a server of the library, of which it is the
// [server.SessionIdManager].
type sessionIDs struct {
	open *atomic.Int64 // sessions of the front

	mu  sync.Mutex // guards ids
	ids map[string]struct{}
}

// Generate returns the id of a new session.
func (s *sessionIDs) Generate() string {
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[id] = struct{}{}
	s.open.Add(1)
	return id
}

// Validate returns an error if there is no such session.
func (s *sessionIDs) Validate(id string) (isTerminated bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.ids[id]; !ok {
		return false, errNoSession
	}
	return false, nil
}

// Terminate forgets a session.
func (s *sessionIDs) Terminate(id string) (isNotAllowed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.ids[id]; ok {
		delete(s.ids, id)
		s.open.Add(-1)
	}
	return false, nil
}

// streamsOf returns a handler that passes requests on to a server of the library, but opens streams
// for sessions of it only. The library would open one for any id, also of a session that has ended,
// whose client would not hear of the end.
func (f *Front) streamsOf(s *sessionIDs, library http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && !mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)) {
			id := r.Header.Get(server.HeaderKeySessionID)
			if _, err := s.Validate(id); id == "" {
				f.refuse(w, r, http.StatusBadRequest, "a stream belongs to a session: begin one with initialize")
				return
			} else if err != nil {
				f.refuse(w, r, http.StatusNotFound, err.Error())
				return
			}
		}
		library.ServeHTTP(w, r)
	})
}

// methodOf returns the method of a message, "" if it has none.
func methodOf(body []byte) string {
	var m struct {
		Method string `json:"method"`
	}
	if json.Unmarshal(body, &m) != nil {
		return ""
	}
	return m.Method
}

// isForNobody reports whether a message cancels a request without saying whose. Clients of the
// newest protocol over HTTP have no session, and the library would end the request of any client
// with the number. They cancel by closing the response.
func isForNobody(h http.Header, method string) bool {
	return mcp.IsModernProtocol(h.Get(mcp.HeaderProtocolVersion)) && method == string(mcp.MethodNotificationCancelled)
}

// mayBegin returns an error if a message of size bytes begins a session that may not begin.
func (f *Front) mayBegin(method string, size int) error {
	switch {
	case method != string(mcp.MethodInitialize):
		return nil
	case size > maxInitialize:
		return errInitialize
	case f.sessions.Load() >= maxSessions:
		return errSessions
	}
	return nil
}
