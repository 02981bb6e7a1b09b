package attack

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// deep returns a value that is nested n levels deep in arrays or objects.
func deep(open, close, inner string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(close, n)
}

// bombs are schemas that are small and a value that is expensive to check against them.
var bombs = []struct{ name, schema, value string }{
	{"anyOf of three kinds", `{anyOf: [{type: object, required: [k], properties: {k: {const: 1}, n: {$ref: "#/components/schemas/B"}}},
      {type: object, required: [k], properties: {k: {const: 2}, n: {$ref: "#/components/schemas/B"}}},
      {type: object, required: [k], properties: {k: {const: 3}, n: {$ref: "#/components/schemas/B"}}}]}`, deep(`{"k":9,"n":`, `}`, `{}`, 40)},
	{"oneOf of itself", `{oneOf: [{type: array, items: {$ref: "#/components/schemas/B"}}, {type: array, items: {$ref: "#/components/schemas/B"}},
      {type: array, maxItems: 3, items: {$ref: "#/components/schemas/B"}}]}`, deep(`[`, `]`, `1`, 60)},
	{"allOf of itself", `{allOf: [{properties: {n: {$ref: "#/components/schemas/B"}}}, {properties: {n: {$ref: "#/components/schemas/B"}}}, {properties: {n: {$ref: "#/components/schemas/B"}}}]}`,
		deep(`{"n":`, `}`, `1`, 60)},
	{"not of itself", `{not: {type: array, items: {not: {anyOf: [{$ref: "#/components/schemas/B"}, {type: array, items: {$ref: "#/components/schemas/B"}}]}}}}`, deep(`[`, `]`, `1`, 60)},
	{"wide and deep", `{anyOf: [{type: array, items: {$ref: "#/components/schemas/B"}}, {type: array, minItems: 2, items: {$ref: "#/components/schemas/B"}}]}`,
		deep(`[1,2,3,`, `]`, `"x"`, 50)},
	{"uniqueItems", `{type: array, uniqueItems: true, items: {}}`, "[" + strings.TrimSuffix(strings.Repeat(`{"a":[1,2,3,{"b":1}]},`, 4_000), ",") + "]"},
	{"enum times items", `{type: array, items: {enum: [` + numbers(2_000) + `]}}`, "[" + strings.TrimSuffix(strings.Repeat("999999,", 50_000), ",") + "]"},
	{"pattern times items", `{type: array, items: {type: string, pattern: "^(([a-z])+.)+[A-Z]([a-z])+$"}}`, "[" + strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("a", 60)+`",`, 500), ",") + "]"},
	{"patternProperties", `{type: object, additionalProperties: false, patternProperties: {"^(a+)+$": {}, "^(b|b)*c": {}, "(x+x+)+y": {}}}`, `{"` + strings.Repeat("a", 3_000) + `!":1,"` + strings.Repeat("x", 3_000) + `":1}`},
	{"causes", `{type: array, items: {type: object, required: [a, b, c, d, e, f, g, h]}}`, "[" + strings.TrimSuffix(strings.Repeat("{},", 100_000), ",") + "]"},
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d, ", i)
	}
	return strings.TrimSuffix(b.String(), ", ")
}

// bombed returns a document with a bomb as the body of a request and of a response.
func bombed(schema string) string {
	return `
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /a:
    post:
      operationId: a
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/B"}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/B"}}}}}
components:
  schemas:
    B: ` + schema + "\n"
}

