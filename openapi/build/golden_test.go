package build

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

var update = flag.Bool("update", false, "rewrite the golden documents")

func of(k schema.Kind) *schema.Schema { return &schema.Schema{Kind: k} }

func property(name string, s *schema.Schema) schema.Property {
	return schema.Property{Name: name, Schema: s}
}

// forms is an object with a property for each form of a schema.
func forms() *schema.Schema {
	str, integer := of(schema.String), of(schema.Integer)
	cat, dog := &schema.Schema{Ref: "Cat"}, &schema.Schema{Ref: "Dog"}
	pets := &schema.Discriminator{Property: "kind", Mapping: []schema.Mapping{{Value: "cat", Ref: "Cat"}, {Value: "dog", Ref: "Dog"}}}
	return &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
		property("", str),
		property("any", nil),
		property("anyOf", &schema.Schema{AnyOf: []*schema.Schema{str, cat}}),
		property("anyOfOrNull", &schema.Schema{Nullable: true, AnyOf: []*schema.Schema{str, cat}}),
		property("anyOrNull", &schema.Schema{Nullable: true}),
		property("bad\nname", str),
		property("boolean", of(schema.Boolean)),
		property("constant", &schema.Schema{Kind: schema.String, Enum: []string{"only"}}),
		property("constantOrNull", &schema.Schema{Kind: schema.String, Enum: []string{"only"}, Nullable: true}),
		property("date", &schema.Schema{Kind: schema.String, Format: "date", Description: "A day."}),
		property("double", &schema.Schema{Kind: schema.Number, Format: "double"}),
		property("empty", &schema.Schema{Kind: schema.Array}),
		property("enum", &schema.Schema{Kind: schema.String, Enum: []string{"a", "b"}}),
		property("enumOfBadText", &schema.Schema{Kind: schema.String, Enum: []string{"a", "b\x1bc"}}),
		property("enumOrNull", &schema.Schema{Kind: schema.String, Enum: []string{"a", "b"}, Nullable: true}),
		property("integerOrNumber", of(schema.Integer|schema.Number)),
		property("integerOrText", of(schema.Integer|schema.String)),
		property("int64", &schema.Schema{Kind: schema.Integer, Format: "int64"}),
		property("int64OrText", &schema.Schema{Kind: schema.Integer | schema.String, Format: "int64"}),
		property("list", &schema.Schema{Kind: schema.Array, Items: str}),
		property("map", &schema.Schema{Kind: schema.Object, Additional: integer}),
		property("objectOrList", &schema.Schema{Kind: schema.Object | schema.Array | schema.Null, Items: str,
			Properties: []schema.Property{{Name: "a", Schema: str, Required: true}}, Additional: integer}),
		property("oneOf", &schema.Schema{OneOf: []*schema.Schema{cat, dog}, Discriminator: pets}),
		property("oneOfOrNull", &schema.Schema{Nullable: true, OneOf: []*schema.Schema{cat, dog}, Discriminator: pets}),
		property("reference", cat),
		property("referenceOrNull", &schema.Schema{Ref: "Cat", Nullable: true}),
		property("referenceWithText", &schema.Schema{Ref: "Cat", Description: "Its cat."}),
		property("self", &schema.Schema{Kind: schema.Array, Items: &schema.Schema{Ref: "Forms"}}),
		property("shown", &schema.Schema{Kind: schema.String, Example: "EUR"}),
		property("shownBadly", &schema.Schema{Kind: schema.String, Example: "b\x1bc"}),
		property("shownNumber", &schema.Schema{Kind: schema.Integer, Example: "100"}),
		property("shownOrNull", &schema.Schema{Kind: schema.String, Format: "date", Nullable: true}),
		property("textOrNull", of(schema.String|schema.Null)),
		property("tuple", &schema.Schema{Kind: schema.Array, Prefix: []*schema.Schema{str, integer, str}}),
		property("tupleAndMore", &schema.Schema{Kind: schema.Array, Prefix: []*schema.Schema{integer}, Items: str}),
		property("tupleOfEqual", &schema.Schema{Kind: schema.Array, Prefix: []*schema.Schema{str, str}}),
		{Name: "sent", Schema: str, AlwaysSent: 7},
		{Name: "sentReference", Schema: cat, AlwaysSent: 8},
		{Name: "xml", Required: true, Schema: &schema.Schema{Kind: schema.Array, Items: str,
			XML: &schema.XML{Name: "x", Prefix: "p", Namespace: "urn:a", Wrapped: true}}},
		property("xmlText", &schema.Schema{Kind: schema.String, XML: &schema.XML{Text: true}}),
		property("xmlAttribute", &schema.Schema{Kind: schema.String, XML: &schema.XML{Name: "bad\nname", Attribute: true}}),
	}}
}

