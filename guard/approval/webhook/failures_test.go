package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
)

// Run posts what waits, and what comes later, until its context ends. Without a URL it has nothing to
// do.
func TestRun(t *testing.T) {
	posts := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { posts <- r.Header.Get("Content-Type") }))
	defer s.Close()
	x := newBench(t, s.URL, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { x.hook.Run(ctx); close(done) }()
	if got := <-posts; got != "application/json" {
		t.Errorf("posted as %s", got)
	}
	if _, err := x.book.Ask(approval.Call{Grant: "other", Tool: "t"}, time.Hour, x.now); err != nil {
		t.Fatal(err)
	}
	<-posts
	cancel()
	<-done
	if len(posts) != 0 {
		t.Error("a call was posted twice")
	}
	newBench(t, "", nil).hook.Run(t.Context()) // returns
}

// A book that cannot be read or written is in the log, without the URL of the webhook.
func TestBookFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "approvals.json")
	book, err := approval.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	if _, err := book.Ask(approval.Call{Grant: "a", Tool: "t"}, time.Hour, now); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { os.WriteFile(path, []byte("{"), 0o600) }))
	defer s.Close()
	var log strings.Builder
	h, err := New(Config{
		URL: s.URL + "/services/T0KEN", Secret: secret, Book: book, Redactor: redact.New([]byte("key"), redact.Config{}),
		Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if !h.postNext(t.Context()) || !strings.Contains(log.String(), "what the webhook was told is not noted") {
		t.Errorf("%s", &log)
	}
	log.Reset()
	if h.postNext(t.Context()) || !strings.Contains(log.String(), "the approvals cannot be read, so the webhook is not told") {
		t.Errorf("%s", &log)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	log.Reset()
	s.Close()
	now = now.Add(time.Minute)
	if !h.postNext(t.Context()) || !strings.Contains(log.String(), "the webhook was not told of a held call") || !strings.Contains(log.String(), "attempt=1 of=9") {
		t.Errorf("%s", &log)
	}
	if strings.Contains(log.String(), "T0KEN") {
		t.Errorf("the URL is in the log: %s", &log)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	now = now.Add(time.Minute)
	if h.postNext(ended) {
		t.Error("posted after the end")
	}
}

// Whoever answers learns why the answer is refused, and nothing of this machine.
func TestReasonsOfRefusals(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		why    string
	}{
		{errSignature, 401, "the signature is not valid"}, {approval.ErrLate, 401, approval.ErrLate.Error()}, {approval.ErrNotFound, 404, approval.ErrNotFound.Error()},
		{approval.ErrReplayed, 409, approval.ErrReplayed.Error()}, {approval.ErrOver, 409, approval.ErrOver.Error()}, {approval.ErrTwice, 409, approval.ErrTwice.Error()},
		{approval.ErrOwn, 403, approval.ErrOwn.Error()}, {approval.ErrOtherCall, 403, approval.ErrOtherCall.Error()}, {errAnswer, 400, errAnswer.Error()},
		{errors.New("open /home/ann/approvals.json: no space"), 400, "the answer cannot be taken"},
	} {
		err := fmt.Errorf("decide on x: %w", tt.err)
		if statusOf(err) != tt.status || reasonOf(err) != tt.why {
			t.Errorf("%v: %d %s", err, statusOf(err), reasonOf(err))
		}
	}
}

// A signature is for one time, direction and body. The time is in seconds, written with digits.
func TestVerify(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	body := []byte("{}")
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	for name, tt := range map[string]struct {
		time      string
		direction string
		want      error
	}{
		"now":            {at(0), fromWebhook, nil},
		"earliest":       {at(-approval.AnswerWindow), fromWebhook, nil},
		"too early":      {at(-approval.AnswerWindow - time.Second), fromWebhook, approval.ErrLate},
		"latest":         {at(approval.AnswerWindow), fromWebhook, nil},
		"too late":       {at(approval.AnswerWindow + time.Second), fromWebhook, approval.ErrLate},
		"the other way":  {at(0), toWebhook, errSignature},
		"a sign":         {"+" + at(0), fromWebhook, errSignature},
		"a fraction":     {at(0) + ".0", fromWebhook, errSignature},
		"no number":      {"now", fromWebhook, errSignature},
		"a huge number":  {strings.Repeat("9", 30), fromWebhook, errSignature},
		"no time at all": {"", fromWebhook, errSignature},
	} {
		h := http.Header{HeaderTime: {tt.time}, HeaderSignature: {signature(secret, tt.direction, tt.time, body)}}
		signed, err := verify(secret, h, body, now)
		if !errors.Is(err, tt.want) || err == nil && strconv.FormatInt(signed.Unix(), 10) != tt.time || err != nil && !signed.IsZero() {
			t.Errorf("%s: %v, %v", name, signed, err)
		}
		h.Add(HeaderTime, tt.time)
		if _, err := verify(secret, h, body, now); !errors.Is(err, errSignature) {
			t.Errorf("%s twice: %v", name, err)
		}
	}
}

// A long text is cut at line breaks into parts that Slack takes, and nothing of it is lost.
func TestParts(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		sizes string
	}{
		"nothing": {"", "[]"}, "short": {"a\nb", "[3]"}, "longest": {strings.Repeat("é", 2900), "[2900]"}, "longer": {strings.Repeat("é", 2901), "[2900 1]"},
		"lines": {strings.Repeat(strings.Repeat("x", 999)+"\n", 4), "[2000 2000]"}, "longest of lines": {strings.Repeat(strings.Repeat("x", 99)+"\n", 29), "[2900]"}, "a break first": {"\n" + strings.Repeat("x", 3000), "[2900 101]"},
	} {
		var sizes []int
		all := parts(tt.text)
		for _, p := range all {
			sizes = append(sizes, utf8.RuneCountInString(p))
		}
		if fmt.Sprint(sizes) != tt.sizes || strings.Join(all, "") != tt.text {
			t.Errorf("%s: %v", name, sizes)
		}
	}
	m := messageOf(&approval.Held{ID: "id", Call: approval.Call{Effect: strings.Repeat("some words ", 4000)}}, redact.New([]byte("key"), redact.Config{}))
	last := m.Blocks[len(m.Blocks)-1].Text.Text
	if len(m.Blocks) != 13 || last != "… the rest: spectap approvals show id" || string(m.Arguments) != "{}" || m.Approvers != 1 {
		t.Errorf("%d blocks, the last %q, arguments %s", len(m.Blocks), last, m.Arguments)
	}
}

// What a webhook is made of is checked, and the error says what is wrong with it.
func TestConfigSaysWhy(t *testing.T) {
	for url, want := range map[string]string{
		"": "", "https://hooks.example.com/x": "", "http://127.0.0.1:1/x": "", "http://[::1]/x": "", "http://localhost/x": "",
		"http://hooks.example.com": "the webhook must be https: others could read what calls send, and approve them", "http://10.0.0.1/": "the webhook must be https",
		"%": "the webhook is not a URL", "ftp://localhost": "the webhook: origin is not allowed: the scheme must be http or https", "https://u:p@a.example": "the webhook: origin is not allowed",
	} {
		_, err := New(Config{URL: url, Secret: secret})
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
	for n, want := range map[int]string{15: "the secret of the webhook has 15 bytes, and needs 16", 16: ""} {
		if _, err := New(Config{Secret: make([]byte, n)}); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for name, want := range map[string]bool{
		"anna": true, strings.Repeat("é", 128): true, strings.Repeat("é", 129): false, "": false, " anna": false, "a:b": false, "a,b": false, "a(b": false, "a)b": false,
		"a\u200bb": false, "a\xff": false, "a b": true,
	} {
		if isName(name) != want {
			t.Errorf("%q is a name: %v", name, !want)
		}
	}
}

// An answer is bounded: its id in bytes, and the whole. A response that breaks off tells the webhook
// nothing, so that it is told again.
func TestBoundsOfAnswers(t *testing.T) {
	for n, want := range map[int]int{200: 200, 201: 400} {
		x := newBench(t, "", nil)
		if status, text := x.send(x.answer(strings.Repeat("a", n), "anna"), nil); status != want {
			t.Errorf("an id of %d bytes: %d %s", n, status, text)
		}
	}
	x := newBench(t, "", nil)
	for size, want := range map[int]string{64 << 10: errSignature.Error(), 64<<10 + 1: "the answer is larger than 65536 bytes"} {
		if _, err := x.hook.Answer(http.Header{}, make([]byte, size)); err == nil || err.Error() != want {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("half"))
	}))
	defer s.Close()
	x = newBench(t, s.URL, nil)
	if err := x.hook.post(t.Context(), &x.held); err == nil || !strings.HasPrefix(err.Error(), "read the response: ") {
		t.Errorf("a response that breaks off: %v", err)
	}
	if !x.hook.postNext(t.Context()) {
		t.Fatal("nothing was posted")
	}
	if h, err := x.book.Get(x.held.ID, x.now); err != nil || h.Post == nil || !h.Post.Done.IsZero() {
		t.Errorf("it counts as told: %+v, %v", h.Post, err)
	}
}
