package merge_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/merge"
)

const edited = `# Our API. Mind the comments.
openapi: 3.1.0
info:
  title: "The Shop"   # a person's title
  version: 2.0.0
  x-team: shop

servers:
  - url: https://api.example.com/v1

paths:

  # Users first.
  /users/{login}:
    parameters:
      - name: login
        in: path
        required: true
        description: What they call themselves.
        schema: {type: string}
    get:
      operationId: fetchUser
      summary: One user
      responses:
        "200":
          description: The user.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Person'

  /old:
    get:
      operationId: old
      deprecated: true
      responses: {default: {description: gone}}

components:
  schemas:
    Person:
      description: |
        Someone.

        With a login.
      type: object
      required: [login]
      properties:
        login:
          type: string
          maxLength: 39   # as the sign-up form has it
        age: {type: integer, format: int32}
        boss:
          $ref: '#/components/schemas/Person'
        kind:
          type: string
          enum: [a, b]
        extra: {}
# the end
`

func shopTraffic() infer.Document {
	str := &schema.Schema{Kind: schema.String}
	return infer.Document{
		Title: "api.example.com", Servers: []string{"https://api.example.com/v1"},
		Components: []schema.Component{
			{Name: "Error", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "message", Schema: str}}}},
			{Name: "User", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
				{Name: "age", Schema: &schema.Schema{Kind: schema.Number}},
				{Name: "boss", Schema: &schema.Schema{Ref: "User", Nullable: true}},
				{Name: "email", Schema: &schema.Schema{Kind: schema.String, Format: "email", Nullable: true}, Required: true},
				{Name: "extra", Schema: &schema.Schema{Kind: schema.Array, Items: &schema.Schema{Ref: "User"}}},
				{Name: "kind", Schema: &schema.Schema{Kind: schema.String, Enum: []string{"b", "c"}}},
				{Name: "login", Schema: &schema.Schema{Kind: schema.String, Nullable: true}, Required: true},
			}}},
		},
		Security: []security.Scheme{{Name: "bearerAuth", Type: "http", Scheme: "bearer"}},
		Operations: []infer.Operation{
			{Method: "GET", Path: "/users", ID: "listUsers", Tags: []string{"users"}, Security: [][]string{{"bearerAuth"}},
				Params:    []infer.Param{{Name: "page", In: infer.InQuery, Schema: &schema.Schema{Kind: schema.Integer}}},
				Responses: []infer.Response{{Status: 200, Content: []infer.Media{{Type: "application/json", Schema: &schema.Schema{Kind: schema.Array, Items: &schema.Schema{Ref: "User"}}}}}}},
			{Method: "DELETE", Path: "/users/{userId}", ID: "deleteUser",
				Params:    []infer.Param{{Name: "userId", In: infer.InPath, Schema: str}},
				Responses: []infer.Response{{Status: 204}}},
			{Method: "GET", Path: "/users/{userId}", ID: "getUser", Params: []infer.Param{{Name: "userId", In: infer.InPath, Schema: str},
				{Name: "full", In: infer.InQuery, Schema: &schema.Schema{Kind: schema.Boolean}}},
				Responses: []infer.Response{
					{Status: 200, Content: []infer.Media{{Type: "application/json", Schema: &schema.Schema{Ref: "User"}}}},
					{Status: 404, Content: []infer.Media{{Type: "application/json", Schema: &schema.Schema{Ref: "Error"}}}}}},
		},
	}
}

// into merges a document that no export wrote a part of.
func into(existing []byte, doc *openapi3.T) ([]byte, error) {
	r, err := merge.Merge(existing, doc, nil)
	return r.Text, err
}

// TestInto checks that merging keeps what people wrote and adds what traffic shows.
func TestInto(t *testing.T) {
	doc := openapitest.Must(build.Document(shopTraffic(), build.Options{Absences: true}))
	got := openapitest.Must(into([]byte(edited), doc))
	out := string(got)
	t.Log(out)
	for _, line := range strings.Split(edited, "\n") {
		switch strings.TrimSpace(line) {
		case "type: string", "age: {type: integer, format: int32}", "enum: [a, b]", "extra: {}", "$ref: '#/components/schemas/Person'":
			continue // widened
		}
		if !strings.Contains(out, line+"\n") && line != "" {
			t.Errorf("lost: %q", line)
		}
	}
	for _, part := range []string{"# the end\n", "  /users/{login}:\n", "operationId: fetchUser", "    delete:\n      operationId: deleteUser\n", "  /users:\n",
		"age: {type: number, format: double}", "enum: [a, b, c]", "type: [string, \"null\"]\n          maxLength: 39   # as", "anyOf:\n            - $ref: \"#/components/schemas/Person\"\n            - type: \"null\"",
		"    Error:\n", "\n\n  /old:", "- name: full", `"404":`, "email:\n"} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q", part)
		}
	}
	if strings.Contains(out, "userId") || strings.Contains(out, "schemas/User") || strings.Contains(out, "getUser") {
		t.Error("an existing name was replaced")
	}
	back := openapitest.Must(openapi.Load(got))
	must.Do(t, back.Validate(context.Background()))
	again := openapitest.Must(into(got, doc))
	if !bytes.Equal(again, got) {
		t.Errorf("the second merge changes it:\n%s", again)
	}
}

