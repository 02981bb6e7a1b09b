package spectools

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/internal/visible"
)

// hidingText acts on a terminal, or does not show, in a string of JSON.
const hidingText = `a\u001b[2J\u001b]8;;x.example\u0007\u009b\u202e\u2066\u200b\u2028\r\b\u007f\udb40\udc41`

const hidingDocument = `{"openapi":"3.1.0","info":{"title":"X","version":"X","description":"X"},"externalDocs":{"url":"http://x.example/X","description":"X"},
"tags":[{"name":"X","description":"X"}],"components":{"securitySchemes":{"X":{"type":"apiKey","in":"header","name":"X-Key"}},
 "schemas":{"X":{"title":"X","description":"X","type":"object","required":["X","plain"],"dependentRequired":{"X":["X"],"plain":["X"]},"propertyNames":{"enum":["X","plain"]},
  "properties":{"X":{"type":"string"},"plain":{"type":"string","title":"X","enum":["X","ok"],"default":"X","examples":["X"],"example":"X","description":"X"},
   "only":{"enum":["X"]},"const":{"const":"X"},"object":{"const":{"X":"X"}},"pattern":{"type":"string","pattern":"^X$","format":"X"},"patternProperties":{"type":"string","default":"X"},"content":{"type":"string","contentMediaType":"X","contentEncoding":"X"}},
  "patternProperties":{"^X":{"type":"string","const":"X"}},"oneOf":[{"$ref":"#/components/schemas/Y"}],"discriminator":{"propertyName":"X","mapping":{"X":"#/components/schemas/Y"}}},"Y":{"type":"object"}}},
"paths":{"/things/X":{"post":{"operationId":"change X","summary":"X","description":"X","tags":["X"],"security":[{"X":[]}],"x-mcp-name":"X",
 "parameters":[{"name":"X","in":"query","description":"X","schema":{"type":"string","enum":["X","ok"],"default":"X","pattern":"X"}},{"name":"X","in":"header","schema":{"$ref":"#/components/schemas/X"}}],
 "requestBody":{"description":"X","content":{"application/json":{"schema":{"$ref":"#/components/schemas/X"}},"text/X":{"schema":{"$ref":"#/components/schemas/X"}},"multipart/form-data":{"schema":{"$ref":"#/components/schemas/X"},"encoding":{"X":{"contentType":"X"}}}}},
 "responses":{"200":{"description":"X"}}}},
 "/read/{X}":{"get":{"operationId":"read","parameters":[{"name":"X","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"X"}}}},
 "/answer":{"get":{"operationId":"answer","parameters":[{"name":"kind","in":"query","schema":{"type":"string"}}],"responses":{"200":{"description":"X"}}}}}}`

// TestNothingHides serves a hostile document and hostile answers. No definition of a tool and no
// text of a result has a character that does not show; readReply checks the results.
func TestNothingHides(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var text string
		json.Unmarshal([]byte(`"`+hidingText+`"`), &text)
		w.Header().Set("Link", `</next\x1b>; rel="next"`)
		w.Header().Set("Retry-After", "\u202e")
		switch r.URL.Query().Get("kind") {
		case "json":
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte("{\r\n\"" + text[len(text)-4:] + "\":\"\u202e\u200b\u009b\"}"))
		case "error":
			w.WriteHeader(400)
			w.Write([]byte(text))
		default:
			w.Header().Set("Content-Type", "text/plain; x=\u202e")
			w.Write([]byte(text))
		}
	}))
	defer api.Close()
	for _, mode := range []Mode{ModeStatic, ModeDynamic} {
		doc := strings.ReplaceAll(strings.ReplaceAll(hidingDocument, `"X-Key"`, `"KEY"`), "X", hidingText)
		s := newSet(t, doc, Options{BaseURL: api.URL})
		c := connectTo(t, NewServer(s, ServerOptions{Mode: mode}), false)
		if len(s.ops) < 3 {
			t.Fatalf("%d operations", len(s.ops))
		}
		list := must(c.ListTools(t.Context(), mcp.ListToolsRequest{}))
		for _, tool := range list.Tools {
			checkVisible(t, "definition of "+tool.Name, decoded(t, tool))
			for _, kind := range []string{"json", "error", "text", `\u202e`} {
				call(t, c, tool.Name, `{"kind":"`+kind+`"}`)
			}
			call(t, c, tool.Name, `{"`+hidingText+`":"`+hidingText+`"}`)
			call(t, c, tool.Name, `{"requestBody":{"`+hidingText+`":"`+hidingText+`"},"operation":"`+hidingText+`","query":"a"}`)
		}
		for _, x := range s.Summaries() {
			checkVisible(t, "summary of "+x.Name, decoded(t, x))
		}
		var r mcp.ReadResourceRequest
		r.Params.URI = ResourceOperations
		res := must(c.ReadResource(t.Context(), r))
		checkVisible(t, "resource", decoded(t, res.Contents))
	}
}

func decoded(t *testing.T, v any) any {
	t.Helper()
	raw := must(json.Marshal(v))
	var out any
	noError(t, json.Unmarshal(raw, &out))
	return out
}

// checkVisible checks all names and strings of decoded JSON.
func checkVisible(t *testing.T, what string, v any) {
	t.Helper()
	check := func(s string) {
		if visible.Text(s) != s {
			t.Errorf("%s has %q", what, s)
		}
	}
	switch v := v.(type) {
	case string:
		check(v)
	case []any:
		for _, e := range v {
			checkVisible(t, what, e)
		}
	case map[string]any:
		for name, e := range v {
			check(name)
			checkVisible(t, what+"/"+name, e)
		}
	}
}