// Checking a value ends, and takes bounded memory (threats 4 and 13).
func TestSchemasAreBounded(t *testing.T) {
	const limit = 400 // MiB
	for i, b := range bombs {
		again := try // through another entry to the same code
		if i > 1 {
			again = trySlow
		}
		try(t, "serve/"+b.name, "calls a tool with an argument that is expensive to check", "the call ends, and takes bounded memory", func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(legacy, a.serving(u, bombed(b.schema)))
			id, c := g.expect()
			m := g.await(id, c, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"a","arguments":{"requestBody":%s}}}`, id, b.value))
			if m.Result == nil && m.Error == nil {
				a.breach("no answer: %s", m.raw)
			}
			if peak := peakOf(g.service.cmd.Process.Pid); peak > limit {
				a.breach("the server used %d MiB", peak)
			}
			a.untouched(u)
		})
		again(t, "mcp/"+b.name, "has a captured body that is expensive to check", "diff_spec ends, takes bounded memory, and does not call the flow fit", func(a *attack) {
			db := a.capture(exchange{method: "POST", url: "https://api.example/a", typ: "application/json", body: b.value, answerType: "application/json", answerBody: b.value})
			g := a.agent(legacy, []string{"mcp", "--db", db})
			r := g.call("diff_spec", object{"violations": true, "spec": bombed(b.schema)})
			if r.raw == "" || strings.Contains(r.raw, "no response") {
				a.breach("no answer")
			}
			if peak := peakOf(g.service.cmd.Process.Pid); peak > limit {
				a.breach("the server used %d MiB", peak)
			}
		})
		for _, cmd := range []string{"check", "verify"} {
			again(t, cmd+"/"+b.name, "has a captured body that is expensive to check", "the command ends and takes bounded memory", func(a *attack) {
				u := a.upstream(nil)
				db := a.capture(exchange{method: "POST", url: u.URL + "/a", typ: "application/json", body: b.value, answerType: "application/json", answerBody: b.value})
				args := []string{cmd, a.file("api.yaml", bombed(b.schema)), "--db", db}
				if cmd == "verify" {
					args = append(args, "--base-url", u.URL)
				} else {
					args = append(args, "--host", strings.TrimPrefix(u.URL, "http://"))
				}
				o := a.spectap(args...)
				if o.endless || o.peak > limit {
					a.breach("endless %v, %d MiB", o.endless, o.peak)
				}
			})
		}
	}
	try(t, "too much is not fit", "has a captured body that is too much to check", "check reports it as such, and fails", func(a *attack) {
		var body strings.Builder
		for i := range 40 {
			fmt.Fprintf(&body, `%c"%s!%d":1`, "{,"[min(i, 1)], strings.Repeat("a", 45), i)
		}
		schema, value := `{patternProperties: {"^(a+)+$": {type: string}}}`, body.String()+"}"
		flows := []exchange{
			{method: "POST", url: "https://api.example/a", typ: "application/json", body: value, answerType: "application/json", answerBody: "[]"},
			{method: "POST", url: "https://api.example/a", typ: "application/json", body: "[]", answerType: "application/json", answerBody: "[]"},
		}
		db := a.capture(flows...)
		o := a.spectap("check", a.file("api.yaml", bombed(schema)), "--db", db, "--host", "api.example")
		if o.status == 0 || o.endless {
			a.breach("status %d: %s%s", o.status, o.stdout, o.stderr)
		}
		a.including("check", o.stdout+o.stderr, "1 fit", "1 too much to check")
		g := a.agent(legacy, []string{"mcp", "--db", db})
		r := g.call("diff_spec", object{"violations": true, "spec": bombed(schema)})
		a.including("diff_spec", r.raw, `"too_much":1`)
	})
}

// doubling returns schemas b0 to bn at a place, of which each but the last refers to the next one twice.
func doubling(at string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  b%d: {properties: {x: {$ref: '%sb%d'}, y: {$ref: '%sb%d'}}}\n", i, at, i+1, at, i+1)
	}
	return b.String()
}

// Documents and traffic cannot make the commands work without end (threat 13).
func TestWorkIsBounded(t *testing.T) {
	const limit = 500 // MiB
	line := strings.Repeat(`{"a":[1,2,3],"b":"`+strings.Repeat("x", 40)+`"},`, 8_000)
	paths := func(n int) string {
		var b strings.Builder
		b.WriteString(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{`)
		for i := range n {
			fmt.Fprintf(&b, `"/p%d":{"get":{"responses":{"200":{"description":"ok"}}}},`, i)
		}
		return strings.TrimSuffix(b.String(), ",") + "}}"
	}
	alias := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 12; i++ {
		alias += fmt.Sprintf("a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	head := "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n"
	documents := map[string]string{
		"one long line":         `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"x-a":[` + strings.TrimSuffix(line, ",") + `]}`,
		"many paths on a line":  paths(4_000),
		"aliases":               head + "x-a:\n  " + strings.ReplaceAll(alias, "\n", "\n  ") + "\n",
		"deep arrays":           head + "x-a: " + deep("[", "]", "1", 5_000) + "\n",
		"deep objects":          `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"x-a":` + deep(`{"a":`, "}", "1", 20_000) + `}`,
		"unclosed":              `{"openapi":"3.0.3","x-a":` + strings.Repeat(`[{"a":`, 50_000),
		"cyclic references":     head + "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}\n",
		"cyclic path items":     "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/~1a'}}\n",
		"cyclic parameters":     "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {parameters: [{$ref: '#/components/parameters/A'}], get: {responses: {'200': {description: ok}}}}}\ncomponents: {parameters: {A: {$ref: '#/components/parameters/A'}}}\n",
		"pattern with examples": bombed(`{type: array, items: {type: string, pattern: "^(([a-z])+.)+[A-Z]([a-z])+$"}, example: [` + strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("a", 60)+`",`, 300), ",") + `]}`),
		"enum with examples":    bombed(`{type: array, items: {enum: [` + numbers(3_000) + `]}, example: [` + numbers(3_000) + `]}`),
		"many comments":         head + strings.Repeat("# [ { ] }\n", 50_000),
		"long key":              head + "? " + strings.Repeat("k", 500_000) + "\n: 1\n",
		"doubling references":   head + "x-a:\n  b30: {type: string}\n" + doubling("#/x-a/", 30) + "components: {schemas: {A: {$ref: '#/x-a/b0'}}}\n",
		"doubling definitions":  head + "components:\n  schemas:\n    A:\n      properties: {a: {$ref: '#/components/schemas/A/definitions/b0'}}\n      definitions:\n" + strings.ReplaceAll("\n"+doubling("#/components/schemas/A/definitions/", 30), "\n  b", "\n        b") + "\n",
		"recursive example":     bombed(strings.Replace(bombs[0].schema, "{anyOf", `{example: `+bombs[0].value+`, anyOf`, 1)),
	}
	for name, doc := range documents {
		for _, cmd := range []string{"lint", "validate", "doc", "diff", "serve --dry-run --allow-private --base-url http://127.0.0.1:1", "filter"} {
			run := try
			if cmd == "filter" || cmd == "diff" || cmd == "validate" {
				run = trySlow // reads documents as lint does
			}
			run(t, strings.Fields(cmd)[0]+"/"+name, "writes a document that is expensive to read", "the command ends and takes bounded memory", func(a *attack) {
				words := strings.Fields(cmd)
				args := append([]string{words[0], a.file("api.json", doc)}, words[1:]...)
				switch cmd {
				case "diff":
					args = append(args, a.file("other.json", doc+"\n"))
				case "filter":
					args = append(args, "--tag", "x")
				}
				o := a.spectap(args...)
				if o.endless || o.peak > limit {
					a.breach("endless %v, %d MiB: %.300s", o.endless, o.peak, o.stderr)
				}
				if strings.Contains(o.stderr, "goroutine ") {
					a.breach("it crashed: %.2000s", o.stderr)
				}
			})
		}
	}
	nested := strings.Repeat("<a>", 14_000) + strings.Repeat("</a>", 14_000)
	for _, c := range []struct {
		name, typ, body string
		args            object
	}{
		{"XPath on nested XML", "application/xml", nested, object{"xpath": "//a"}},
		{"XPath of descendants", "application/xml", nested, object{"xpath": "//a//a//a"}},
		{"XPath with predicates", "text/html", nested, object{"xpath": "//a[count(.//a)>3]"}},
		{"XPath of ancestors", "text/html", nested, object{"xpath": "//a/ancestor::a/descendant::a"}},
		{"CSS on nested HTML", "text/html", nested, object{"css_selector": "a a a a a"}},
		{"CSS with :has", "text/html", nested, object{"css_selector": "a:has(a:has(a:has(b)))"}},
		{"CSS with :not", "text/html", nested, object{"css_selector": ":not(:not(:not(a a)))"}},
		{"CSS nth", "text/html", strings.Repeat("<a></a>", 60_000), object{"css_selector": "a:nth-last-child(2n+1) ~ a ~ a ~ b"}},
		{"JSON path on nested arrays", "application/json", deep("[", "]", "1", 9_000), object{"json_path": "$..[*]..[*]"}},
		{"JSON path of descendants", "application/json", deep(`{"a":`, "}", "1", 9_000), object{"json_path": "$..a..a..a"}},
	} {
		try(t, "extract/"+c.name, "has a captured body and asks for an expensive expression", "the call ends and takes bounded memory", func(a *attack) {
			db := a.capture(exchange{url: "https://api.example/a", answerType: c.typ, answerBody: c.body})
			g := a.agent(legacy, []string{"mcp", "--db", db})
			c.args["flow_id"] = 1
			r := g.call("extract_from_flow", c.args)
			if strings.Contains(r.raw, "no response") || r.raw == "" {
				a.breach("no answer: %s", r.raw)
			}
			if peak := peakOf(g.service.cmd.Process.Pid); peak > limit {
				a.breach("the server used %d MiB", peak)
			}
		})
	}
	for _, pattern := range []string{`(a+)+$`, `(?:a?){500}a{500}`, `((a{0,100}){0,100}){0,100}`, `(x+x+)+y`, `.*.*.*.*=.*`} {
		try(t, "search/"+pattern, "searches with an expensive regular expression", "the call ends and takes bounded memory", func(a *attack) {
			db := a.capture(exchange{url: "https://api.example/a", answerType: "text/plain", answerBody: strings.Repeat("a", 200_000)})
			g := a.agent(legacy, []string{"mcp", "--db", db, "--allow", "send", "--send-to", "http://127.0.0.1:1"})
			for tool, args := range map[string]object{
				"search_traffic":           {"query": pattern, "regex": true},
				"extract_session_variable": {"name": "a", "flow_id": 1, "regex_pattern": pattern, "group_index": 0},
			} {
				if r := g.call(tool, args); strings.Contains(r.raw, "no response") || r.raw == "" {
					a.breach("%s: no answer", tool)
				}
			}
			if peak := peakOf(g.service.cmd.Process.Pid); peak > limit {
				a.breach("the server used %d MiB", peak)
			}
		})
	}
	try(t, "remote reference", "writes a document that refers to files and other servers", "only documents in its folder are read", func(a *attack) {
		u := a.upstream(nil)
		secret := a.file("secret.yaml", "type: string\ndescription: planted-secret-of-a-file\n")
		below := filepath.Dir(a.file("below/other.yaml", "type: string\n"))
		if err := os.Symlink(secret, filepath.Join(below, "link.yaml")); err != nil {
			a.Fatal(err)
		}
		for i, ref := range []string{secret, "file://" + secret, "link.yaml", "../secret.yaml", "x/../../secret.yaml", u.URL + "/x.yaml", "//" + strings.TrimPrefix(u.URL, "http://") + "/x", "/proc/self/environ"} {
			doc := a.file(fmt.Sprintf("below/d%d.yaml", i), bombed(`{$ref: "`+ref+`"}`))
			for _, cmd := range []string{"lint", "doc", "validate"} {
				o := a.spectap(cmd, doc)
				a.excluding(cmd, o.stdout+o.stderr, "planted-secret-of-a-file", "PATH=")
			}
		}
		a.untouched(u)
		if _, err := os.Stat(secret); err != nil {
			a.breach("%v", err)
		}
	})
}