// TestIntoLaws checks that merging keeps a document valid, is idempotent, and changes nothing in a
// document that has everything.
func TestIntoLaws(t *testing.T) {
	for _, version := range []string{"3.0", "3.1"} {
		for _, format := range []openapi.Format{openapi.YAML, openapi.JSON} {
			t.Run(version+" "+string(format), rapid.MakeCheck(func(t *rapid.T) {
				a := openapitest.Must(build.Document(openapitest.Document(t), build.Options{Version: version}))
				b := openapitest.Must(build.Document(openapitest.Document(t), build.Options{Version: version}))
				old := openapitest.Encode(t, a, format)
				same := openapitest.Must(into(old, a))
				if !bytes.Equal(same, old) {
					t.Fatalf("merging a document into itself changes it:\n%s\nwas\n%s", same, old)
				}
				once := openapitest.Must(into(old, b))
				doc, err := openapi.Load(once)
				if err != nil {
					t.Fatalf("%v\n%s", err, once)
				}
				if err := doc.Validate(context.Background()); err != nil {
					t.Fatalf("%v\n%s\nfrom\n%s\nand\n%s", err, once, old, openapitest.Encode(t, b, format))
				}
				twice := openapitest.Must(into(once, b))
				if !bytes.Equal(once, twice) {
					t.Fatalf("the second merge changes it:\n%s\nwas\n%s\nfrom\n%s\nand\n%s", twice, once, old, openapitest.Encode(t, b, format))
				}
			}))
		}
	}
}

// FuzzInto checks that merging into any text gives an error of one line or a document that can be
// read.
func FuzzInto(f *testing.F) {
	doc := must.Get(build.Document(shopTraffic(), build.Options{}))
	f.Add([]byte(edited))
	f.Add([]byte(strings.ReplaceAll(edited, "\n", "\r\n")))
	f.Add([]byte("openapi: 3.1.0\npaths: {}\n"))
	f.Add([]byte("openapi: 3.1.0\npaths: &p\n  /users/{x}: {get: *p}\n"))
	f.Add([]byte(`{"openapi":"3.1.0","paths":{"/users":{"get":{"responses":[]}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := into(data, doc)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than one line: %q", err)
			}
			return
		}
		if _, err := openapi.Parse(out); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}

// TestMergeAlwaysSent checks that the extension beside a reference does not hide the reference.
func TestMergeAlwaysSent(t *testing.T) {
	const existing = `openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /things:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {of: {$ref: '#/components/schemas/Mine'}}}
      responses:
        "204": {description: done}
components:
  schemas:
    Mine: {type: object, properties: {a: {type: integer}}}
`
	object := func(ps ...schema.Property) *schema.Schema { return &schema.Schema{Kind: schema.Object, Properties: ps} }
	body := object(schema.Property{Name: "of", Schema: &schema.Schema{Ref: "Of"}, AlwaysSent: 7})
	doc := must.Get(build.Document(infer.Document{
		Title: "t", Components: []schema.Component{{Name: "Of", Schema: object(
			schema.Property{Name: "b", Schema: &schema.Schema{Kind: schema.String}, AlwaysSent: 7})}},
		Operations: []infer.Operation{{Method: "POST", Path: "/things", ID: "x", Responses: []infer.Response{{Status: 204}},
			Request: &infer.RequestBody{Content: []infer.Media{{Type: "application/json", Schema: body}}}}},
	}, build.Options{Version: "3.0"}))
	got := openapitest.Must(into([]byte(existing), doc))
	if out := string(got); !strings.Contains(out, "x-spectap-always-sent: 7") || strings.Contains(out, "schemas/Of") {
		t.Errorf("b of Mine is unknown:\n%s", out)
	}
}
