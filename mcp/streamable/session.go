package streamable

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// session is the connection to a client over HTTP: the requests with a session id, or all stateless
// requests of an identity. A relay with a connection of its own to the server serves it.
type session struct {
	id        string
	identity  map[string]any
	key       string // [keyOf] the identity
	label     string // in the audit, which does not reveal the id
	stateless bool
	old       bool // of the transport of 2024-11-05: all messages go to the standing stream
	idle      time.Duration
	cancel    context.CancelFunc
	done      <-chan struct{} // closed when the session ends
	ended     func() error    // nil before that
	in        chan jsonrpc.Packet
	// standing has the messages that belong to no call.
	standing *stream

	mu      sync.Mutex
	calls   []*exchange // those that are not answered, and some that can be resumed
	next    uint64      // the number of the next stream
	busy    int         // HTTP requests under way
	used    time.Time   // when the last HTTP request ended
	expires *time.Timer
	cause   error // why it ended, nil if it was closed or expired
}

// maxKept bounds the messages of a stream that a client can ask for again, in bytes. maxStreams
// bounds the answered calls of a session whose messages are kept.
const (
	maxKept    = 1 << 20
	maxStreams = 16
)

// newSession returns a session that ends with ctx, or when there was no HTTP request for a while.
// The request that begins it has entered.
func newSession(ctx context.Context, identity map[string]any, stateless bool, idle time.Duration) (*session, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	s := &session{
		id: rand.Text() + rand.Text(), identity: identity, key: keyOf(identity), label: rand.Text()[:12], stateless: stateless, idle: idle,
		cancel: cancel, done: ctx.Done(), ended: ctx.Err, in: make(chan jsonrpc.Packet), standing: newStream(0, maxKept), next: 1, busy: 1, used: time.Now(),
	}
	s.expires = time.AfterFunc(idle, s.expire)
	return s, ctx
}

// isOf reports whether an identity has the same members as the one that began the session.
func (s *session) isOf(identity map[string]any) bool {
	return reflect.DeepEqual(identity, s.identity) || keyOf(identity) == s.key
}

// enter and leave count the HTTP requests under way. While there is one, the session does not
// expire.
func (s *session) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy++
}

func (s *session) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	s.used = time.Now()
	if s.ended() == nil {
		s.expires.Reset(s.idle)
	}
}

// expire ends a session that nobody uses.
func (s *session) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy == 0 {
		s.cancel()
	}
}

// isIdle reports whether no HTTP request is under way, and since when.
func (s *session) isIdle() (since time.Time, idle bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used, s.busy == 0
}

// end answers nothing more. It is called when the relay has ended.
func (s *session) end(cause error) {
	s.mu.Lock()
	s.expires.Stop()
	calls := s.calls
	s.calls, s.cause = nil, cause // before it is over: who sees that asks why
	s.mu.Unlock()
	s.cancel()
	for _, x := range calls {
		x.end()
	}
	s.standing.end()
}

// call makes an exchange for a request and hands it to the relay. It returns nil if the session has
// ended.
func (s *session) call(ctx context.Context, x *exchange, m *jsonrpc.Message) *exchange {
	kept := maxKept
	if s.stateless {
		kept = 0
	}
	s.mu.Lock()
	x.stream, x.id, x.stateless = newStream(s.next, kept), m.ID, s.stateless
	s.next++
	s.calls = append(s.calls, x)
	s.forget()
	s.mu.Unlock()
	if !s.deliver(ctx, jsonrpc.Packet{Message: m, Via: x}) {
		x.end()
		return nil
	}
	return x
}

// forget drops the oldest calls that were answered. The caller holds s.mu.
func (s *session) forget() {
	answered := 0
	for _, x := range s.calls {
		if x.isEnded() {
			answered++
		}
	}
	s.calls = slices.DeleteFunc(s.calls, func(x *exchange) bool {
		if answered <= maxStreams || !x.isEnded() {
			return false
		}
		answered--
		return true
	})
}

// remove drops a call that cannot be resumed.
func (s *session) remove(x *exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = slices.DeleteFunc(s.calls, func(c *exchange) bool { return c == x })
}

// deliver hands a message to the relay. It reports false if the session has ended.
func (s *session) deliver(ctx context.Context, p jsonrpc.Packet) bool {
	select {
	case s.in <- p:
		return true
	case <-s.done:
		return false
	case <-ctx.Done():
		return false
	}
}

func (s *session) Receive() (jsonrpc.Packet, error) {
	select {
	case p := <-s.in:
		return p, nil
	case <-s.done:
		return jsonrpc.Packet{}, io.EOF
	}
}

