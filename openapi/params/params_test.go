package params_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// reader reads numbers and texts.
func reader(isLenient bool) params.Reader {
	return params.Reader{
		Lenient: isLenient,
		Scalar: func(r *openapi3.SchemaRef, text string) any {
			if slices.Contains(openapi.SchemaTypes(r), "integer") && jsonvalue.IsNumber(text) {
				return json.Number(text)
			}
			return text
		},
		Object: func(names []string, values []any) any {
			out := map[string]any{}
			for i, name := range names {
				out[name] = values[i]
			}
			return out
		},
		JSON:   func(text []byte) (any, error) { return openapi.ParseJSON(text) },
		Admits: func(r *openapi3.SchemaRef, v any) bool { return v != "text" },
	}
}

// TestValue reads values of each style (OpenAPI 3.1.1, section 4.8.12.6), and what is not written in
// it.
func TestValue(t *testing.T) {
	const text, list, record, either = `{"type":"string"}`, `{"type":"array","items":{"type":"string"}}`,
		`{"type":"object","properties":{"R":{"type":"integer"}}}`, `{"type":["string","array"]}`
	for _, tt := range []struct{ in, style, explode, schema, sent, want string }{
		{"path", "", "", list, "blue,bl%2Cack", `["blue","bl,ack"]`},
		{"path", "", "", record, "R,100,G,200", `{"G":"200","R":100}`},
		{"path", "", "true", record, "R=100,G=200", `{"G":"200","R":100}`},
		{"path", "label", "", text, ".blue", `"blue"`},
		{"path", "label", "true", list, ".blue.black", `["blue","black"]`},
		{"path", "matrix", "", list, ";color=blue,black", `["blue","black"]`},
		{"path", "matrix", "true", list, ";color=blue;color=black", `["blue","black"]`},
		{"path", "matrix", "true", record, ";R=100;G=200", `{"G":"200","R":100}`},
		{"path", "", "", record, "R,100,G", "has a name without a value"},
		{"path", "", "", text, "%zz", "has invalid escapes"},
		{"query", "", "", list, "color=blue&color=bl,ack", `["blue","bl,ack"]`},
		{"query", "", "false", list, "color=blue,bl%2Cack", `["blue","bl,ack"]`},
		{"query", "spaceDelimited", "", list, "color=blue%20black", `["blue","black"]`},
		{"query", "pipeDelimited", "", list, "color=blue%7Cblack", `["blue","black"]`},
		{"query", "", "", record, "R=100&G=200", `{"G":"200","R":100}`},
		{"query", "deepObject", "true", record, "color[R]=100&color[G][]=1&color[G][]=2", `{"G":["1","2"],"R":100}`},
		{"query", "", "", text, "color=a&color=b", "occurs more than once"},
		{"query", "", "", `{}`, "color=a&color=b", `["a","b"]`},
		{"query", "", "", `{"type":"array"}`, "color[1]=b&color[0]=a", `["a","b"]`},
		{"query", "", "", `{}`, "color[7]=b", `{"7":"b"}`},
		{"query", "", "false", either, "color=a,b", `["a","b"]`},
		{"header", "", "", list, "blue, black", `["blue","black"]`},
		{"cookie", "", "false", list, "color=50%,a%2Cb", `["50%","a,b"]`},
	} {
		var schema openapi3.SchemaRef
		must.Do(t, json.Unmarshal([]byte(tt.schema), &schema))
		p := openapi3.Parameter{Name: "color", In: tt.in, Style: tt.style, Schema: &schema}
		if tt.explode != "" {
			explode := tt.explode == "true"
			p.Explode = &explode
		}
		sent := []decode.Pair{{Name: "color", Raw: tt.sent}}
		if tt.in == "query" || tt.in == "cookie" {
			sent = slices.Collect(decode.Pairs(tt.sent))
		}
		v, err := reader(false).Value(params.Of(&p), sent)
		got, _ := json.Marshal(v)
		if err != nil {
			got = []byte(err.Error())
		}
		if string(got) != tt.want {
			t.Errorf("%s %s %s %s: got %s, want %s", tt.in, tt.style, tt.explode, tt.sent, got, tt.want)
		}
	}
	v, err := reader(true).Value(params.Parameter{In: "path"}, []decode.Pair{{Raw: "50%"}})
	if v != "50%" || err != nil {
		t.Error(v, err)
	}
}

// FuzzForm: a form is read without a panic, and has no more values than pairs.
func FuzzForm(f *testing.F) {
	f.Add("a[][x]=1&a[][y]=2&b=%zz&c[0]=1&c=2")
	f.Fuzz(func(t *testing.T, form string) {
		m := openapi3.NewMediaType().WithSchema(openapi3.NewObjectSchema().WithProperty("a", openapi3.NewArraySchema()))
		v := must.Get(reader(true).Form(m, slices.Collect(decode.Pairs(form))))
		leaves := 0
		jsonvalue.Has(v, func(v any) bool {
			switch v.(type) {
			case map[string]any, []any:
			default:
				leaves++
			}
			return false
		})
		if _, err := url.QueryUnescape(form); err == nil && leaves > strings.Count(form, "&")+1 {
			t.Errorf("%d values of %q", leaves, form)
		}
	})
}
