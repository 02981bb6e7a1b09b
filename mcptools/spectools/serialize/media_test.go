package serialize

import (
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// TestWrittenBodies chooses the media type to send by the schema where the document has a range, and
// writes the body in the syntax and the charset of the type that is sent.
func TestWrittenBodies(t *testing.T) {
	const object = `{"type":"object","properties":{"kind":{"type":"string"}}}`
	for _, x := range []struct{ typ, schema, chosen, value, sent, want string }{
		{"*/*", object, "", `{"kind":"Pod"}`, "application/json", `{"kind":"Pod"}`},
		{"application/*", object, "", `{"kind":"Pod"}`, "application/json", `{"kind":"Pod"}`},
		{"application/*; charset=utf-8", `{"type":"array"}`, "", `[1]`, "application/json", `[1]`},
		{"application/*+json", object, "", `{}`, "application/json", `{}`},
		{"*/*", `{}`, "", `7`, "application/json", `7`},
		{"*/*", object, "application/merge-patch+json", `{"kind":null}`, "application/merge-patch+json", `{"kind":null}`},
		{"*/*", object, "application/vnd.pod", `{}`, "application/vnd.pod", `{}`},
		{"*/*", object, "application/x-www-form-urlencoded", `{"kind":"a b"}`, "application/x-www-form-urlencoded", "kind=a+b"},
		{"*/*", object, "application/yaml", `{"kind":"Pod"}`, "application/yaml", `{"kind":"Pod"}`},
		{"*/*", `{"type":"string"}`, "", `"a"`, "text/plain", "a"},
		{"*/*", `{"type":"string","format":"binary"}`, "image/png", `"/w=="`, "image/png", "\xff"},
		{"text/json", object, "", `{"kind":"é"}`, "text/json", `{"kind":"é"}`},
		{"text/x-json", object, "", `{}`, "text/x-json", `{}`},
		{"application/json; charset=utf-8", object, "", `{"kind":"é"}`, "application/json; charset=utf-8", `{"kind":"é"}`},
		{"application/json; charset=iso-8859-1", object, "", `{"kind":"é"}`, "application/json; charset=iso-8859-1", "{\"kind\":\"\xe9\"}"},
		{"text/plain; charset=iso-8859-1", `{"type":"string"}`, "", `"漢"`, "text/plain; charset=utf-8", "漢"},
	} {
		o := withBody(t, x.typ, x.schema, nil)
		args := objectOf(t, `{"requestBody":`+x.value+`}`)
		if x.chosen != "" {
			args.Set(ContentTypeArgument, x.chosen)
		}
		c, problem := o.Request(args)
		if problem != nil || string(c.Body) != x.want || c.Header[0].Value != x.sent {
			t.Errorf("%s of %s as %q: %v %q, %v", x.typ, x.schema, x.chosen, c.Header, c.Body, problem)
		}
		if x.chosen == "application/yaml" {
			continue // which is read back as a text
		}
		r := &flow.Request{Header: flow.Header{{Name: "Content-Type", Value: x.sent}}, Body: flow.Body{Data: c.Body}}
		back, err := o.Arguments(nil, r)
		if err != nil || string(orderedjson.Encode(back.Value(BodyArgument))) != x.value {
			t.Errorf("%s of %s: read back %s, %v", x.typ, x.schema, orderedjson.Encode(back), err)
		}
	}
}