// everything is a document with every field that can be written.
func everything() infer.Document {
	str := of(schema.String)
	kind := func(name string) *schema.Schema {
		return &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "kind", Required: true,
			Schema: &schema.Schema{Kind: schema.String, Enum: []string{name}}}}}
	}
	return infer.Document{
		Title: "Everything", Servers: []string{"https://a.example/v1", "https://b.example"},
		Components: []schema.Component{{Name: "Cat", Schema: kind("cat")}, {Name: "Dog", Schema: kind("dog")}, {Name: "Forms", Schema: forms()}},
		Security: []security.Scheme{
			{Name: "basic", Type: "http", Scheme: "basic"},
			{Name: "bearer", Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "A token."},
			{Name: "key", Type: "apiKey", In: "query", Key: "k"},
			{Name: "oauth", Type: "oauth2", Flows: []security.OAuthFlow{
				{Kind: "authorizationCode", AuthorizationURL: "https://a.example/auth", TokenURL: "https://a.example/token", RefreshURL: "https://a.example/re", Scopes: []string{"r", "w"}},
				{Kind: "clientCredentials", TokenURL: "https://a.example/token"},
				{Kind: "implicit", AuthorizationURL: "https://a.example/auth"},
				{Kind: "password", TokenURL: "https://a.example/token"},
			}},
			{Name: "oidc", Type: "openIdConnect", OpenIDURL: "https://a.example/.well-known/openid-configuration"},
		},
		Operations: []infer.Operation{
			{
				Method: "GET", Path: "/files/{id}/{rest}", ID: "getFile", Summary: "Get\na file", Tags: []string{"files", "", "a"},
				Params: []infer.Param{
					{Name: "id", In: infer.InPath, Required: true, Schema: of(schema.Integer), Description: "Its number.",
						Sources: []string{"PUT /files/{name}/{path}", "PURGE /gone"}, Variants: []infer.BodyVariant{{Value: "a"}, {Value: "bad\nname"}}},
					{Name: "rest", In: infer.InPath, Required: true, Schema: str, MultiSegment: true, Sources: []string{"PUT /files/{name}/{path}"}, Variants: []infer.BodyVariant{{Value: "a"}, {Value: "b", Members: []string{"request.x"}}}},
					{Name: "other", In: infer.InPath, Schema: str},
					{Name: "list", In: infer.InQuery, Schema: &schema.Schema{Kind: schema.Array, Items: str}, Style: "pipeDelimited"},
					{Name: "list", In: infer.InQuery, Schema: str},
					{Name: "page", In: infer.InQuery, AlwaysSent: 3, Required: true},
					{Name: "bad\nname", In: infer.InQuery},
					{Name: "X-A", In: infer.InHeader, Schema: str},
					{Name: "x-a", In: infer.InHeader, Schema: str},
					{Name: "sid", In: infer.InCookie, Schema: str},
				},
				Responses: []infer.Response{
					{Status: 200, Content: []infer.Media{{Type: "application/json", Schema: &schema.Schema{Ref: "Forms"}}},
						Headers: []infer.Param{{Name: "ETag", In: infer.InHeader, Required: true, Schema: str, Description: "Version."}, {Name: "bad\nname", In: infer.InHeader}},
						Links:   []infer.Link{{Name: "next", Operation: "putFile", Parameters: []infer.LinkParam{{Name: "name", Expression: "$response.body#/id"}}}}},
					{Status: 299}, {Status: 401}, {Status: 404}, {Status: 700},
				},
				Denied:   "without credentials",
				Security: [][]string{{"basic", "key"}, {}},
				Servers:  []string{"https://files.example", ""},
				Paging:   &infer.Paging{Style: infer.PageNumber, Param: "page", Next: "header Link"},
			},
			{
				Method: "PUT", Path: "/files/{name}/{path}", ID: "putFile",
				Params: []infer.Param{{Name: "name", In: infer.InPath, Required: true, Schema: of(schema.Integer)}, {Name: "path", In: infer.InPath, Required: true, Schema: str}},
				Request: &infer.RequestBody{Required: true, Content: []infer.Media{
					{Type: "application/octet-stream"},
					{Type: "application/x-www-form-urlencoded", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
						property("ids", &schema.Schema{Kind: schema.Array, Items: str})}},
						Encoding: []infer.FieldEncoding{{Field: "ids", Indexed: true}}},
					{Type: "multipart/form-data", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
						property("file", &schema.Schema{Kind: schema.String, Format: "binary"})}},
						Encoding: []infer.FieldEncoding{{Field: "file", ContentType: "image/png"}}},
					{Type: "multipart/mixed", Schema: &schema.Schema{Kind: schema.Array, Items: str}, Parts: []string{"application/json", "text/plain"}},
				}},
				Responses: []infer.Response{{Status: 200, Content: []infer.Media{{Type: "text/event-stream", Schema: str,
					Events: []infer.Event{{Name: "done", Schema: str}, {Name: "message", Schema: of(schema.Integer)}}}}}},
				Security: [][]string{},
			},
			{Method: "POST", Path: "/rpc#sum", ID: "sum", Request: &infer.RequestBody{}, Variants: []call.Variant{{Kind: "JSON-RPC", Name: "sum"}}},
			{Method: "PURGE", Path: "/gone", ID: "purge", Tags: []string{"purged"}},
		},
	}
}

// TestGolden compares a document that has everything with the golden files, in both versions and
// with examples.
func TestGolden(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options Options
	}{
		{"3.0.yaml", Options{Version: "3.0"}},
		{"3.1.yaml", Options{Version: "3.1", Title: "Mine", Description: "What it does.", APIVersion: "7"}},
		{"examples.yaml", Options{Examples: true}},
		{"examples-3.0.yaml", Options{Version: "3.0", Examples: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := must.Get(Document(everything(), tt.options))
			got := openapitest.Encode(t, doc, openapi.YAML)
			file := filepath.Join("testdata", "golden", tt.name)
			if *update {
				must.Do(t, os.WriteFile(file, got, 0o600))
			}
			want := must.Get(os.ReadFile(file))
			if string(got) != string(want) {
				t.Errorf("got\n%s", got)
			}
		})
	}
}
