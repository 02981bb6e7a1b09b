package upstream_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/upstream"
)

// renewing is a credential that a server may refuse.
type renewing struct {
	mu   sync.Mutex
	n    int
	last int // the number of tokens that there are
	err  error
}

func (c *renewing) token() string { return "token-" + strings.Repeat("i", c.n+1) }

func (c *renewing) Get(context.Context) (egress.Credential, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "Bearer " + c.token()}, c.err
}

func (c *renewing) Refused(_ context.Context, old egress.Credential) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old.Value != "Bearer "+c.token() {
		return true
	}
	if c.n+1 >= c.last {
		return false
	}
	c.n++
	return true
}

func (c *renewing) Secrets() []string { return []string{c.token()} }

// A server that refuses the credential gets a new one, once, and no call twice.
func TestCredentialIsRenewed(t *testing.T) {
	var mu sync.Mutex
	accepted, listens := "token-i", make(chan struct{}, 1)
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		mu.Lock()
		want := accepted
		mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+want {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, "token-i token-ii")
			return
		}
		if r.Method == http.MethodGet {
			listens <- struct{}{}
		}
		if !answerHello(w, r, m) {
			writeJSON(w, jsonrpc.Response(m.ID, []byte(`{"tools":[]}`)))
		}
	})
	accept := func(token string) {
		mu.Lock()
		defer mu.Unlock()
		accepted = token
	}
	c := &renewing{last: 3}
	client := must.Get(egress.New(egress.Config{Named: []string{u.url.String()}, Redirects: -1}))
	dial := upstream.ByURL(upstream.Remote{URL: u.url, Client: client, Credential: c, Log: slog.New(slog.DiscardHandler)})
	s := newSite(t, gatewaytest.ReadOnly, dial, nil)
	header := s.BeginRemote()
	call := func() (text string, sent int) {
		before := u.count("tools/call")
		_, text = s.Post(callText, header...)
		return text, u.count("tools/call") - before
	}
	call()    // the gateway knows the tools now
	<-listens // the request for a stream must not renew the credential
	accept("token-ii")
	if text, sent := call(); !strings.Contains(text, "the call was not sent again") || strings.Contains(text, "token-i") || sent != 1 {
		t.Errorf("sent %d times: %s", sent, text)
	}
	if text, sent := call(); !strings.Contains(text, `"result"`) || sent != 1 {
		t.Errorf("with the new token: %s", text)
	}
	accept("token-iii")
	const list = `{"jsonrpc":"2.0","id":3,"method":"tools/list"}`
	before := u.count("tools/list")
	if _, text := s.Post(list, header...); !strings.Contains(text, `"tools"`) || u.count("tools/list") != before+2 {
		t.Errorf("a list is sent again: %s, %d times", text, u.count("tools/list")-before)
	}
	accept("token-iiii") // there is no such token
	if text, sent := call(); !strings.Contains(text, "status 401") || strings.Contains(text, "token-i") || sent != 1 {
		t.Errorf("no other token: %s", text)
	}
	c.mu.Lock()
	c.err = errors.New("the issuer is down")
	c.mu.Unlock()
	if text, sent := call(); !strings.Contains(text, "the issuer is down") || sent != 0 {
		t.Errorf("no credential: %s", text)
	}
}

// TestGoodbyeRenewsCredential ends the session of a server that refuses the credential meanwhile.
func TestGoodbyeRenewsCredential(t *testing.T) {
	ended := false
	u := newOrigin(t, func(w http.ResponseWriter, r *http.Request, m *jsonrpc.Message) {
		switch {
		case r.Method != http.MethodDelete:
			answerHello(w, r, m)
		case r.Header.Get("Authorization") == "Bearer token-ii":
			ended = r.Header.Get(mirror.HeaderSession) == "of-upstream"
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	c := u.connect(&renewing{last: 2})
	c.begin()
	c.Close()
	c.Close() // says goodbye once
	if n := u.count(http.MethodDelete); n != 2 || !ended {
		t.Errorf("the server got %q", u.seen)
	}
}

// A child does not see the gateway's credentials for other servers.
func TestChildHasNoCredentials(t *testing.T) {
	t.Setenv("SPECTAP_UPSTREAM_TOKEN", "planted")
	t.Setenv("SPECTAP_UPSTREAM_CLIENT_SECRET", "planted")
	t.Setenv("SPECTAP_APPROVAL_WEBHOOK", "https://hooks.example.com/planted")
	t.Setenv("SPECTAP_CLIENT_SECRET", "planted")
	t.Setenv("OF_ANOTHER", "planted")
	t.Setenv("OF_THE_SERVER", "kept")
	conn := must.Get(upstream.Child([]string{"sh", "-c", `echo "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"env\":\"$(env | grep -e planted -e OF_THE | tr -d '\n')\"}}"`}, io.Discard, 0, nil, "OF_ANOTHER")(t.Context()))
	defer conn.Close()
	p, err := conn.Receive()
	if err != nil || !strings.Contains(string(p.Text), `"OF_THE_SERVER=kept"`) {
		t.Errorf("%s %v", p.Text, err)
	}
}
