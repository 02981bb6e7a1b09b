package attack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A policy holds over HTTP whatever the request looks like (serve --policy).
func TestPolicyOverHTTP(t *testing.T) {
	const policy = "version: 1\ntools:\n  getA: {}\n"
	const document = `openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /a: {get: {operationId: getA, responses: {"200": {description: ok}}}}
  /b: {get: {operationId: getB, responses: {"200": {description: ok}}}}
`
	const call = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"getB","arguments":{}}}`
	for name, c := range map[string]struct {
		method, query, body string
		header              map[string]string
	}{
		"plain":                 {body: call},
		"batch":                 {body: "[" + call + "]"},
		"byte order mark":       {body: "\xef\xbb\xbf" + call},
		"name twice":            {body: strings.Replace(call, `"name":"getB"`, `"name":"getA","name":"getB"`, 1)},
		"name twice, reversed":  {body: strings.Replace(call, `"name":"getB"`, `"name":"getB","name":"getA"`, 1)},
		"name in capitals":      {body: strings.Replace(call, `"name":"getB"`, `"name":"getA","Name":"getB"`, 1)},
		"params twice":          {body: strings.Replace(call, `"params":`, `"params":{"name":"getA","arguments":{}},"params":`, 1)},
		"escaped name":          {body: strings.Replace(call, "getB", `\u0067etB`, 1)},
		"blank in the name":     {body: strings.Replace(call, "getB", "getB ", 1)},
		"zero byte in the name": {body: strings.Replace(call, "getB", `getB\u0000`, 1)},
		"header names another":  {body: call, header: map[string]string{"Mcp-Name": "getA", "Mcp-Method": "tools/call"}},
		"header of the method":  {body: call, header: map[string]string{"Mcp-Method": "tools/list"}},
		"method override":       {body: call, header: map[string]string{"X-HTTP-Method-Override": "GET"}},
		"other content type":    {body: call, header: map[string]string{"Content-Type": "text/plain"}},
		"charset":               {body: call, header: map[string]string{"Content-Type": "application/json; charset=utf-16"}},
		"packed":                {body: string(packed([]byte(call))), header: map[string]string{"Content-Encoding": "gzip"}},
		"query":                 {body: strings.Replace(call, "getB", "getA", 1), query: "?name=getB&method=tools/call"},
		"PUT":                   {method: "PUT", body: call},
		"two values":            {body: strings.Replace(call, "getB", "getA", 1) + call},
		"session of nobody":     {body: call, header: map[string]string{"Mcp-Session-Id": "mcp-session-00000000-0000-0000-0000-000000000000"}},
		"resumed stream":        {method: "GET", header: map[string]string{"Last-Event-ID": "1"}},
	} {
		for _, revision := range []string{legacy, modern} {
			try(t, name+"/"+revision, "calls a denied operation over HTTP in an odd form", "the API gets no request for it", func(a *attack) {
				u := a.upstream(nil)
				_, url, token := a.listen(nil, a.serving(u, document, "--policy", a.file("policy.yaml", policy))...)
				g := a.httpAgent(revision, url, token)
				method := c.method
				if method == "" {
					method = http.MethodPost
				}
				body := c.body
				if revision == modern {
					body = strings.Replace(body, `"arguments"`, `"_meta":{"io.modelcontextprotocol/protocolVersion":"`+modern+`"},"arguments"`, 1)
				}
				r, err := http.NewRequestWithContext(a.Context(), method, url+c.query, strings.NewReader(body))
				if err != nil {
					a.Fatal(err)
				}
				for k, v := range map[string]string{
					"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
					"Mcp-Protocol-Version": revision, "Mcp-Session-Id": g.session,
				} {
					if v != "" {
						r.Header.Set(k, v)
					}
				}
				for k, v := range c.header {
					r.Header.Set(k, v)
				}
				client := &http.Client{Timeout: 3 * time.Second}
				if resp, err := client.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
					resp.Body.Close()
				}
				for _, seen := range u.requests() {
					if strings.HasPrefix(seen.uri, "/b") {
						a.breach("the API received %s", seen)
					}
				}
				if got := g.call("getA", object{}); got.isError || len(u.requests()) == 0 {
					a.Fatal(fmt.Sprint("the allowed operation is not answered: ", got.raw))
				}
			})
		}
	}
}
