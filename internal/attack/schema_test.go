package attack

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// deep returns a value that is nested n levels deep in arrays or objects.
func deep(open, close, inner string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(close, n)
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d, ", i)
	}
	return strings.TrimSuffix(b.String(), ", ")
}

// bombed returns a document with a schema as the body of a request and of a response.
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
		"recursive example": bombed(`{example: ` + deep(`{"k":9,"n":`, `}`, `{}`, 40) + `, anyOf: [{required: [k], properties: {k: {const: 1}, n: {$ref: "#/components/schemas/B"}}},
      {required: [k], properties: {k: {const: 2}, n: {$ref: "#/components/schemas/B"}}}, {required: [k], properties: {k: {const: 3}, n: {$ref: "#/components/schemas/B"}}}]}`),
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
	try(t, "remote reference", "writes a document that refers to files and other servers", "only documents in its folder are read", func(a *attack) {
		u := a.upstream(nil)
		secret := a.file("secret.yaml", "type: string\ndescription: planted-secret-of-a-file\n")
		below := filepath.Dir(a.file("below/other.yaml", "type: string\n"))
		must.Do(a, os.Symlink(secret, filepath.Join(below, "link.yaml")))
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
