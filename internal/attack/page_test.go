package attack

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// desk is a page on which a call of an agent waits for a decision.
type desk struct {
	a            *attack
	host         string // of the page
	token        string
	base, cookie string // of the person's session
	id, digest   string // of the held call
	u            *upstream
	agent        *agent
	answer       chan result // to the held call
}

// desk starts the page and a server with a held call.
func (a *attack) desk() *desk {
	a.Helper()
	book := filepath.Join(a.dir, "approvals.json")
	d := &desk{a: a, u: a.upstream(nil), answer: make(chan result, 1)}
	d.agent = a.agent(legacy, a.serving(d.u, payment, "--require-approval", "--approvals", book))
	go func() { d.answer <- d.agent.call("pay", object{"requestBody": object{"to": "mallory"}}) }()
	s := a.start(nil, "ui", "--no-open", "--db", a.capture(exchange{url: "http://api.example/"}), "--approvals", book)
	line, err := s.stdout.ReadString('\n')
	if err != nil {
		a.Fatalf("the page does not start: %s", s.log())
	}
	_, link, _ := strings.Cut(line, "http://")
	d.host, d.token, _ = strings.Cut(strings.TrimSpace(link), "/#token=")
	status, head, body := d.raw("POST /session HTTP/1.1", `{"token":"`+d.token+`"}`, "Content-Type: application/json")
	if status != http.StatusOK {
		a.Fatalf("sign in: %d %s %s", status, head, body)
	}
	var in struct{ Base string }
	json.Unmarshal([]byte(body), &in)
	d.base = in.Base
	d.cookie, _, _ = strings.Cut(head.Get("Set-Cookie"), ";")
	for end := time.Now().Add(deadline); ; { // until the call is held
		if time.Now().After(end) {
			a.Fatal("no call is held")
		}
		out := a.spectap("approvals", "ls", "--approvals", book)
		if id, _, ok := strings.Cut(out.stdout, "  waiting"); ok {
			d.id = id
			break
		}
	}
	_, _, body = d.call("show", `{"id":"`+d.id+`"}`)
	var shown struct{ Digest string }
	json.Unmarshal([]byte(body), &shown)
	if d.digest = shown.Digest; d.digest == "" {
		a.Fatalf("show: %s", body)
	}
	return d
}

// raw sends a request as it is, with a Host unless it has one, and returns its answer.
func (d *desk) raw(line, body string, header ...string) (status int, head http.Header, answer string) {
	d.a.Helper()
	conn, err := net.Dial("tcp", d.host)
	if err != nil {
		d.a.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(deadline))
	text := line + "\r\n"
	if !strings.Contains(strings.Join(header, "\n"), "Host:") {
		text += "Host: " + d.host + "\r\n"
	}
	for _, h := range header {
		text += h + "\r\n"
	}
	fmt.Fprintf(conn, "%sContent-Length: %d\r\nConnection: close\r\n\r\n%s", text, len(body), body)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, nil, err.Error()
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20)) // what there is
	return resp.StatusCode, resp.Header, string(data)
}

// call calls the panel of approvals as the person's page does.
func (d *desk) call(name, body string, header ...string) (status int, head http.Header, answer string) {
	d.a.Helper()
	return d.raw("POST "+d.base+"api/approvals/"+name+" HTTP/1.1", body, append([]string{"Content-Type: application/json", "Cookie: " + d.cookie}, header...)...)
}

func (d *desk) verdict(more string) string {
	return fmt.Sprintf(`{"id":%q,"digest":%q,"approve":true%s}`, d.id, d.digest, more)
}

// undecided notes a breach if something was decided or sent.
func (d *desk) undecided() {
	d.a.Helper()
	_, _, body := d.call("show", `{"id":"`+d.id+`"}`)
	if !strings.Contains(body, `"state":"waiting"`) {
		d.a.breach("it was decided: %s", body)
	}
	d.a.untouched(d.u)
}

