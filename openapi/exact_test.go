package openapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/test/must"
)

const exact3 = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{
 "parameters":[{"name":"q","in":"query","schema":{"type":"integer","maximum":9223372036854775807}}],
 "requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"n":{"type":"integer","minimum":-9007199254740993,"exclusiveMaximum":9007199254740993}}}}}},
 "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"},"example":{"maximum":1}}}}}}}},
 "components":{"schemas":{
  "A":{"type":"array","items":{"enum":[9007199254740993,"9007199254740993",[1.00000000000000000001]],"default":9007199254740993}},
  "B":{"const":{"a":12345678901234567890},"multipleOf":0.1,"maximum":100},
  "C":{"type":"number","multipleOf":0.00000000000000012345678901234567890,"example":{"maximum":5}}}}}`

const exact2 = `{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{
 "parameters":[{"name":"q","in":"query","type":"integer","maximum":9223372036854775807},{"name":"f","in":"formData","type":"integer","enum":[9007199254740993]},
  {"name":"l","in":"query","type":"array","items":{"type":"integer","minimum":9007199254740993}}],
 "responses":{"200":{"description":"ok","schema":{"$ref":"#/definitions/A"}}}}}},
 "definitions":{"A":{"type":"integer","minimum":9007199254740993}}}`

// TestExact checks that bounds, enums, constants and defaults keep all digits, in all versions and
// both formats, when they are read and when they are written.
func TestExact(t *testing.T) {
	three := must.Get(Load([]byte(exact3)))
	post := three.Paths.Value("/a").Post
	a, b, c := three.Components.Schemas["A"].Value, three.Components.Schemas["B"].Value, three.Components.Schemas["C"].Value
	two := must.Get(Load([]byte(exact2)))
	post2 := two.Paths.Value("/a").Post
	form := post2.RequestBody.Value.Content["application/x-www-form-urlencoded"].Schema.Value
	for _, x := range []struct {
		name, keyword, want string
		s                   *openapi3.Schema
	}{
		{"parameter", "maximum", `9223372036854775807`, post.Parameters[0].Value.Schema.Value},
		{"body", "minimum", `-9007199254740993`, post.RequestBody.Value.Content["application/json"].Schema.Value.Properties["n"].Value},
		{"body", "exclusiveMaximum", `9007199254740993`, post.RequestBody.Value.Content["application/json"].Schema.Value.Properties["n"].Value},
		{"enum", "enum", `[9007199254740993,"9007199254740993",[1.00000000000000000001]]`, a.Items.Value},
		{"default", "default", `9007199254740993`, a.Items.Value},
		{"const", "const", `{"a":12345678901234567890}`, b},
		{"step", "multipleOf", `0.00000000000000012345678901234567890`, c},
		{"2.0 parameter", "maximum", `9223372036854775807`, post2.Parameters[0].Value.Schema.Value},
		{"2.0 items", "minimum", `9007199254740993`, post2.Parameters[1].Value.Schema.Value.Items.Value},
		{"2.0 form", "enum", `[9007199254740993]`, form.Properties["f"].Value},
		{"2.0 definition", "minimum", `9007199254740993`, two.Components.Schemas["A"].Value},
	} {
		t.Run(x.name+" "+x.keyword, func(t *testing.T) {
			v, ok := Exact(x.s, x.keyword)
			got, _ := json.Marshal(v)
			if !ok || string(got) != x.want {
				t.Errorf("%s %v, want %s", got, ok, x.want)
			}
		})
	}
	if _, ok := Exact(b, "maximum"); ok {
		t.Error("a number that a float64 holds is also in the extension")
	}
	if _, ok := Exact(c, "maximum"); ok {
		t.Error("an example became a bound")
	}
	for _, f := range []Format{JSON, YAML} {
		text := encodeText(t, three, f)
		for _, want := range []string{"9223372036854775807", "-9007199254740993", "12345678901234567890", "1.00000000000000000001"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s is lost", f, want)
			}
		}
		if strings.Contains(text, exactKey) {
			t.Errorf("%s: the extension is written", f)
		}
		back := must.Get(Load([]byte(text)))
		if n, ok := Exact(back.Paths.Value("/a").Post.Parameters[0].Value.Schema.Value, "maximum"); !ok || n != json.Number("9223372036854775807") {
			t.Errorf("%s: read back %s %v", f, n, ok)
		}
	}
}

func encodeText(t *testing.T, doc *openapi3.T, f Format) string {
	var b strings.Builder
	must.Do(t, Encode(&b, doc, f))
	return b.String()
}

// TestExactBounds puts numbers into the extension that are too large for exact arithmetic.
func TestExactBounds(t *testing.T) {
	for _, n := range []string{"1e999999999", "1e-999999999", strings.Repeat("9", 1000), `"text"`, "nonsense"} {
		s := &openapi3.Schema{Extensions: map[string]any{exactKey: map[string]any{"maximum": n, "enum": fmt.Sprintf("[%s]", n)}}}
		if v, ok := Exact(s, "maximum"); ok && v != "text" {
			t.Errorf("%.20s was accepted: %s", n, v)
		}
	}
}
