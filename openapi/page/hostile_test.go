package page

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
	"text/template/parse"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

func TestMarkdownEscapes(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"text", "a_b, **bold**, 1 & 2, C:\\x", "a_b, **bold**, 1 & 2, C:\\x"},
		{"tag", "<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"},
		{"comment", "<!-- hidden -->", "&lt;!-- hidden -->"},
		{"autolink", "<javascript:alert(1)>", "&lt;javascript:alert(1)>"},
		{"entity", "&lt;b&#62; &x", "&amp;lt;b&amp;#62; &amp;x"},
		{"link", "see [the site](https://x.example/a?b=c)", "see [the site](https://x.example/a?b=c)"},
		{"script link", "[x](javascript:alert(1))", `\[x\](javascript:alert(1))`},
		{"escaped link", `\[x](javascript:alert(1))`, `\\\[x\](javascript:alert(1))`},
		{"image", "![x](https://x.example/a.png)", `\![x](https://x.example/a.png)`},
		{"other image", "![x](data:image/png;base64,aa)", `!\[x\](data:image/png;base64,aa)`},
		{"reference", "[x]: javascript:alert(1)", `\[x\]: javascript:alert(1)`},
		{"backslash at the end", `a\`, `a\\`},
		{"backslashes before marks", `\< \* \a`, `\\&lt; \\* \a`},
		{"struck out", "a ~~b~~ ~c~ ~", `a \~~b\~~ ~c~ ~`},
		{"entity at the end", "a&", "a&"},
		{"image after text", "a![x](https://x.example/a)", `a\![x](https://x.example/a)`},
		{"tag in a link", "[a<b>](https://x.example/<script>)", "[a&lt;b>](https://x.example/%3Cscript%3E)"},
		{"code", "`a[0]`", "`a[0]`"},
		{"tag in code", "`<b>*|`", `<code>&lt;b&gt;\*\|</code>`},
		{"open code", "a ` b", "a \\` b"},
		{"block", "```json\n{\"a\": [1]}\n```\nb", "```json\n{\"a\": [1]}\n```\nb"},
		{"fence in a block", "```\na```` ```\n```", "`````\na```` ```\n`````"},
		{"open block", "a\n```\nb", "a\n```\nb\n```"},
		{"block with tags", "```xml\n<a>\n```", "\n<pre>\n&lt;a&gt;\n</pre>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := markdownProse(tt.in); strings.TrimRight(got, "\n") != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestLongPages bounds the page: operations repeat the texts of parts that they share.
func TestLongPages(t *testing.T) {
	var b builder
	b.text.Grow(maxPage)
	part := make([]byte, maxPage/4)
	for range 4 {
		must.Get(b.Write(part))
	}
	if _, err := b.Write(part[:1]); err == nil {
		t.Errorf("a page of %d bytes", b.text.Len())
	}
}

// TestBasesInACircle writes schemas with discriminators that extend each other.
func TestBasesInACircle(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {
		"A": {"allOf": [{"$ref": "#/components/schemas/B"}], "properties": {"k": {"type": "string"}}, "discriminator": {"propertyName": "k"}},
		"B": {"allOf": [{"$ref": "#/components/schemas/A"}], "properties": {"k": {"type": "string"}}, "discriminator": {"propertyName": "k"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var md bytes.Buffer
	if err := Markdown(&md, doc); err != nil || strings.Count(md.String(), "`k`") != 2 {
		t.Errorf("%v: %s", err, md.String())
	}
}

// ownTags are the tags that Markdown writes itself.
var ownTags = regexp.MustCompile(`</?(pre|code)>`)

// TestMarkdownHasNoTags writes random prose of markup: no "<" of it remains.
func TestMarkdownHasNoTags(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{
			"<", "<script>", "<!--", "-->", "`", "``", "```", "```\n", "~~~\n", "\n", "\n\n", "[", "]", "](", ")", "!", `\`, "a", " ", "    ", "|",
			"[a](https://x.example)", "javascript:x", "&", "&lt;", "#", "x",
		})).Draw(t, "parts"), "")
		for _, out := range []string{markdownProse(s), cell(s), codeSpan(s), typeText(s)} {
			if strings.Contains(ownTags.ReplaceAllString(out, ""), "<") {
				t.Fatalf("%q became %q", s, out)
			}
			if i := strings.Index(out, "](javascript"); i >= 0 && !strings.HasSuffix(out[:i], `\`) && !strings.Contains(out, "`") {
				t.Fatalf("%q became %q", s, out)
			}
		}
	})
}

// TestMarkdownTemplateEscapes checks that all text in the template passes a function that escapes
// it.
func TestMarkdownTemplateEscapes(t *testing.T) {
	functions := template.FuncMap{}
	escaping := []string{"cell", "prose", "type", "code", "indent"}
	for _, name := range append([]string{"anchor"}, escaping...) {
		functions[name] = func(any) string { return "" }
	}
	page := template.Must(template.New("page").Funcs(functions).Parse(markdownText))
	actions := 0
	var visit func(n parse.Node)
	visit = func(n parse.Node) {
		switch n := n.(type) {
		case *parse.ListNode:
			for _, c := range n.Nodes {
				visit(c)
			}
		case *parse.ActionNode:
			actions++
			last := n.Pipe.Cmds[len(n.Pipe.Cmds)-1].Args[0]
			if !slices.Contains(escaping, last.String()) && n.String() != "{{.Operations}}" {
				t.Errorf("%s is not escaped", n)
			}
		case *parse.IfNode:
			visit(n.List)
			if n.ElseList != nil {
				visit(n.ElseList)
			}
		case *parse.RangeNode:
			visit(n.List)
		case *parse.WithNode:
			visit(n.List)
		case *parse.TextNode, *parse.TemplateNode:
		default:
			t.Errorf("%T is not known to this test", n)
		}
	}
	for _, p := range page.Templates() {
		visit(p.Root)
	}
	if actions < 30 {
		t.Errorf("found %d actions", actions)
	}
}

const hostile = `<script>x</script><!--x--><javascript:x>![x](javascript:x)\u001b[2J\u009b\u202e\u200b\u2028\u0007\r\b\udb40\udc41`

// TestHostileDocument has hostile text wherever a document may have text.
func TestHostileDocument(t *testing.T) {
	doc, err := openapi.Load([]byte(strings.ReplaceAll(`{"openapi":"3.1.0",
"info":{"title":"X","version":"X","description":"X"},"servers":[{"url":"http://x.example/X","description":"X"}],
"tags":[{"name":"X","description":"X"}],
"components":{"securitySchemes":{"s":{"type":"apiKey","in":"header","name":"X","description":"X"},"h":{"type":"http","scheme":"X","bearerFormat":"X"}},
 "schemas":{"S":{"title":"X","description":"X","type":"object","required":["X"],"properties":{"X":{"type":"string","enum":["X"],"default":"X","const":"X","pattern":"X","format":"X","description":"X","examples":["X"]},
  "X2":{"type":"array","items":{"type":"object","properties":{"X":{"type":"string"}}}}}}}},
"paths":{"/X":{"servers":[{"url":"/X","description":"X"}],"get":{"tags":["X"],"summary":"X","description":"X","operationId":"X","x-spectap-variant":{"kind":"X","name":"X"},
 "servers":[{"url":"/X","description":"X"}],"security":[{"s":["X"]}],
 "parameters":[{"name":"X","in":"query","description":"X","schema":{"type":"string","enum":["X"]}}],
 "requestBody":{"description":"X","content":{"text/X":{"schema":{"$ref":"#/components/schemas/S"}}}},
 "responses":{"200":{"description":"X","headers":{"X":{"description":"X","schema":{"type":"string","format":"X"}}},"links":{"X":{"operationId":"X","parameters":{"X":"X"}}},
  "content":{"application/json":{"schema":{"description":"X","allOf":[{"$ref":"#/components/schemas/S"}]}}}}}}}}}`, "X", hostile)))
	if err != nil {
		t.Fatal(err)
	}
	var md, page bytes.Buffer
	must.Do(t, Markdown(&md, doc))
	must.Do(t, HTML(&page, doc))
	if strings.Contains(ownTags.ReplaceAllString(md.String(), ""), "<") {
		t.Errorf("Markdown has tags:\n%s", md.String())
	}
	if strings.Contains(md.String(), "](javascript:") && !strings.Contains(md.String(), `\](javascript:`) {
		t.Errorf("Markdown has links to scripts:\n%s", md.String())
	}
	if n := strings.Count(page.String(), "<script"); n != 1 {
		t.Errorf("HTML has %d scripts", n)
	}
	for name, out := range map[string]string{"Markdown": md.String(), "HTML": page.String()} {
		if i := strings.IndexAny(out, "\x1b\u009b\u202e\u200b\u2028\x07\r\b\U000e0041"); i >= 0 {
			t.Errorf("%s has %q", name, out[max(0, i-40):i+8])
		}
	}
}