// A request to the page that is not the person's decides nothing (threats 8 and 16).
func TestForgedDecisions(t *testing.T) {
	const tries, holds = "sends a decision to the page", "nothing is decided"
	for name, send := range map[string]func(d *desk){
		"no cookie": func(d *desk) {
			d.raw("POST "+d.base+"api/approvals/decide HTTP/1.1", d.verdict(""), "Content-Type: application/json")
		},
		"cookies that may be the one": func(d *desk) {
			for _, c := range []string{d.cookie + "; " + d.cookie, "spectap=x; " + d.cookie, "Spectap=" + d.cookie[8:], strings.ToLower(d.cookie), d.cookie + "x", "spectap=" + d.token, "x=1," + d.cookie} {
				d.raw("POST "+d.base+"api/approvals/decide HTTP/1.1", d.verdict(""), "Content-Type: application/json", "Cookie: "+c)
			}
		},
		"other paths": func(d *desk) {
			for _, path := range []string{"/", "/api/../", "/s-" + strings.Repeat("a", 26) + "/", "/./", "//", "/assets/../", "/session/..;/", "/drawing/../", strings.ToUpper(d.base), "/%2e" + d.base, d.base[:len(d.base)-2] + "/"} {
				d.raw("POST "+path+"api/approvals/decide HTTP/1.1", d.verdict(""), "Content-Type: application/json", "Cookie: "+d.cookie)
			}
		},
		"foreign hosts": func(d *desk) {
			_, port, _ := net.SplitHostPort(d.host)
			for _, h := range []string{"evil.example", "evil.example:" + port, "localhost.evil.example", "127.0.0.1.evil.example:" + port, "127.0.0.1:" + port + ".evil.example", "[::1].evil.example", "127.1:" + port, "2130706433:" + port, "0:" + port, "0.0.0.0:" + port, "localhost.:" + port, "", "127.0.0.1@evil.example", "169.254.169.254"} {
				d.call("decide", d.verdict(""), "Host: "+h)
			}
			d.raw("POST http://evil.example"+d.base+"api/approvals/decide HTTP/1.1", d.verdict(""), "Content-Type: application/json", "Cookie: "+d.cookie)
			d.raw("POST "+d.base+"api/approvals/decide HTTP/1.0", d.verdict(""), "Content-Type: application/json", "Cookie: "+d.cookie, "X-Host:")
			d.call("decide", d.verdict(""), "Host: "+d.host, "Host: evil.example")
		},
		"foreign origins": func(d *desk) {
			host, port, _ := net.SplitHostPort(d.host)
			for _, o := range []string{"https://evil.example", "null", "", "http://" + host, "https://" + d.host, "http://" + host + ":1", "http://localhost:" + port, "http://" + d.host + ".evil.example", "http://evil.example/" + d.host, "http://" + d.host + "\r\nOrigin: http://evil.example", "file://", "ws://" + d.host, "chrome-extension://x"} {
				d.call("decide", d.verdict(""), "Origin: "+o)
			}
			for _, s := range []string{"cross-site", "same-site", "SAME-ORIGIN", "x"} {
				d.call("decide", d.verdict(""), "Sec-Fetch-Site: "+s)
			}
			d.call("decide", d.verdict(""), "Origin: http://"+d.host, "Sec-Fetch-Site: same-site")
		},
		"forms and other methods": func(d *desk) {
			cookie := "Cookie: " + d.cookie
			path := d.base + "api/approvals/decide"
			for _, typ := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/json2", "text/json", "application/jsonx; application/json"} {
				d.raw("POST "+path+" HTTP/1.1", d.verdict(""), cookie, "Content-Type: "+typ)
			}
			for _, m := range []string{"GET", "PUT", "post", "OPTIONS", "HEAD", "PATCH"} {
				d.raw(m+" "+path+" HTTP/1.1", d.verdict(""), cookie, "Content-Type: application/json", "X-HTTP-Method-Override: POST")
			}
			d.raw("GET "+d.base+"api/events?approvals.decide="+"%7B%7D HTTP/1.1", "", cookie)
		},
		"verdicts on something else": func(d *desk) {
			for _, body := range []string{
				fmt.Sprintf(`{"id":%q,"digest":"","approve":true}`, d.id),
				fmt.Sprintf(`{"id":%q,"approve":true}`, d.id),
				fmt.Sprintf(`{"id":%q,"digest":%q,"approve":true}`, d.id, strings.ToUpper(d.digest)),
				fmt.Sprintf(`{"id":%q,"digest":%q,"approve":true}`, d.id, d.digest[:16]),
				fmt.Sprintf(`{"id":%q,"digest":%q,"approve":false,"approve":true}`, d.id, d.digest),
				fmt.Sprintf(`{"id":%q,"digest":%q,"Approve":true}`, d.id, d.digest),
				fmt.Sprintf(`{"id":%q,"digest":%q,"approve":"true"}`, d.id, d.digest),
				fmt.Sprintf(`[%s]`, d.verdict("")),
				d.verdict("") + d.verdict(""),
				d.verdict(`,"by":"another"`),
				d.verdict(`,"channel":"terminal"`),
				fmt.Sprintf(`{"id":"","digest":%q,"approve":true}`, d.digest),
				fmt.Sprintf(`{"id":"../%s","digest":%q,"approve":true}`, d.id, d.digest),
				strings.Replace(d.verdict(""), "{", "\ufeff{", 1),
			} {
				d.call("decide", body)
			}
		},
		"tokens": func(d *desk) {
			for _, token := range []string{"", "null", d.token[:len(d.token)-1], d.token + " ", strings.ToLower(d.token), "*", "%"} {
				if status, head, body := d.raw("POST /session HTTP/1.1", `{"token":"`+token+`"}`, "Content-Type: application/json"); status == http.StatusOK {
					d.a.breach("the token %q opens a session: %v %s", token, head, body)
				}
			}
			for _, body := range []string{`{}`, `{"token":null}`, `{"token":["` + d.token + `"]}`, `"` + d.token + `"`, `{"token":"x","token":"` + d.token[:5] + `"}`} {
				if status, _, _ := d.raw("POST /session HTTP/1.1", body, "Content-Type: application/json"); status == http.StatusOK {
					d.a.breach("%s opens a session", body)
				}
			}
			for _, h := range []string{"Origin: http://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Host: evil.example"} {
				if status, _, _ := d.raw("POST /session HTTP/1.1", `{"token":"`+d.token+`"}`, "Content-Type: application/json", h); status == http.StatusOK {
					d.a.breach("%s opens a session", h)
				}
			}
		},
	} {
		try(t, name, tries, holds, func(a *attack) {
			d := a.desk()
			send(d)
			d.undecided()
		})
	}
	try(t, "decisions at once", "denies and approves a call many times at once", "it is decided once, and sent at most once", func(a *attack) {
		d := a.desk()
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				d.call("decide", strings.Replace(d.verdict(""), "true", fmt.Sprint(i%2 == 0), 1))
			})
		}
		all.Wait()
		r := <-d.answer
		approved := !r.isError
		if n := len(d.u.requests()); n > 1 || (n == 1) != approved {
			a.breach("%d requests after %s", n, r.raw)
		}
	})
}
