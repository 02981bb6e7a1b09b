package upstream_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// TestResumptionAnswers breaks the stream of a call, and answers the request for the rest of it with
// each kind of response. Only a failure of the server, or a new credential, is a reason to ask again.
func TestResumptionAnswers(t *testing.T) {
	const events, call = "text/event-stream", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q}}`
	cases := map[string]struct {
		status int // 0: the connection ends
		kind   string
		asked  int // for the rest
		lost   bool
	}{
		"events": {200, events, 1, false}, "events-in-utf-8": {200, events + "; charset=utf-8", 1, false},
		"json": {200, "application/json", 1, true}, "no-type": {200, "", 1, true}, "html": {200, "text/html", 1, true},
		"accepted": {202, events, 1, true}, "redirect": {302, events, 1, true}, "gone": {404, events, 1, true}, "last-of-clients": {499, events, 1, true},
		"unauthorized": {401, "", 2, false}, "failure": {500, "", 2, false}, "failure-with-events": {503, events, 2, false}, "last-failure": {599, "", 2, false}, "cut": {0, "", 2, false},
	}
	var mu sync.Mutex
	asked := map[string]int{}
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		if m != nil && m.Method == "tools/call" {
			_, name, _ := strings.Cut(string(m.Params), `"name":"`)
			event(w, strings.TrimSuffix(name, `"}`), "") // and breaks
			return
		}
		id := r.Header.Get("Last-Event-ID")
		c, ok := cases[id]
		if !ok {
			answerHello(w, r, m)
			return
		}
		mu.Lock()
		asked[id]++
		first := asked[id] == 1
		mu.Unlock()
		switch {
		case !first:
			c.status, c.kind = 200, events
		case c.status == 0:
			panic(http.ErrAbortHandler)
		}
		w.Header()["Content-Type"] = []string{c.kind}
		w.WriteHeader(c.status)
		io.WriteString(w, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n")
	})
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := u.connect(&renewing{last: 2})
			c.t = t
			c.begin()
			c.send(fmt.Sprintf(call, name))
			if tt.lost {
				c.lost("ended before the answer")
			} else {
				c.answered(`{"jsonrpc":"2.0","id":1,"result":{}}`)
			}
			mu.Lock()
			defer mu.Unlock()
			if asked[name] != tt.asked {
				t.Errorf("asked %d times for the rest, want %d", asked[name], tt.asked)
			}
		})
	}
}

// TestStandingStreamIsAskedForAgain checks that a server which fails, or ends the standing stream at
// once, is asked for it again after a pause.
func TestStandingStreamIsAskedForAgain(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"fails":        func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"fails, also":  func(w http.ResponseWriter) { w.WriteHeader(599) },
		"ends at once": func(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/event-stream") },
		"asks for a short pause": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, "retry: 1\n\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var first time.Time // one request follows the other
			u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
				switch {
				case r.Method == http.MethodGet && first.IsZero():
					first = time.Now()
					answer(w)
				case r.Method == http.MethodGet:
					if pause := time.Since(first); pause < 500*time.Millisecond {
						t.Errorf("asked again after %v", pause)
					}
					event(w, "", `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
					<-r.Context().Done()
				default:
					answerHello(w, r, m)
				}
			})
			c := u.connect(nil)
			c.begin()
			c.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
			c.answered(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
		})
	}
}
