package openapitest

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/openapi/router"
)

var word = rapid.StringMatching(`[a-z][a-zA-Z0-9_]{0,7}`)

// Text generates text as traffic may contain it: plain words, text that looks like other types of
// YAML, markup, control characters.
var Text = rapid.OneOf(
	word,
	rapid.SampledFrom([]string{"", "yes", "NO", "on", "null", "~", "true", "1e3", "0x1f", "012", "1:20", "2026-01-02",
		"2026-01-02T03:04:05Z", "- a", "a: b", "# x", " lead", "trail ", "two\nlines", "two\nlines\n", "\ttab", "ünï", "<b>x</b>", "a\x00b",
		"[click](http://x)", "'", `"`, "\\", "*a", "&a", "!t", "%", "@", "`", "{a}", "[a]", ",", "?", "? a", "=", "<<", "a\u2028b", "🙂", "\ufeff"}),
	rapid.String(),
)

func randomSchema(t *rapid.T, components []string, depth int) *schema.Schema {
	s := &schema.Schema{Nullable: rapid.Bool().Draw(t, "nullable")}
	if rapid.IntRange(0, 3).Draw(t, "described") == 0 {
		s.Description = Text.Draw(t, "description")
	}
	choice := rapid.IntRange(0, 6).Draw(t, "choice")
	switch {
	case choice == 0 && len(components) > 0:
		s.Ref = rapid.SampledFrom(components).Draw(t, "ref")
		return s
	case choice == 1 && depth > 0:
		for range rapid.IntRange(2, 3).Draw(t, "alternatives") {
			s.AnyOf = append(s.AnyOf, randomSchema(t, components, depth-1))
		}
		return s
	case choice == 2 && depth > 0 && len(components) > 1:
		s.Discriminator = &schema.Discriminator{Property: "kind"}
		for _, c := range components {
			s.OneOf = append(s.OneOf, &schema.Schema{Ref: c})
			s.Discriminator.Mapping = append(s.Discriminator.Mapping, schema.Mapping{Value: strings.ToLower(c), Ref: c})
		}
		return s
	}
	all := []schema.Kind{0, schema.Boolean, schema.Integer, schema.Number, schema.String, schema.String | schema.Integer,
		schema.Integer | schema.Number | schema.Boolean}
	if depth > 0 {
		all = append(all, schema.Array, schema.Object, schema.Object, schema.Object|schema.Array|schema.String)
	}
	s.Kind = rapid.SampledFrom(all).Draw(t, "kind")
	if s.Kind&schema.String != 0 {
		switch rapid.IntRange(0, 3).Draw(t, "string") {
		case 0:
			s.Format = rapid.SampledFrom([]string{"date-time", "date", "uuid", "email", "uri"}).Draw(t, "format")
		case 1:
			s.Enum = rapid.SliceOfNDistinct(Text, 1, 4, rapid.ID[string]).Draw(t, "enum")
			slices.Sort(s.Enum)
		}
	}
	if s.Kind == schema.Integer {
		s.Format = rapid.SampledFrom([]string{"", "int32", "int64"}).Draw(t, "format")
	}
	randomContents(t, s, components, depth)
	return s
}

// randomContents adds elements and properties to a schema of lists and objects.
func randomContents(t *rapid.T, s *schema.Schema, components []string, depth int) {
	if s.Kind&schema.Array != 0 {
		switch rapid.IntRange(0, 2).Draw(t, "array") {
		case 0:
			s.Items = randomSchema(t, components, depth-1)
		case 1:
			s.Prefix = []*schema.Schema{randomSchema(t, components, depth-1), randomSchema(t, components, depth-1)}
		}
	}
	if s.Kind&schema.Object != 0 {
		names := rapid.SliceOfNDistinct(Text, 0, 4, rapid.ID[string]).Draw(t, "names")
		slices.Sort(names)
		for _, n := range names {
			s.Properties = append(s.Properties, schema.Property{
				Name: n, Schema: randomSchema(t, components, depth-1), Required: rapid.Bool().Draw(t, "required"),
			})
		}
		if rapid.IntRange(0, 3).Draw(t, "map") == 0 {
			s.Additional = randomSchema(t, components, depth-1)
		}
	}
}

var segment = rapid.SampledFrom([]string{"users", "orders", "v1", "a%20b", "x.json", "{id}", "{name}", "{base}...{head}", "file.{ext}", "{path}"})

