package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/httpserver"
	"github.com/spectap/spectap/internal/test/must"
)

var secret = []byte("0123456789abcdef")

// bench is a hook with a listener, and a held call.
type bench struct {
	t    *testing.T
	book *approval.Book
	hook *Hook
	held approval.Held
	url  string // of the listener
	now  time.Time
}

func newBench(t *testing.T, url string, change func(*approval.Call)) *bench {
	t.Helper()
	x := &bench{t: t, now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	var err error
	x.book = must.Get(approval.Open(filepath.Join(t.TempDir(), "approvals.json")))
	c := approval.Call{Grant: "agent", Server: "s", Tool: "pay", Arguments: []byte(`{"to":"ben","password":"hunter2secret"}`), Policy: "p", Rule: "/tools/pay"}
	if change != nil {
		change(&c)
	}
	x.held = must.Get(x.book.Ask(c, time.Hour, x.now))
	x.hook, err = New(Config{
		URL: url, Secret: secret, Book: x.book, Redactor: redact.New([]byte("key"), redact.Config{}), Now: func() time.Time { return x.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.hook.Close)
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	r := must.Get(httpserver.NewReach(httpserver.ReachConfig{Addr: l.Addr()}))
	s := &http.Server{Handler: x.hook.Handler(r)}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	x.url = "http://" + l.Addr().String() + AnswerPath
	return x
}

func (x *bench) answer(id, by string) map[string]any {
	return map[string]any{"answer": id, "id": x.held.ID, "digest": x.held.Digest, "decision": "approve", "approver": by}
}

// send signs and sends an answer, which change may damage, and returns the status.
func (x *bench) send(a map[string]any, change func(*http.Request)) (int, string) {
	x.t.Helper()
	body := must.Get(json.Marshal(a))
	req := must.Get(http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.url, bytes.NewReader(body)))
	now := strconv.FormatInt(x.now.Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(HeaderTime, now)
	req.Header.Set(HeaderSignature, signature(secret, fromWebhook, now, body))
	if change != nil {
		change(req)
	}
	resp := must.Get(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	h := resp.Header
	if h.Get("Content-Type") != "application/json" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
		x.t.Errorf("a page may show the response: %v", h)
	}
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func (x *bench) state() approval.State {
	x.t.Helper()
	return must.Get(x.book.Get(x.held.ID, x.now)).State
}

// resign signs the body again, with a secret and for a time.
func resign(key string, at time.Time, direction string) func(*http.Request) {
	return func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		now := strconv.FormatInt(at.Unix(), 10)
		r.Header.Set(HeaderTime, now)
		r.Header.Set(HeaderSignature, signature([]byte(key), direction, now, body))
	}
}

// An answer that is forged, late, from a web page, for another call or by the caller decides
// nothing.
func TestRefusedAnswers(t *testing.T) {
	x := newBench(t, "", nil)
	for _, c := range []struct {
		name   string
		status int
		answer func(map[string]any)
		change func(*http.Request)
	}{
		{"no signature", 401, nil, func(r *http.Request) { r.Header.Del(HeaderSignature) }},
		{"no time", 401, nil, func(r *http.Request) { r.Header.Del(HeaderTime) }},
		{"another secret", 401, nil, resign("fedcba9876543210", x.now, fromWebhook)},
		{"two signatures", 401, nil, func(r *http.Request) { r.Header.Add(HeaderSignature, "v1=00") }},
		{"a signature in capitals", 401, nil, func(r *http.Request) {
			r.Header.Set(HeaderSignature, strings.ToUpper(r.Header.Get(HeaderSignature)))
		}},
		{"the body swapped", 401, nil, func(r *http.Request) {
			body, _ := json.Marshal(map[string]any{"answer": "1", "id": x.held.ID, "digest": x.held.Digest, "decision": "approve", "approver": "eve"})
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}},
		{"the time swapped", 401, nil, func(r *http.Request) { r.Header.Set(HeaderTime, strconv.FormatInt(x.now.Unix()+1, 10)) }},
		{"signed six minutes ago", 401, nil, resign(string(secret), x.now.Add(-6*time.Minute), fromWebhook)},
		{"signed in the future", 401, nil, resign(string(secret), x.now.Add(6*time.Minute), fromWebhook)},
		{"signed as what was posted", 401, nil, resign(string(secret), x.now, toWebhook)},
		{"from a page", 403, nil, func(r *http.Request) { r.Header.Set("Origin", "http://"+r.URL.Host) }},
		{"from a page without origin", 403, nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		{"a name that was bound to this address", 403, nil, func(r *http.Request) { r.Host = "evil.example" }},
		{"a form", 415, nil, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		{"a read", 405, nil, func(r *http.Request) { r.Method = http.MethodGet }},
		{"another path", 404, nil, func(r *http.Request) { r.URL.Path = "/" }},
		{"another call", 404, func(a map[string]any) { a["id"] = "zzzzzzzzzz" }, nil},
		{"another digest", 403, func(a map[string]any) { a["digest"] = strings.Repeat("0", 64) }, nil},
		{"who asks", 403, func(a map[string]any) { a["approver"] = "agent" }, nil},
		{"who asks, in other letters", 403, func(a map[string]any) { a["approver"] = "аgent" }, nil},
		{"nobody", 400, func(a map[string]any) { a["approver"] = "" }, nil},
		{"a name that hides", 400, func(a map[string]any) { a["approver"] = "an\u200bna" }, nil},
		{"a name of a user here", 400, func(a map[string]any) { a["approver"] = "user:root" }, nil},
		{"no id of its own", 400, func(a map[string]any) { a["answer"] = "" }, nil},
		{"no decision", 400, func(a map[string]any) { a["decision"] = "maybe" }, nil},
		{"an unknown member", 400, func(a map[string]any) { a["approve"] = true }, nil},
		{"a long note", 400, func(a map[string]any) { a["note"] = strings.Repeat("x", approval.MaxNote+1) }, nil},
		{"too large", 413, func(a map[string]any) { a["note"] = strings.Repeat("x", maxAnswer) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := x.answer("1", "anna")
			if c.answer != nil {
				c.answer(a)
			}
			if status, text := x.send(a, c.change); status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, text)
			}
			if s := x.state(); s != approval.Waiting {
				t.Fatalf("the call is %s", s)
			}
		})
	}
	if status, text := x.send(x.answer("1", "anna"), nil); status != 200 || x.state() != approval.Approved {
		t.Fatal(status, text)
	}
}

// An answer counts once, also after the clock was set back, and after a restart.
func TestReplayedAnswer(t *testing.T) {
	x := newBench(t, "", func(c *approval.Call) { c.Approvers = 3 })
	if status, text := x.send(x.answer("1", "anna"), nil); status != 200 {
		t.Fatal(text)
	}
	for _, by := range []string{"anna", "ben"} { // the same id
		if status, text := x.send(x.answer("1", by), nil); status != 409 || !strings.Contains(text, "before") {
			t.Error(status, text)
		}
	}
	if status, text := x.send(x.answer("2", "Anna"), nil); status != 409 || !strings.Contains(text, "decided already") {
		t.Error("one person is two:", status, text)
	}
	start := x.now
	late := resign(string(secret), start, fromWebhook)
	x.now = start.Add(time.Hour)
	must.Get(x.book.Ask(approval.Call{Grant: "other", Tool: "t"}, time.Hour, x.now)) // the file has seen the time
	x.now = start
	if status, text := x.send(x.answer("3", "ben"), late); status == 200 {
		t.Error("the clock was set back:", text)
	}
}

// Of answers that race, each person counts once.
func TestAnswersRace(t *testing.T) {
	x := newBench(t, "", func(c *approval.Call) { c.Approvers = 2 })
	var ok atomic.Int32
	done := make(chan struct{})
	for i := range 8 {
		go func() {
			if status, _ := x.send(x.answer(fmt.Sprint(i), "anna"), nil); status == 200 {
				ok.Add(1)
			}
			done <- struct{}{}
		}()
	}
	for range 8 {
		<-done
	}
	if ok.Load() != 1 || x.state() != approval.Waiting {
		t.Errorf("%d counted, the call is %s", ok.Load(), x.state())
	}
}

// receiver is a webhook that checks the posts.
type receiver struct {
	*httptest.Server
	got   chan message
	raw   chan string
	reply atomic.Value // func(http.ResponseWriter, message)
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{got: make(chan message, 10), raw: make(chan string, 10)}
	r.reply.Store(func(http.ResponseWriter, message) {})
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if req.Header.Get(HeaderSignature) != signature(secret, toWebhook, req.Header.Get(HeaderTime), body) {
			t.Error("the post is not signed")
		}
		var m message
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		r.reply.Load().(func(http.ResponseWriter, message))(w, m)
		r.got <- m
		r.raw <- string(body)
	}))
	t.Cleanup(r.Close)
	return r
}

