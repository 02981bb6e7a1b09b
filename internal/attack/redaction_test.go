package attack

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// plantedToken is a secret by its form.
const plantedToken = "Zk3vQ9tLmW2xR7bYc5Nf8GhJ4sPdT6Ua"

// exposure is a store with a flow for each attack, and all that is shown of it.
type exposure struct {
	once  sync.Once
	flows []exchange
	shown []map[string]string // for each flow, the texts by the place where they were shown
}

// add adds a flow and returns its index.
func (e *exposure) add(x exchange) int {
	e.flows = append(e.flows, x)
	return len(e.flows) - 1
}

// surfaces returns all shown forms of a flow.
func (e *exposure) surfaces(a *attack, i int) map[string]string {
	a.Helper()
	e.once.Do(func() {
		db := a.capture(e.flows...)
		g := a.agent(legacy, []string{"mcp", "--db", db})
		for i := range e.flows {
			id := i + 1
			e.shown = append(e.shown, map[string]string{
				"inspect_flows":     g.call("inspect_flows", object{"flow_ids": id, "full_body": true}).raw,
				"the schemas":       g.call("inspect_flows", object{"flow_ids": id, "fields": "schemas"}).raw,
				"generate_client":   g.call("generate_client", object{"flow_ids": []int{id}}).raw,
				"extract_from_flow": g.call("extract_from_flow", object{"flow_id": id, "json_path": "$"}).raw,
			})
		}
		for i, har := range strings.Split(a.must("flows", "export", "--db", db), `"startedDateTime"`)[1:] {
			e.shown[i]["flows export"] = har
		}
	})
	if i >= len(e.shown) {
		a.Fatal("the flows could not be shown")
	}
	return e.shown[i]
}

// hides checks that no surface shows one of the texts.
func (a *attack) hides(e *exposure, i int, texts ...string) {
	a.Helper()
	for place, text := range e.surfaces(a, i) {
		plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\"`, `"`).Replace(text)
		a.excluding(place, plain, texts...)
	}
}

// Secrets are hidden wherever a flow is shown (threat 12). Which forms they are found in is in
// flow/redact/testdata. Each flow has a secret of its own: one that another flow shows to be a
// credential would be hidden here, too.
func TestRedactionFindsSecrets(t *testing.T) {
	const tries = "reads a secret in a form that redaction does not recognize"
	const holds = "no listing, tool, export or document shows it"
	e := &exposure{}
	for n, c := range []struct {
		name string
		x    exchange // SECRET stands for the secret
	}{
		{"JSON", exchange{typ: "application/json", body: `{"password":"SECRET"}`}},
		{"JSON without a type", exchange{body: `{"password":"SECRET"}`}},
		{"JSONP", exchange{typ: "application/javascript", body: `cb({"password":"SECRET"})`}},
		{"SOAP header", exchange{typ: "text/xml", body: `<s:Envelope xmlns:s="e"><s:Header><wsse:Security xmlns:wsse="w"><wsse:UsernameToken><wsse:Password>SECRET</wsse:Password></wsse:UsernameToken></wsse:Security></s:Header></s:Envelope>`}},
		{"table of a shell", exchange{typ: "text/plain", body: " id | password \n----+----\n  1 | SECRET\n(1 row)\n"}},
		{"multipart without a boundary", exchange{typ: "multipart/form-data", body: "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nSECRET\r\n--b--\r\n"}},
		{"header of a part", exchange{typ: "multipart/mixed; boundary=b", body: "--b\r\nX-Api-Key: SECRET\r\n\r\nx\r\n--b--\r\n"}},
		{"UTF-16", exchange{typ: "application/json; charset=utf-16le", body: `{"password":"SECRET"}`}},
		{"Latin-1", exchange{typ: "text/plain; charset=iso-8859-1", body: "pa\xdf password: SECRET"}},
		{"path", exchange{url: "https://api.example/reset/token/SECRET"}},
		{"matrix parameter", exchange{url: "https://api.example/a;jsessionid=SECRET/b"}},
		{"query", exchange{url: "https://api.example/a?%61ccess_token=SECRET"}},
		{"user of the URL", exchange{url: "https://root:SECRET@api.example/a"}},
		{"cookie", exchange{header: []string{"Cookie: a=1; sid=SECRET"}}},
		{"set-cookie", exchange{answer: []string{"Set-Cookie: sid=SECRET; Path=/"}}},
		{"authorization", exchange{header: []string{"Authorization: ACME key=SECRET, x=1"}}},
		{"location", exchange{status: 302, answer: []string{"Location: https://x.example/cb#access_token=SECRET"}}},
		{"referer", exchange{header: []string{"Referer: https://x.example/?token=SECRET"}}},
		{"JSON in a header", exchange{header: []string{`X-Context: {"password":"SECRET"}`}}},
		{"repeated elsewhere", exchange{typ: "application/json", body: `{"password":"SECRET"}`, answerType: "text/plain", answerBody: "unknown: SECRET"}},
	} {
		secret := "planted" + string(rune('a'+n)) + "horse" + string(rune('a'+n)) + "battery"
		fill := func(s string) string { return strings.ReplaceAll(s, "SECRET", secret) }
		x := c.x
		x.method, x.url, x.body, x.answerBody = "POST", fill(cmp.Or(x.url, "https://api.example/v1/things")), fill(x.body), fill(x.answerBody)
		for _, list := range [][]string{x.header, x.answer} {
			for i := range list {
				list[i] = fill(list[i])
			}
		}
		if c.name == "UTF-16" {
			x.body = utf16le(x.body)
		}
		i := e.add(x)
		try(t, "request/"+c.name, tries, holds, func(a *attack) { a.hides(e, i, secret) })
		if x.body != "" && x.answerBody == "" {
			x.answerType, x.answerBody, x.typ, x.body = x.typ, x.body, "", ""
			i := e.add(x)
			try(t, "response/"+c.name, tries, holds, func(a *attack) { a.hides(e, i, secret) })
		}
	}
	try(t, "values of a document", "reads secrets under weak names as enum, const or example of an inferred document", holds, func(a *attack) {
		var list []exchange
		for i := range 30 {
			list = append(list, exchange{method: "POST", url: fmt.Sprintf("https://api.example/things?key=%s&n=%d", plantedToken, i), typ: "application/json",
				body: `{"key":"` + plantedToken + `","auth":"` + plantedToken + `","sid":"` + plantedToken + `"}`, answerType: "application/json", answerBody: `{"nonce":"` + plantedToken + `"}`})
		}
		db := a.capture(list...)
		out := filepath.Join(a.dir, "api.yaml")
		a.must("export", "--db", db, "-o", out)
		a.excluding("the document", a.read(out), plantedToken)
		a.excluding("explain", a.must("explain", "--db", db, "POST", "/things"), plantedToken)
	})
}

func utf16le(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}