// Document generates a document as inference makes it.
func Document(t *rapid.T) infer.Document {
	d := infer.Document{Title: Text.Draw(t, "title"), Servers: []string{"https://api.example.com/v1"}}
	names := []string{"Cat", "Dog", "Repo"}[:rapid.IntRange(0, 3).Draw(t, "components")]
	for _, n := range names {
		c := randomSchema(t, nil, 2)
		c.Kind, c.AnyOf, c.OneOf, c.Ref, c.Format, c.Enum = schema.Object, nil, nil, "", "", nil
		d.Components = append(d.Components, schema.Component{Name: n, Schema: c})
	}
	d.Security = []security.Scheme{
		{Name: "bearer", Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
		{Name: "key", Type: "apiKey", In: "query", Key: "api_key"},
		{Name: "login", Type: "oauth2", Flows: []security.OAuthFlow{randomOAuthFlow(t)}},
		{Name: "openId", Type: "openIdConnect", OpenIDURL: "https://api.example.com/.well-known/openid-configuration"},
	}
	seen := map[string]bool{}
	for i := range rapid.IntRange(0, 5).Draw(t, "operations") {
		segs := rapid.SliceOfN(segment, 0, 4).Draw(t, "path")
		path := "/" + strings.Join(segs, "/")
		method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"}).Draw(t, "method")
		params := router.TemplateNames(path)
		slices.Sort(params)
		key := method + router.TemplateShape(path)
		if seen[key] || len(slices.Compact(params)) != len(router.TemplateNames(path)) {
			continue
		}
		seen[key] = true
		d.Operations = append(d.Operations, randomOperation(t, fmt.Sprintf("op%d", i), method, path, names))
	}
	slices.SortFunc(d.Operations, func(a, b infer.Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return d
}

func randomOAuthFlow(t *rapid.T) security.OAuthFlow {
	kinds := []string{"clientCredentials", "password", "authorizationCode", "implicit"}
	f := security.OAuthFlow{Kind: rapid.SampledFrom(kinds).Draw(t, "flow"), Scopes: []string{"read"}}
	if f.Kind != "implicit" {
		f.TokenURL, f.RefreshURL = "https://api.example.com/token", "https://api.example.com/token"
	}
	if f.Kind == "implicit" || f.Kind == "authorizationCode" {
		f.AuthorizationURL = "https://api.example.com/authorize"
	}
	return f
}

func randomOperation(t *rapid.T, id, method, path string, components []string) infer.Operation {
	op := infer.Operation{Method: method, Path: path, ID: id, Summary: Text.Draw(t, "summary"), Tags: []string{Text.Draw(t, "tag")}}
	for _, n := range router.TemplateNames(path) {
		op.Params = append(op.Params, infer.Param{Name: n, In: infer.InPath, Required: true, MultiSegment: n == "path",
			Schema: &schema.Schema{Kind: schema.String}})
	}
	for _, n := range rapid.SliceOfNDistinct(Text, 0, 3, rapid.ID[string]).Draw(t, "query") {
		op.Params = append(op.Params, infer.Param{Name: n, In: infer.InQuery, Required: rapid.Bool().Draw(t, "required"),
			Schema: randomSchema(t, components, 0)})
	}
	if rapid.Bool().Draw(t, "deep") {
		op.Params = append(op.Params, infer.Param{Name: "filter", In: infer.InQuery, Style: "deepObject", Explode: true,
			Schema: &schema.Schema{Kind: schema.Object, Additional: &schema.Schema{Kind: schema.String}}})
	}
	if method != "GET" && rapid.Bool().Draw(t, "body") {
		op.Request = &infer.RequestBody{Required: true, Content: []infer.Media{{Type: "application/json", Schema: randomSchema(t, components, 2)},
			{Type: "multipart/form-data", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
				{Name: "file", Schema: &schema.Schema{Kind: schema.String, Format: "binary"}},
			}}, Encoding: []infer.FieldEncoding{{Field: "file", ContentType: "image/png"}}}}}
	}
	for _, status := range rapid.SliceOfNDistinct(rapid.SampledFrom([]int{200, 201, 204, 404, 500, 299}), 1, 3, rapid.ID[int]).Draw(t, "statuses") {
		r := infer.Response{Status: status}
		if status != 204 {
			r.Content = []infer.Media{{Type: rapid.SampledFrom([]string{"application/json", "text/plain", "image/png"}).Draw(t, "type")}}
			if r.Content[0].Type == "application/json" {
				r.Content[0].Schema = randomSchema(t, components, 3)
			}
			r.Headers = []infer.Param{{Name: "X-Total", In: infer.InHeader, Schema: &schema.Schema{Kind: schema.Integer}}}
			r.Links = []infer.Link{{Name: Text.Draw(t, "link"), Operation: id, Parameters: []infer.LinkParam{{Name: "id", Expression: "$response.body#/id"}}}}
		}
		op.Responses = append(op.Responses, r)
	}
	slices.SortFunc(op.Responses, func(a, b infer.Response) int { return a.Status - b.Status })
	if rapid.Bool().Draw(t, "secure") {
		op.Security = [][]string{{"bearer", "key"}, {}}
	}
	if rapid.IntRange(0, 4).Draw(t, "variants") == 0 {
		op.Variants = []call.Variant{{Kind: "GraphQL query", Name: Text.Draw(t, "variant")}}
	}
	return op
}
