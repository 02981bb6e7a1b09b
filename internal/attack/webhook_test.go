package attack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

const hookSecret = "0123456789abcdef0123456789abcdef"

// sign signs a message of a webhook as docs/approvals.md says.
func sign(direction, at, body string) string {
	m := hmac.New(sha256.New, []byte(hookSecret))
	io.WriteString(m, "v1:"+direction+":"+at+":"+body)
	return "v1=" + hex.EncodeToString(m.Sum(nil))
}

const payment = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /pay:
    post:
      operationId: pay
      requestBody: {content: {application/json: {schema: {type: object, properties: {to: {type: string}}}}}}
      responses: {"200": {description: ok}}
`

// A webhook that does not know the secret, or misuses what it has seen, sends no call.
func TestHostileWebhook(t *testing.T) {
	type post struct{ ID, Digest string }
	approve := func(p post) string {
		return fmt.Sprintf(`{"answer":"a","id":%q,"digest":%q,"decision":"approve","approver":"anna"}`, p.ID, p.Digest)
	}
	at := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).Unix()) }
	signed := func(w http.ResponseWriter, direction, at, body string) {
		w.Header().Set("X-Spectap-Timestamp", at)
		w.Header().Set("X-Spectap-Signature", sign(direction, at, body))
		io.WriteString(w, body)
	}
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request, p post, body string){
		"unsigned": func(w http.ResponseWriter, _ *http.Request, p post, _ string) { io.WriteString(w, approve(p)) },
		"its own post": func(w http.ResponseWriter, r *http.Request, _ post, body string) {
			w.Header()["X-Spectap-Signature"] = r.Header["X-Spectap-Signature"]
			w.Header()["X-Spectap-Timestamp"] = r.Header["X-Spectap-Timestamp"]
			io.WriteString(w, body)
		},
		"direction": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			signed(w, "request", at(0), approve(p))
		},
		"six minutes": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			signed(w, "answer", at(-6*time.Minute), approve(p))
		},
		"in the future": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			signed(w, "answer", at(6*time.Minute), approve(p))
		},
		"two signatures": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			w.Header().Add("X-Spectap-Signature", "v1=00")
			w.Header().Add("X-Spectap-Signature", sign("answer", at(0), approve(p)))
			w.Header().Set("X-Spectap-Timestamp", at(0))
			io.WriteString(w, approve(p))
		},
		"list of signatures": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			w.Header().Set("X-Spectap-Signature", "v1=00, "+sign("answer", at(0), approve(p)))
			w.Header().Set("X-Spectap-Timestamp", at(0))
			io.WriteString(w, approve(p))
		},
		"another status": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			body, now := approve(p), at(0)
			w.Header().Set("X-Spectap-Timestamp", now)
			w.Header().Set("X-Spectap-Signature", sign("answer", now, body))
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, body)
		},
		"redirect": func(w http.ResponseWriter, r *http.Request, p post, _ string) {
			if r.URL.Path == "/again" {
				signed(w, "answer", at(0), approve(p))
				return
			}
			http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
		},
		"another digest": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			signed(w, "answer", at(0), approve(post{p.ID, strings.Repeat("0", len(p.Digest))}))
		},
		"another call": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			signed(w, "answer", at(0), approve(post{"other", p.Digest}))
		},
		"without end": func(w http.ResponseWriter, r *http.Request, p post, _ string) {
			now, body := at(0), approve(p)
			w.Header().Set("X-Spectap-Timestamp", now)
			w.Header().Set("X-Spectap-Signature", sign("answer", now, body))
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, body+strings.Repeat(" ", 1<<16)); err != nil {
					return
				}
			}
		},
		"never begins": func(_ http.ResponseWriter, r *http.Request, _ post, _ string) { <-r.Context().Done() },
		"huge headers": func(w http.ResponseWriter, _ *http.Request, p post, _ string) {
			for i := range 300 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("a", 1<<14))
			}
			signed(w, "answer", at(0), approve(p))
		},
	} {
		try(t, name, "answers a held call as webhook without the secret, or with what it has seen", "the call is not sent, and the server goes on", func(a *attack) {
			u := a.upstream(nil)
			asked := make(chan bool, 100)
			hook := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				var p post
				json.Unmarshal(body, &p)
				asked <- true
				answer(w, r, p, string(body))
			})
			g := a.agent(legacy, a.serving(u, payment, "--approvals", a.dir+"/approvals.json", "--require-approval", "--approval-wait", "1s",
				"--approval-webhook", hook.URL, "--approval-webhook-secret", a.file("secret", hookSecret)))
			r := g.call("pay", object{"requestBody": object{"to": "mallory"}})
			if len(asked) == 0 {
				a.Fatalf("the webhook was not asked: %s\n%s", r.raw, g.service.log())
			}
			g.request("tools/list", object{})
			a.untouched(u)
			if peak := peakOf(g.service.cmd.Process.Pid); peak > 200 {
				a.breach("%d MiB", peak)
			}
			g.service.stop()
			a.untouched(u)
		})
	}
	try(t, "secret of a path", "reads in the post what only the path shows to be a secret", "it is hidden in the arguments as well", func(a *attack) {
		const hidden = "hunter2xyz"
		document := strings.NewReplacer("/pay:", "/reset/token/{x}:", "operationId: pay", "operationId: pay\n      parameters: [{name: x, in: path, required: true, schema: {type: string}}]").Replace(payment)
		u, posts := a.upstream(nil), make(chan string, 10)
		hook := a.upstream(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			posts <- string(body)
		})
		g := a.agent(legacy, a.serving(u, document, "--approvals", a.dir+"/approvals.json", "--require-approval", "--approval-wait", "1s",
			"--approval-webhook", hook.URL, "--approval-webhook-secret", a.file("secret", hookSecret)))
		r := g.call("pay", object{"x": hidden, "requestBody": object{"to": hidden}})
		if len(posts) == 0 {
			a.Fatalf("the webhook was not asked: %s\n%s", r.raw, g.service.log())
		}
		post := <-posts
		a.including("the post", post, "/reset/token/", "redacted:secret")
		a.excluding("the post", post, hidden)
	})
	try(t, "with the secret", "nothing", "the call is sent, so that the other attacks mean something", func(a *attack) {
		u := a.upstream(nil)
		hook := a.upstream(func(w http.ResponseWriter, r *http.Request) {
			var p post
			json.NewDecoder(r.Body).Decode(&p)
			signed(w, "answer", at(0), approve(p))
		})
		g := a.agent(legacy, a.serving(u, payment, "--approvals", a.dir+"/approvals.json", "--require-approval", "--approval-wait", "30s",
			"--approval-webhook", hook.URL, "--approval-webhook-secret", a.file("secret", hookSecret)))
		if r := g.call("pay", object{"requestBody": object{"to": "ann"}}); r.isError || len(u.requests()) != 1 {
			a.Fatalf("%s\n%s", r.raw, g.service.log())
		}
	})
}
