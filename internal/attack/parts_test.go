package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// properties returns n properties of a JSON Schema.
func properties(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"p%d":{}`, i)
	}
	return b.String()[1:]
}

// Schemas of very many parts neither delay the refusal of a call nor the work on a document.
func TestSchemasOfManyParts(t *testing.T) {
	try(t, "output schema behind the gateway", "announces a tool with an output schema of 95,000 properties, whose call is denied", "the refusal comes soon", func(a *attack) {
		tools := `{"tools":[{"name":"t","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{` + properties(95_000) + `}}}]}`
		s := a.hostileServer(func(_ http.ResponseWriter, method string) string {
			return map[string]string{"initialize": helloResult, "tools/list": tools}[method]
		})
		g := a.agent(legacy, []string{"gateway", "--policy", a.file("policy.yaml", "version: 1\ntools: {t: {action: deny, reason: no}}\n"), "--upstream", s.URL})
		if m := g.request("tools/list", object{}); !strings.Contains(m.raw, `"p94999"`) {
			a.Fatalf("the tool is not listed: %.300s", m.raw)
		}
		start := time.Now()
		if r := g.call("t", object{}); !strings.Contains(r.raw, "DENIED") {
			a.Fatalf("not denied: %.300s", r.raw)
		}
		if took := time.Since(start); took > deadline/4 {
			a.breach("the refusal took %s", took)
		}
	})
	document := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"operationId":"a","requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{` +
		properties(100_000) + `},"required":[` + strings.ReplaceAll(properties(100_000), ":{}", "") + `]}}}},"responses":{"200":{"description":"ok"}}}}}}`
	for name, args := range map[string][]string{"validate": {"validate"}, "doc": {"doc", "-o", "a.html"}, "check": {"check", "--db", "flows.db"}} {
		try(t, name, "describes a body with 100,000 properties", "the command ends", func(a *attack) {
			a.capture(exchange{method: "POST", url: "https://api.example/a", typ: "application/json", body: `{}`})
			if o := a.spectap(append(args, a.file("d.json", document))...); o.endless {
				a.breach("the command does not end")
			} else if !strings.Contains(o.stdout+o.stderr, map[string]string{"validate": "parts", "doc": "1 operation", "check": "parts"}[name]) {
				a.Fatalf("%.300s%.300s", o.stdout, o.stderr)
			}
		})
	}
}