// Send gives a message to the response that it belongs to. A message that belongs to no call goes
// to the latest unanswered call, if it may concern a call, and else to the standing stream.
func (s *session) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	x, _ := via.(*exchange)
	if s.old {
		if !s.standing.push(m.Text) {
			return errUnread
		}
		return nil
	}
	if x == nil && !s.stateless && !m.IsResponse() {
		switch x = s.latest(m); {
		case x != nil:
		case isListChange(m):
			s.standing.pushOnce(m.Method, m.Text) // with any parameters
			return nil
		case s.standing.push(m.Text):
			return nil
		default:
			return errUnread
		}
	}
	if x == nil {
		return errors.New("the message belongs to no request of the client")
	}
	if !x.answer(m) {
		return errUnread
	}
	return nil
}

var errUnread = errors.New("the client does not read what it is sent")

// isListChange reports whether a message announces a change of a list. Repeating it has no effect.
func isListChange(m *jsonrpc.Message) bool { return strings.HasSuffix(m.Method, "/list_changed") }

// latest returns the call that a message of the server goes with, nil for notifications of changes.
func (s *session) latest(m *jsonrpc.Message) *exchange {
	if isListChange(m) || m.Method == "notifications/resources/updated" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range slices.Backward(s.calls) {
		if !x.isEnded() {
			return x
		}
	}
	return nil
}

// ByHTTP says whether the session is that of several clients without one.
func (s *session) ByHTTP() (overHTTP, shared bool) { return true, s.stateless }

// Close ends the session.
func (s *session) Close() error {
	s.cancel()
	return nil
}

// resumed returns the stream of an event's id, and the number of the event in it.
func (s *session) resumed(event string) (st *stream, after int, err error) {
	number, n, _ := strings.Cut(event, "-")
	stream, err1 := strconv.ParseUint(number, 10, 64)
	after, err2 := strconv.Atoi(n)
	if err1 != nil || err2 != nil {
		return nil, 0, errors.New("the Last-Event-ID is none of this server")
	}
	if st = s.standing; stream != 0 {
		st = nil
		s.mu.Lock()
		for _, x := range s.calls {
			if x.number == stream {
				st = x.stream
			}
		}
		s.mu.Unlock()
	}
	if st == nil || !st.canResume(after) {
		return nil, 0, fmt.Errorf("the messages after event %q are no longer kept", event)
	}
	return st, after, nil
}

// EndSessions ends the sessions of the identities for which isOver reports true.
func (h *Handler) EndSessions(isOver func(identity map[string]any) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, sessions := range []map[string]*session{h.sessions, h.shared} {
		for key, s := range sessions {
			if isOver(s.identity) {
				s.cancel()
				delete(sessions, key)
			}
		}
	}
}

// Sessions returns the number of sessions of clients. The stateless requests of an identity count
// as one.
func (h *Handler) Sessions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions) + len(h.shared)
}

// SessionsBy returns the number of sessions by what key makes of their identities.
func (h *Handler) SessionsBy(key func(identity map[string]any) string) map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	by := map[string]int{}
	for _, sessions := range []map[string]*session{h.sessions, h.shared} {
		for _, s := range sessions {
			by[key(s.identity)]++
		}
	}
	return by
}

// identityName returns the name of an identity.
func identityName(identity map[string]any) string {
	name, _ := identity["name"].(string)
	return name
}

// surplus returns the session to end for a new one of an identity. It belongs to the identity with
// the most sessions, counting the new one, so that an identity with less than an equal share loses
// no session and is never refused. Of that identity's sessions it is the least recently used idle
// one, or a busy one if there is no idle one, but not for a new session of the same identity.
// Otherwise it returns nil. The caller holds h.mu.
func (h *Handler) surplus(name string) *session {
	held := map[string]int{name: 1}
	for _, s := range h.sessions {
		held[identityName(s.identity)]++
	}
	var chosen candidate
	for _, s := range h.sessions {
		owner := identityName(s.identity)
		used, idle := s.isIdle()
		if owner == name && !idle || owner != name && held[owner] <= held[name] {
			continue
		}
		if c := (candidate{s, held[owner], idle, used}); chosen.session == nil || c.isBefore(chosen) {
			chosen = c
		}
	}
	return chosen.session
}

// candidate is a session that may give way to another.
type candidate struct {
	session *session
	held    int // sessions of its identity
	idle    bool
	used    time.Time
}

func (c candidate) isBefore(d candidate) bool {
	switch {
	case c.held != d.held:
		return c.held > d.held
	case c.idle != d.idle:
		return c.idle
	}
	return c.used.Before(d.used)
}

var errBusy = errors.New("sessions are in use")

// makeRoom ends the connection of stateless requests that was not used for longest if there are too
// many: its clients notice nothing when they come back. The caller holds h.mu.
func (h *Handler) makeRoom() error {
	if len(h.shared) < h.c.MaxSessions {
		return nil
	}
	oldest, when := "", time.Time{}
	for key, s := range h.shared {
		if since, idle := s.isIdle(); idle && (oldest == "" || since.Before(when)) {
			oldest, when = key, since
		}
	}
	if oldest == "" {
		return fmt.Errorf("%d %w: try again later", len(h.shared), errBusy)
	}
	h.shared[oldest].cancel()
	delete(h.shared, oldest)
	return nil
}
