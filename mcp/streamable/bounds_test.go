package streamable

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// newTestSession returns a session with sessions, or one without, that ends with the test.
func newTestSession(t *testing.T, stateless bool) *session {
	t.Helper()
	s, _ := newSession(t.Context(), nil, stateless, time.Hour)
	t.Cleanup(func() { s.end(nil) })
	return s
}

// take receives all messages that a relay would.
func take(s *session) {
	for {
		if _, err := s.Receive(); err != nil {
			return
		}
	}
}

// TestAnsweredCallsAreBounded checks which calls a session keeps for clients that resume: all that
// are not answered, and the latest 16 that are.
func TestAnsweredCallsAreBounded(t *testing.T) {
	s := newTestSession(t, false)
	go take(s)
	var open []*exchange
	for i := range 40 {
		x := s.call(t.Context(), &exchange{}, jsonrpc.Request(fmt.Sprint(i), "ping", nil))
		if i%2 == 0 {
			x.answer(jsonrpc.Response(x.id, []byte(`{}`)))
		} else {
			open = append(open, x)
		}
	}
	var answered []string
	for _, x := range s.calls {
		if x.isEnded() {
			answered = append(answered, x.id)
		}
	}
	if got := strings.Join(answered, " "); got != "8 10 12 14 16 18 20 22 24 26 28 30 32 34 36 38" {
		t.Errorf("the answered calls %s are kept", got)
	}
	for _, x := range open {
		if !slices.Contains(s.calls, x) {
			t.Errorf("the open call %s is forgotten", x.id)
		}
	}
	if _, _, err := s.resumed("7-0"); err == nil {
		t.Error("a forgotten call can be resumed")
	}
	if st, _, err := s.resumed("9-0"); err != nil || st.number != 9 {
		t.Errorf("a kept call cannot be resumed: %v", err)
	}
}

// TestKeptMessagesAreBounded checks which messages of a call a client can ask for again: in a
// session the latest that make a mebibyte, and without one none.
func TestKeptMessagesAreBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		stateless bool
		want      int
	}{"session": {false, 4}, "stateless": {true, 0}} {
		s := newTestSession(t, tt.stateless)
		go take(s)
		x := s.call(t.Context(), &exchange{}, jsonrpc.Request("1", "ping", nil))
		turn := x.take()
		for n := range 6 {
			x.push(make([]byte, 1<<18-messageCost))
			must.Get(x.next(t.Context(), turn, n))
		}
		if len(x.texts) != tt.want {
			t.Errorf("%s: %d messages are kept", name, len(x.texts))
		}
		if x.canResume(1) || tt.want > 0 && !x.canResume(2) {
			t.Errorf("%s: it can be resumed after the first message, or not after the second", name)
		}
	}
}

// TestSessionInUseDoesNotExpire checks when the time of a session without requests begins.
func TestSessionInUseDoesNotExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := newSession(t.Context(), nil, false, time.Minute)
		defer s.end(nil)
		s.enter() // beside the request that begins it
		time.Sleep(time.Hour)
		s.leave()
		time.Sleep(time.Hour)
		if _, idle := s.isIdle(); idle || ctx.Err() != nil {
			t.Fatal("a session with a request under way is idle, or has expired")
		}
		s.leave()
		left := time.Now()
		time.Sleep(time.Minute - 1)
		if since, idle := s.isIdle(); !idle || !since.Equal(left) || ctx.Err() != nil {
			t.Errorf("idle %t since %v, %v", idle, since.Sub(left), ctx.Err())
		}
		time.Sleep(2 * time.Nanosecond)
		if ctx.Err() == nil {
			t.Error("an idle session does not expire")
		}
		s.enter()
		s.leave()
		time.Sleep(time.Hour) // nothing is started again
	})
}

// TestStreamsAreKeptAlive checks what a client reads while nothing comes, so that proxies between
// do not end the connection, and that a stream ends when another response reads it.
func TestStreamsAreKeptAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newStream(3, 0), httptest.NewRecorder()
		ended := make(chan error)
		turn := s.take()
		e := events{w: w, stream: s}
		must.Do(t, e.begin(true))
		go func() { ended <- e.serve(t.Context(), s, turn, 0) }()
		time.Sleep(keepAlive * 5 / 2)
		s.push([]byte("{}"))
		time.Sleep(keepAlive / 2)
		s.take()
		if err := <-ended; !errors.Is(err, errTaken) {
			t.Errorf("it ended with %v", err)
		}
		want := "id: 3-0\ndata: \n\n: still here\n\n: still here\n\nid: 3-1\nevent: message\ndata: {}\n\n"
		if got := w.Body.String(); got != want {
			t.Errorf("the client read %q, want %q", got, want)
		}
		if got := w.Header(); got.Get("Cache-Control") != "no-store" || got.Get("X-Accel-Buffering") != "no" || !w.Flushed {
			t.Errorf("the header is %v", got)
		}
	})
}