// A call is posted once, without secrets and in a form that Slack takes.
func TestPost(t *testing.T) {
	r := newReceiver(t)
	x := newBench(t, r.URL, func(c *approval.Call) {
		c.Tool = "pay<!channel>*b*"
		c.Request = &approval.Request{Method: "POST", URL: "https://api.example/pay?api_key=sk_live_abcdefghijklmnop", Header: []string{"Authorization: Bearer abcdefghijklmnopqrst", "Content-Type: application/json"},
			Body: `{"password":"hunter2secret"}`, Size: 9}
	})
	if !x.hook.postNext(t.Context()) || x.hook.postNext(t.Context()) {
		t.Error("not posted once")
	}
	m, raw := <-r.got, <-r.raw
	if m.ID != x.held.ID || m.Digest != x.held.Digest || m.Event != "approval.waiting" || m.Mrkdwn || !strings.Contains(string(m.Arguments), "ben") {
		t.Errorf("%+v", m)
	}
	if h := m.Request.Header; len(h) != 2 || !strings.HasPrefix(h[0], "Authorization: ") || h[1] != "Content-Type: application/json" {
		t.Errorf("the header is %q", h)
	}
	for _, s := range []string{"hunter2secret", "sk_live_abcdefghijklmnop", "abcdefghijklmnopqrst"} {
		if strings.Contains(raw, s) {
			t.Errorf("the post has the secret %s: %s", s, raw)
		}
	}
	if strings.Contains(m.Text, "<") || strings.Contains(m.Text, "*b*") {
		t.Errorf("markup of others: %s", m.Text)
	}
	for _, b := range m.Blocks {
		if b.Text.Type != "plain_text" || len([]rune(b.Text.Text)) > 3000 || *b.Text.Emoji {
			t.Errorf("block %+v", b)
		}
	}
	if x.state() != approval.Waiting {
		t.Error(x.state())
	}
}

