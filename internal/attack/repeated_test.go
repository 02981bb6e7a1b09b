package attack

import (
	"strings"
	"testing"
)

// Text that repeats a word which begins a search to the end of its line, or one character, takes no
// time that grows with its square, whoever reads it (threats 13 and 14).
func TestRepeatedWords(t *testing.T) {
	const size = 1 << 20
	for name, x := range map[string]exchange{
		"commands of devices": {typ: "text/plain", body: "chap/"},
		"logins of a form":    {typ: "application/x-www-form-urlencoded", body: "login=:./["},
		"brackets of names":   {typ: "multipart/form-data; boundary=a", body: "g]["},
		"headers of servers":  {typ: "text/plain", body: "]{proxy_set_header{"},
	} {
		try(t, name, "sends a megabyte without blanks that repeats a word", "what shows it ends", func(a *attack) {
			x.method, x.url = "POST", "https://api.example/a"
			x.body = strings.Repeat(x.body, size/len(x.body))
			db := a.capture(x)
			if o := a.spectap("flows", "show", "1", "--db", db); o.endless || o.status != 0 {
				a.breach("status %d, endless %t: %.300s", o.status, o.endless, o.stderr)
			}
		})
	}
	try(t, "values of a parameter", "sends two requests with a parameter 200,000 times", "they are compared in bounded memory", func(a *attack) {
		db := a.capture(exchange{url: "https://api.example/a?" + strings.Repeat("p=1&", 200_000)}, exchange{url: "https://api.example/a?" + strings.Repeat("p=2&", 200_000)})
		g := a.agent(legacy, []string{"mcp", "--db", db})
		a.including("compare_flows", g.call("compare_flows", object{"a": 1, "b": 2}).raw, "differs")
	})
	for name, text := range map[string]string{"block": "```\na" + strings.Repeat("`", size) + "\n```", "span": strings.Repeat("`", size)} {
		try(t, "backticks in a "+name, "writes a document with a megabyte of backticks", "doc ends", func(a *attack) {
			doc := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"description":` + quoted(text) +
				`,"parameters":[{"name":` + quoted(strings.Trim(text, "\na")) + `,"in":"query","schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}}}}`
			if o := a.spectap("doc", a.file("d.json", doc), "-o", "d.md"); o.endless || o.status != 0 {
				a.breach("status %d, endless %t: %.300s", o.status, o.endless, o.stderr)
			}
		})
	}
}

// Documents whose parts are small, and whose pairs of parts are very many, are not compared.
func TestNestedPairs(t *testing.T) {
	var parts strings.Builder
	for range 300 {
		parts.WriteString(`,{"anyOf":[{"properties":{"a":{}}},{"properties":{"b":{}}},{"properties":{"c":{}}}]}`)
	}
	try(t, "alternatives of parts", "writes 300 parts of three alternatives each", "diff refuses them", func(a *attack) {
		doc := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"allOf":[` +
			parts.String()[1:] + `]}}}},"responses":{"200":{"description":"ok"}}}}}}`
		o := a.spectap("diff", a.file("a.json", doc), a.file("b.json", strings.ReplaceAll(doc, `"a":{}`, `"a":{"minLength":1}`)))
		if o.endless || o.peak > 500 || !strings.Contains(o.stderr, "too much to compare") {
			a.breach("endless %t, %d MiB: %.300s", o.endless, o.peak, o.stderr)
		}
	})
}
