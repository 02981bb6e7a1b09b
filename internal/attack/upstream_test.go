package attack

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// upstream is an API that records each request.
type upstream struct {
	*httptest.Server
	mu   sync.Mutex // guards seen
	seen []request
}

// request is a request as it arrived.
type request struct {
	method, uri, host, body string
	header                  http.Header
}

func (r request) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\n", r.method, r.uri, r.host)
	r.header.Write(&b)
	return b.String() + r.body
}

// upstream starts an API. Without a handler it answers {"ok":true}.
func (a *attack) upstream(answer http.HandlerFunc) *upstream {
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 8<<20))
		u.mu.Lock()
		u.seen = append(u.seen, request{r.Method, r.RequestURI, r.Host, string(body), r.Header.Clone()})
		u.mu.Unlock()
		if answer != nil {
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"ok":true}`)
	}))
	a.Cleanup(u.Close)
	return u
}

// requests returns what has arrived.
func (u *upstream) requests() []request {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.seen)
}

// all returns everything that has arrived as one text.
func (u *upstream) all() string {
	var b strings.Builder
	for _, r := range u.requests() {
		b.WriteString(r.String() + "\n\n")
	}
	return b.String()
}

// untouched notes a breach if a request has arrived.
func (a *attack) untouched(u *upstream) {
	a.Helper()
	if got := u.requests(); len(got) > 0 {
		a.breach("the upstream received %d requests: %.1000q", len(got), u.all())
	}
}

// exchange is a captured request and its response.
type exchange struct {
	method, url string
	header      []string // "Name: value"
	typ, body   string
	status      int
	answer      []string // headers
	answerType  string
	answerBody  string
}

func headers(lines []string, typ string) []map[string]string {
	out := []map[string]string{}
	if typ != "" {
		lines = append(slices.Clone(lines), "Content-Type: "+typ)
	}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		out = append(out, map[string]string{"name": name, "value": value})
	}
	return out
}

// har returns an archive of exchanges.
func har(list ...exchange) string {
	var entries []any
	for _, x := range list {
		if x.status == 0 {
			x.status = 200
		}
		if x.method == "" {
			x.method = "GET"
		}
		request := map[string]any{
			"method": x.method, "url": x.url, "httpVersion": "HTTP/1.1", "headers": headers(x.header, x.typ),
			"queryString": []any{}, "cookies": []any{}, "headersSize": -1, "bodySize": len(x.body),
		}
		if x.body != "" {
			request["postData"] = map[string]any{"mimeType": x.typ, "text": x.body}
		}
		entries = append(entries, map[string]any{
			"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "request": request,
			"response": map[string]any{
				"status": x.status, "statusText": "", "httpVersion": "HTTP/1.1", "headers": headers(x.answer, x.answerType),
				"cookies": []any{}, "redirectURL": "", "headersSize": -1, "bodySize": len(x.answerBody),
				"content": map[string]any{"size": len(x.answerBody), "mimeType": x.answerType, "text": x.answerBody},
			},
			"cache": map[string]any{}, "timings": map[string]any{"send": 0, "wait": 1, "receive": 0},
		})
	}
	data, err := json.Marshal(map[string]any{"log": map[string]any{
		"version": "1.2", "creator": map[string]any{"name": "t", "version": "1"}, "entries": entries,
	}})
	if err != nil {
		panic(err) // strings only
	}
	return string(data)
}

// capture imports exchanges into a new store and returns its path. They get the numbers 1, 2, ….
func (a *attack) capture(list ...exchange) string {
	a.Helper()
	db := filepath.Join(a.dir, "flows.db")
	a.must("import", "--db", db, a.file("capture.har", har(list...)))
	return db
}

// disguise writes a text as an API might that hides what it returns.
func disguise(form, text, secret string) string {
	each := func(format string) string {
		var b strings.Builder
		for i := range len(text) {
			fmt.Fprintf(&b, format, text[i])
		}
		return b.String()
	}
	switch form {
	case "hex":
		return hex.EncodeToString([]byte(text))
	case "upper hex":
		return strings.ToUpper(hex.EncodeToString([]byte(text)))
	case "base64", "base64 of all":
		return base64.StdEncoding.EncodeToString([]byte(text))
	case "reversed":
		r := []rune(text)
		slices.Reverse(r)
		return string(r)
	case "halves":
		return strings.ReplaceAll(text, secret, secret[:14]+`", "`+secret[14:])
	case "percent":
		return each("%%%02X")
	case "double percent":
		return each("%%25%02X")
	case "unicode":
		return each(`\u%04x`)
	case "entities":
		return each("&#%d;")
	}
	return text
}
