package build

import (
	"fmt"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// official compiles the JSON Schema that the authors of OpenAPI publish for a version.
func official(t testing.TB, version string) *jsonschema.Schema {
	data := must.Get(os.ReadFile("testdata/oas/" + version + ".yaml"))
	v := must.Get(openapi.Parse(data))
	if version == "3.1" {
		// The published schema leaves Schema Objects to their dialect: here it is JSON Schema's
		// own.
		v.(map[string]any)["$defs"].(map[string]any)["schema"] = map[string]any{"$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema"}
	}
	c := jsonschema.NewCompiler()
	must.Do(t, c.AddResource("https://schemas.invalid/oas", v))
	return must.Get(c.Compile("https://schemas.invalid/oas"))
}

// TestBuildOfficial validates documents by the published schemas, which check more than kin-openapi
// does.
func TestBuildOfficial(t *testing.T) {
	for _, version := range []string{"3.0", "3.1"} {
		s := official(t, version)
		t.Run(version, rapid.MakeCheck(func(t *rapid.T) {
			doc := must.Get(Document(openapitest.Document(t), Options{Version: version}))
			v := must.Get(openapi.Data(doc))
			if err := s.Validate(v); err != nil {
				t.Fatal(fmt.Sprintf("%v\n%s", err, openapitest.Encode(t, doc, openapi.YAML)))
			}
		}))
	}
}
