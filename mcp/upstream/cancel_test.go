package upstream_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// TestCancelledCallsEnd cancels calls that the server never answers, as many servers do not. It
// gets each cancellation, and then the HTTP request of the call ends: else a client could hold any
// number of them. Calls that are not cancelled go on.
func TestCancelledCallsEnd(t *testing.T) {
	began, ended, told := make(chan string, 9), make(chan string, 9), make(chan string, 9)
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		switch {
		case m != nil && m.Method == "tools/call":
			began <- m.ID
			<-r.Context().Done()
			ended <- m.ID
		case m != nil && m.Method == "notifications/cancelled":
			if len(ended) > 0 {
				t.Error("a call ends before the server is told")
			}
			told <- string(m.Params)
			w.WriteHeader(http.StatusAccepted)
		default:
			answerHello(w, r, m)
		}
	})
	conn := must.Get(u.dialer(0)(t.Context()))
	send := func(m *jsonrpc.Message) {
		t.Helper()
		must.Do(t, conn.Send(m, nil))
	}
	get := func(from <-chan string, want string) {
		t.Helper()
		select {
		case got := <-from:
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("nothing came of %s", want)
		}
	}
	send(jsonrpc.Request("0", "initialize", []byte(`{}`)))
	must.Get(conn.Receive())
	send(jsonrpc.Request("9", "tools/call", []byte(`{"name":"stays"}`)))
	get(began, "9")
	for range 2 { // the id is free again
		send(jsonrpc.Request("1", "tools/call", []byte(`{"name":"read"}`)))
		get(began, "1")
		send(jsonrpc.Notification("notifications/cancelled", []byte(`{"requestId":1}`)))
		get(told, `{"requestId":1}`)
		get(ended, "1")
	}
	if len(ended) > 0 {
		t.Errorf("call %s ends, which was not cancelled", <-ended)
	}
	conn.Close()
}
