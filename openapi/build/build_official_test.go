package build

import (
	"fmt"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// official compiles the JSON Schema that the authors of OpenAPI publish for a version.
func official(t testing.TB, version string) *jsonschema.Schema {
	data := must(os.ReadFile("testdata/oas/" + version + ".yaml"))
	v := must(openapi.Parse(data))
	if version == "3.1" {
		// The published schema leaves Schema Objects to their dialect: here it is JSON Schema's
		// own.
		v.(map[string]any)["$defs"].(map[string]any)["schema"] = map[string]any{"$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema"}
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://schemas.invalid/oas", v); err != nil {
		t.Fatal(err)
	}
	s := must(c.Compile("https://schemas.invalid/oas"))
	return s
}

// TestBuildOfficial validates documents by the published schemas, which check more than kin-openapi
// does.
func TestBuildOfficial(t *testing.T) {
	for _, version := range []string{"3.0", "3.1"} {
		s := official(t, version)
		t.Run(version, rapid.MakeCheck(func(t *rapid.T) {
			doc := must(Document(openapitest.Document(t), Options{Version: version}))
			v := must(openapi.Data(doc))
			if err := s.Validate(v); err != nil {
				t.Fatal(fmt.Sprintf("%v\n%s", err, openapitest.Encode(t, doc, openapi.YAML)))
			}
		}))
	}
}

// must returns v and panics if err is not nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
