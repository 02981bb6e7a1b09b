package openapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

const newest = `
openapi: 3.2.0
$self: https://api.example.com/openapi.yaml
info: {title: T, version: "1"}
paths:
  /s:
    query: {operationId: q, responses: {'200': {description: ok}}}
    additionalOperations: {COPY: {operationId: copy, security: [{'#/components/securitySchemes/k': []}], responses: {'200': {summary: copied}}}}
    get:
      parameters:
        - {name: f, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {x: {type: string}}}}}}
        - {name: j, in: querystring, content: {application/json: {schema: {type: object}}}}
        - {name: c, in: cookie, style: cookie, schema: {type: string}}
      responses:
        '200':
          description: ok
          content:
            text/event-stream: {itemSchema: {oneOf: [{$ref: '#/components/schemas/Tick'}, {$ref: 'https://api.example.com/openapi.yaml#/components/schemas/Done'}]}}
            application/jsonl: {itemSchema: {$ref: '#/components/schemas/Line'}}
            application/json-seq: {schema: {type: array, items: {$ref: '#/components/schemas/Line'}}}
            multipart/mixed: {itemSchema: {type: string}, prefixEncoding: [{contentType: text/a}], itemEncoding: {contentType: text/b}}
            application/json: {$ref: '#/components/mediaTypes/M'}
components:
  mediaTypes: {M: {schema: {$ref: '#/components/schemas/Line'}}}
  securitySchemes: {k: {type: http, scheme: basic}}
  schemas:
    Line: {type: object, properties: {n: {type: integer, xml: {nodeType: attribute}}, t: {type: string, xml: {nodeType: text}}}}
    Tick: {type: object, properties: {event: {const: tick}, data: {type: string, contentMediaType: application/json, contentSchema: {$ref: '#/components/schemas/Line'}}}}
    Done: {type: object, properties: {event: {enum: [done]}, data: {type: object, properties: {ok: {type: boolean}}}}}
`

// TestVersion32 checks in which form a document of version 3.2 is read.
func TestVersion32(t *testing.T) {
	doc := must.Get(openapi.Load([]byte(newest)))
	item := doc.Paths.Value("/s")
	if ops := item.Operations(); len(ops) != 3 || ops["QUERY"] == nil || ops["COPY"] == nil {
		t.Fatalf("%v", ops)
	}
	content := item.Get.Responses.Value("200").Value.Content
	for what, v := range map[string]struct {
		got  any
		want string
	}{
		"a form in the query":  {item.Get.Parameters[0], `{"explode":true,"in":"query","name":"f","schema":{"properties":{"x":{"type":"string"}},"type":"object"},"style":"form"}`},
		"JSON in the query":    {item.Get.Parameters[1].Value.In, `"querystring"`},
		"a cookie":             {item.Get.Parameters[2].Value.Style, `"form"`},
		"events":               {content["text/event-stream"].Schema.Value.AnyOf, `[{"$ref":"#/components/schemas/Line"},{"properties":{"ok":{"type":"boolean"}},"type":"object"}]`},
		"events by their name": {content["text/event-stream"].Extensions[openapi.ExtEvents], `{"done":{"properties":{"ok":{"type":"boolean"}},"type":"object"},"tick":{"$ref":"#/components/schemas/Line"}}`},
		"lines":                {content["application/jsonl"], `{"schema":{"$ref":"#/components/schemas/Line"}}`},
		"lines as a list":      {content["application/json-seq"], `{"schema":{"$ref":"#/components/schemas/Line"}}`},
		"parts":                {content["multipart/mixed"], `{"schema":{"items":{"type":"string"},"type":"array"},"x-spectap-parts":["text/a","text/b"]}`},
		"a shared media type":  {content["application/json"], `{"schema":{"$ref":"#/components/schemas/Line"}}`},
		"an attribute":         {doc.Components.Schemas["Line"].Value.Properties["n"].Value.XML, `{"attribute":true}`},
		"a text":               {doc.Components.Schemas["Line"].Value.Properties["t"].Value.XML, `{"x-spectap-text":true}`},
		"a summary":            {item.Operations()["COPY"].Responses.Value("200").Value.Description, `"copied"`},
		"a scheme by its URI":  {item.Operations()["COPY"].Security, `[{"k":[]}]`},
	} {
		if got, err := json.Marshal(v.got); err != nil || string(got) != v.want {
			t.Errorf("%s: got %s, %v, want %s", what, got, err, v.want)
		}
	}
}

// TestVersion32RoundTrip checks that what [openapi.Encode] writes in the way of 3.2 reads back as
// the same document, and that no extension stands for what 3.2 has a word for.
func TestVersion32RoundTrip(t *testing.T) {
	doc := must.Get(openapi.Load([]byte(newest)))
	encode := func(doc *openapi3.T) []byte {
		var b bytes.Buffer
		must.Do(t, openapi.Encode(&b, doc, openapi.JSON))
		return b.Bytes()
	}
	first := encode(doc)
	if bytes.Contains(first, []byte("x-spectap")) || bytes.Count(first, []byte(`"itemSchema"`)) != 4 {
		t.Errorf("%s", first)
	}
	again := must.Get(openapi.Load(first))
	if second := encode(again); !bytes.Equal(first, second) {
		t.Errorf("got\n%s\nwant\n%s", second, first)
	}
}

// TestVersion32Hostile reads documents of version 3.2 whose media types refer to themselves, or would
// grow without bound.
func TestVersion32Hostile(t *testing.T) {
	const head = "openapi: 3.2.0\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {responses: {'200': {description: d, content: {"
	cycle := head + "a/b: {$ref: '#/components/mediaTypes/M'}}}}}}}\ncomponents: {mediaTypes: {M: {encoding: {x: {headers: {H: {content: {a/b: {$ref: '#/components/mediaTypes/M'}}}}}}}, N: {$ref: '#/components/mediaTypes/N'}}}\n"
	must.Get(openapi.Load([]byte(cycle)))
	var many strings.Builder
	many.WriteString(head)
	for i := range 20_000 {
		fmt.Fprintf(&many, "a/b%d: {$ref: '#/components/mediaTypes/M'}, ", i)
	}
	fmt.Fprintf(&many, "}}}}}}\ncomponents: {mediaTypes: {M: {schema: {description: %s}}}}\n", strings.Repeat("x", 10_000))
	if _, err := openapi.Load([]byte(many.String())); !errors.Is(err, openapi.ErrTooMuch) {
		t.Error(err)
	}
	for _, odd := range []string{"$self: 7", "tags: 7\ncomponents: 7", "components: {mediaTypes: 7, schemas: {A: {xml: 7}}}", "security: {}"} {
		openapi.Load([]byte("openapi: 3.2.0\ninfo: {title: T, version: '1'}\n" + odd)) // without panic
	}
}

// TestVersion32Partial leaves out one operation of any method for a reference that leads nowhere.
func TestVersion32Partial(t *testing.T) {
	text := strings.Replace(newest, "operationId: copy,", "operationId: copy, requestBody: {content: {a/b: {schema: {$ref: '#/components/schemas/None'}}}},", 1)
	doc := must.Get(openapi.LoadPartial([]byte(text)))
	for method, op := range doc.Paths.Value("/s").Operations() {
		if isCut := op.Extensions[openapi.ExtUnresolved] != nil; isCut != (method == "COPY") {
			t.Errorf("%s: cut %t", method, isCut)
		}
	}
}
