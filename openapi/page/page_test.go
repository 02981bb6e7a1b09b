package page

import (
	"bytes"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/net/html"

	"github.com/spectap/spectap/openapi"
)

const shop = `
openapi: 3.1.0
info: {title: "Shop <b>& Co</b>", version: "1", description: "Sells **things**.\n\n- one\n- two with <script>alert(1)</script>\n\nSee [the site](https://x.example) or [not](javascript:alert(1)).\n\n` + "`code` and ```" + `"}
servers: [{url: "https://shop.example/v1", description: live}]
tags: [{name: orders, description: What was bought}]
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, description: "a | b", schema: {type: string, format: uuid}}]
    get:
      operationId: getOrder
      tags: [orders]
      summary: One order
      security: [{key: []}, {}]
      responses:
        "200": {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}, headers: {X-N: {schema: {type: integer}}}, links: {user: {operationId: getUser, parameters: {id: $response.body#/user}}}}
        "404": {description: no}
    put:
      operationId: putOrder
      deprecated: true
      tags: [orders]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [a], properties: {a: {type: array, items: {type: object, properties: {deep: {type: [string, "null"], enum: [x, null]}}}}}}}}}
      responses: {default: {description: done}}
  /users:
    get: {operationId: getUser, responses: {"200": {description: OK, content: {text/plain: {}}}}, x-spectap-variant: {kind: GraphQL query, name: Me}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Extended: {allOf: [{$ref: '#/components/schemas/Order'}, {properties: {own: {type: string}}}]}
    Both: {allOf: [{$ref: '#/components/schemas/Order'}, {$ref: '#/components/schemas/Extended'}]}
    Either: {oneOf: [{$ref: '#/components/schemas/Order'}, {type: string}, {type: "null"}]}
    Colour: {type: string, description: "In **German**", enum: [a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30]}
    Colours: {type: string, enum: [b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16, b17, b18, b19, b20, b21, b22, b23, b24, b25, b26, b27, b28, b29, b30, b31]}
    Order: {type: object, required: [id], properties: {id: {type: string}, "<i>": {type: string, description: "<img src=x onerror=alert(1)>"}, next: {anyOf: [{$ref: '#/components/schemas/Order'}, {type: "null"}]}, tags: {type: object, additionalProperties: {$ref: '#/components/schemas/Order'}}}}
`

func load(t *testing.T) *openapi3.T {
	doc, err := openapi.Load([]byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestHTML(t *testing.T) {
	var a, b bytes.Buffer
	if err := HTML(&a, load(t)); err != nil {
		t.Fatal(err)
	}
	if err := HTML(&b, load(t)); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the bytes differ", err)
	}
	root, err := html.Parse(bytes.NewReader(a.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	ids, links := map[string]bool{}, []string{}
	scripts := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			scripts++
		case "img", "iframe", "object", "i":
			t.Errorf("element %s of the document's", n.Data)
		}
		for _, at := range n.Attr {
			if strings.HasPrefix(at.Key, "on") || strings.HasPrefix(at.Val, "javascript:") || at.Key == "src" {
				t.Errorf("attribute %s=%q", at.Key, at.Val)
			}
			switch {
			case at.Key == "id":
				if ids[at.Val] {
					t.Errorf("id %s stands twice", at.Val)
				}
				ids[at.Val] = true
			case at.Key == "href" && strings.HasPrefix(at.Val, "#"):
				links = append(links, at.Val[1:])
			}
		}
	}
	if scripts != 1 {
		t.Errorf("%d scripts", scripts)
	}
	for _, l := range links {
		if !ids[l] {
			t.Errorf("link to %s leads nowhere", l)
		}
	}
	for _, want := range []string{"Shop &lt;b&gt;", "<b>things</b>", "<li>one</li>", "getOrder", `href="https://x.example"`, "X-Key", "list of object", "key, or none", "Leads to getUser", "map of name to ", "or null", "GraphQL query Me",
		"<p>In <b>German</b></p>", "a1&#34;, &#34;a2", "a29&#34;, &#34;a30", "one of 31 values",
		`<a href="#schema-Order">Order</a> with`, `all of <a href="#schema-Order">Order</a>, <a href="#schema-Extended">Extended</a>`, `one of <a href="#schema-Order">Order</a>, string or null`} {
		if !strings.Contains(a.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}

// TestProse writes descriptions as HTML.
func TestProse(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"two paragraphs", "a\r\nb\n\nc", "<p>a\nb</p><p>c</p>"},
		{"heading", "## Title\ntext", "<p>Title\ntext</p>"},
		{"list", "- a\n* b\n  - c", "<ul><li>a</li><li>b</li><li>c</li></ul>"},
		{"list in text", "before\n- a\nafter", "<p>before</p><ul><li>a</li></ul><p>after</p>"},
		{"two lists", "- a\n\n- b", "<ul><li>a</li></ul><ul><li>b</li></ul>"},
		{"block", "a\n```json\n- <b>\n\n**c**\n```\nd", "<p>a</p><pre>- &lt;b&gt;\n\n**c**\n</pre><p>d</p>"},
		{"block after a list", "- a\n```\nb\n```\n- c", "<ul><li>a</li></ul><pre>b\n</pre><ul><li>c</li></ul>"},
		{"open block", "```\na", "<pre>a\n</pre>"},
		{"marks", "`a<b` **c** [d](https://x.example) [e](file:///x)",
			`<p><code>a&lt;b</code> <b>c</b> <a href="https://x.example" rel="noopener noreferrer">d</a> [e](file:///x)</p>`},
	} {
		if got := string(prose(tt.in)); got != tt.want {
			t.Errorf("%s: got  %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b, load(t)); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, want := range []string{"# Shop &lt;b>& Co&lt;/b>\n", "## orders\n", "### GET /orders/{id}\n", "| `id` (required) | path | string (uuid) | a \\| b |\n",
		"[Order](#order)", "**404** no\n", "&emsp;`deep`", "### Order\n", "In **German**\n", "one of 31 values",
		"all of [Order](#order), [Extended](#extended)"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, not := range []string{"<script", "<img", "\n\n\n"} {
		if strings.Contains(out, not) {
			t.Errorf("%q in\n%s", not, out)
		}
	}
}