// A secret that one place of a call identifies is hidden in all others.
func TestPostHidesEverywhere(t *testing.T) {
	const hidden = "hunter2xyz"
	r := redact.New([]byte("key"), redact.Config{})
	for name, change := range map[string]func(c *approval.Call){
		"path":     func(c *approval.Call) { c.Request.URL = "https://u@api.example/reset/token/" + hidden + "?q=1" },
		"query":    func(c *approval.Call) { c.Request.URL = "https://api.example?password=" + hidden },
		"header":   func(c *approval.Call) { c.Request.Header[1] = "X-Api-Key: " + hidden },
		"body":     func(c *approval.Call) { c.Request.Body = `{"password":"` + hidden + `"}` },
		"argument": func(c *approval.Call) { c.Arguments = []byte(`{"x":"` + hidden + `","password":"` + hidden + `"}`) },
	} {
		x := newBench(t, "", func(c *approval.Call) {
			c.Arguments, c.Effect = []byte(`{"x":"`+hidden+`","to":"ben"}`), "it sets "+hidden
			c.Request = &approval.Request{Method: "POST", URL: "https://api.example/a/" + hidden + "?b=" + hidden,
				Header: []string{"Content-Encoding: gzip", "X-Note: " + hidden, "Content-Type: application/json", "Content-Length: 7"}, Body: `{"note":"` + hidden + `"}`}
			change(c)
		})
		m := messageOf(&x.held, r)
		text, _ := json.Marshal(m)
		if strings.Contains(string(text), hidden) {
			t.Errorf("%s: %s", name, text)
		}
		if h := m.Request.Header; len(h) != 4 || h[0] != "Content-Encoding: gzip" || h[2] != "Content-Type: application/json" || h[3] != "Content-Length: 7" {
			t.Errorf("%s: the header is %q", name, h)
		}
		if u := m.Request.URL; !strings.HasPrefix(u, "https://") || !strings.Contains(u, "api.example") || name == "path" && !strings.HasSuffix(u, "?q=1") {
			t.Errorf("%s: the URL is %s", name, u)
		}
	}
}

// A large call becomes a bounded number of blocks.
func TestLargePost(t *testing.T) {
	x := newBench(t, "", func(c *approval.Call) {
		args := map[string]any{}
		for i := range 900 {
			args[fmt.Sprint("n", i)] = strings.Repeat("ж", 60)
		}
		c.Arguments, _ = json.Marshal(args)
	})
	m := messageOf(&x.held, x.hook.c.Redactor)
	if n := len(m.Blocks); n != maxParts+1 || !strings.Contains(m.Blocks[n-1].Text.Text, "spectap approvals show") {
		t.Errorf("%d blocks", n)
	}
}

// The response of a webhook decides only if it is signed, for this very call.
func TestResponseDecides(t *testing.T) {
	r := newReceiver(t)
	x := newBench(t, r.URL, nil)
	signed := func(change func(map[string]any), sign bool) func(http.ResponseWriter, message) {
		return func(w http.ResponseWriter, m message) {
			a := x.answer("r1", "anna")
			change(a)
			body, _ := json.Marshal(a)
			now := strconv.FormatInt(x.now.Unix(), 10)
			if sign {
				w.Header().Set(HeaderTime, now)
				w.Header().Set(HeaderSignature, signature(secret, fromWebhook, now, body))
			}
			w.Write(body)
		}
	}
	for name, reply := range map[string]func(http.ResponseWriter, message){
		"unsigned":       signed(func(map[string]any) {}, false),
		"another digest": signed(func(a map[string]any) { a["digest"] = "0" }, true),
		"the requester":  signed(func(a map[string]any) { a["approver"] = "agent" }, true),
		"an error": func(w http.ResponseWriter, m message) {
			w.WriteHeader(500)
			signed(func(map[string]any) {}, true)(w, m)
		},
	} {
		r.reply.Store(reply)
		if err := x.hook.post(t.Context(), &x.held); (err != nil) != (name == "an error") {
			t.Errorf("%s: %v", name, err)
		}
		<-r.got
		if x.state() != approval.Waiting {
			t.Fatalf("%s: the call is %s", name, x.state())
		}
	}
	r.reply.Store(signed(func(map[string]any) {}, true))
	if err := x.hook.post(t.Context(), &x.held); err != nil || x.state() != approval.Approved {
		t.Error(err, x.state())
	}
}

// A failing webhook is retried with backoff, and never approves.
func TestFailingWebhook(t *testing.T) {
	r := newReceiver(t)
	r.reply.Store(func(w http.ResponseWriter, _ message) { w.WriteHeader(http.StatusBadGateway) })
	x := newBench(t, r.URL, nil)
	posts, last := 0, x.now
	var gaps []time.Duration
	for end := x.now.Add(50 * time.Minute); x.now.Before(end); x.now = x.now.Add(time.Second) {
		if x.hook.postNext(t.Context()) {
			posts++
			gaps, last = append(gaps, x.now.Sub(last)), x.now
			<-r.got
		}
	}
	if posts != approval.MaxPosts || gaps[1] != 2*time.Second || gaps[posts-1] < 4*time.Minute || x.state() != approval.Waiting {
		t.Errorf("%d posts after %v, the call is %s", posts, gaps, x.state())
	}
	r.Close()
	if err := x.hook.post(t.Context(), &x.held); err == nil || x.state() != approval.Waiting {
		t.Error("a webhook that is gone:", err)
	}
}

// A redirect is not followed, so that the content of a call is not sent elsewhere.
func TestRedirectingWebhook(t *testing.T) {
	other := newReceiver(t)
	r := newReceiver(t)
	r.reply.Store(func(w http.ResponseWriter, _ message) {
		w.Header().Set("Location", other.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	x := newBench(t, r.URL, nil)
	if err := x.hook.post(t.Context(), &x.held); err == nil || len(other.got) != 0 {
		t.Error("followed:", err)
	}
}

func TestConfig(t *testing.T) {
	b := must.Get(approval.Open(filepath.Join(t.TempDir(), "a")))
	for _, c := range []Config{
		{Secret: []byte("short"), Book: b}, {URL: "http://hooks.example.com/x", Secret: secret, Book: b},
		{URL: "ftp://127.0.0.1/", Secret: secret, Book: b}, {URL: "https://u:p@hooks.example.com/", Secret: secret, Book: b}, {URL: "%", Secret: secret, Book: b},
		{URL: "http://127.evil.example/", Secret: secret, Book: b},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%q is accepted", c.URL)
		}
	}
	if _, err := verify(secret, http.Header{}, nil, time.Now()); !errors.Is(err, errSignature) {
		t.Error(err)
	}
}
