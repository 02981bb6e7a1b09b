package build

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// Options configure [Document]. The zero value writes 3.1.
type Options struct {
	// Version of OpenAPI: "3.0", "3.1" or "3.2"; "" is 3.1.
	Version string
	// Title, Description and APIVersion, unless "", replace those of the inferred document.
	Title, Description, APIVersion string
	// Absences adds [openapi.ExtAbsent], for openapi/merge.
	Absences bool
	// Examples adds examples to properties and parameters.
	Examples bool
}

// Document writes d as OpenAPI. The result is resolved and valid, or there is an error. Operations
// with a method that this version does not have are left out. Equal arguments give an equal
// document.
func Document(d infer.Document, o Options) (*openapi3.T, error) {
	b := &builder{absences: o.Absences, values: o.Examples && !o.Absences, data: d.Data}
	doc := &openapi3.T{}
	switch o.Version {
	case "", "3.1":
		doc.OpenAPI, b.v31 = "3.1.0", true
	case "3.2":
		doc.OpenAPI, b.v31, b.v32 = "3.2.0", true, true
	case "3.0":
		doc.OpenAPI = "3.0.3"
	default:
		return nil, fmt.Errorf("build OpenAPI %q: the version must be 3.0, 3.1 or 3.2", o.Version)
	}
	doc.Info = &openapi3.Info{
		Title:       cmp.Or(openapi.CleanLine(o.Title), openapi.CleanLine(d.Title), "API"),
		Description: openapi.CleanText(cmp.Or(o.Description, d.Description)),
		Version:     cmp.Or(openapi.CleanLine(o.APIVersion), "1.0.0"),
	}
	for _, s := range d.Servers {
		if s != "" { // flows without a host have an empty server
			doc.Servers = append(doc.Servers, &openapi3.Server{URL: s})
		}
	}
	b.components(doc, d)
	b.paths(doc, d)
	if a := accessOf(d.Entry); a != nil {
		doc.Extensions = map[string]any{openapi.ExtAccess: a}
	}
	shareHeaders(doc)
	doc.Tags = b.tagsOf(d)
	share(doc)
	if err := openapi3.NewLoader().ResolveRefsIn(doc, nil); err != nil {
		return nil, fmt.Errorf("build document: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("build document: %w", err)
	}
	if o.Examples {
		b.writeExamples()
	}
	if b.v32 {
		nestTags(doc) // kin-openapi's validation does not know parents
	}
	return doc, nil
}

// isSupported reports whether the version of OpenAPI has a method, given in upper case. From 3.2 on
// it has all but CONNECT, which has no path (RFC 9110, section 9.3.6).
func (b *builder) isSupported(method string) bool {
	if b.v32 {
		return method == strings.ToUpper(method) && httpguts.ValidHeaderFieldName(method) && method != "CONNECT"
	}
	return method == strings.ToUpper(method) && method != openapi3.MethodQuery && openapi.IsOperationKey(strings.ToLower(method))
}

// builder writes one document.
type builder struct {
	v31      bool // 3.1 or later
	v32      bool
	absences bool                      // see Options
	values   bool                      // whether values of parameters may be written
	data     map[string]bool           // see infer.Document
	ids      map[string]string         // operationIds by themselves, and by method and path
	schemas  map[string]*schema.Schema // components by name

	component string // the component that is being written, or ""
	examples  []example
}

func (b *builder) components(doc *openapi3.T, d infer.Document) {
	if len(d.Components) == 0 && len(d.Security) == 0 {
		return
	}
	doc.Components = &openapi3.Components{}
	b.schemas = schema.ByName(d.Components)
	for _, c := range d.Components {
		b.component = c.Name
		ensureMap(&doc.Components.Schemas)[c.Name] = b.schema(c.Schema)
	}
	b.component = ""
	for _, s := range d.Security {
		ensureMap(&doc.Components.SecuritySchemes)[s.Name] = &openapi3.SecuritySchemeRef{Value: securityScheme(s)}
	}
}

func securityScheme(s security.Scheme) *openapi3.SecurityScheme {
	out := &openapi3.SecurityScheme{Type: s.Type, Description: openapi.CleanText(s.Description)}
	switch s.Type {
	case "http":
		out.Scheme, out.BearerFormat = s.Scheme, s.BearerFormat
	case "apiKey":
		out.In, out.Name = s.In, s.Key
	case "oauth2":
		out.Flows = oauthFlows(s.Flows)
	case "openIdConnect":
		out.OpenIdConnectUrl = s.OpenIDURL
	}
	return out
}

func oauthFlows(flows []security.OAuthFlow) *openapi3.OAuthFlows {
	out := &openapi3.OAuthFlows{}
	for _, f := range flows {
		flow := &openapi3.OAuthFlow{
			AuthorizationURL: f.AuthorizationURL, TokenURL: f.TokenURL, RefreshURL: f.RefreshURL, Scopes: map[string]string{},
		}
		for _, s := range f.Scopes {
			flow.Scopes[s] = ""
		}
		if to := map[string]**openapi3.OAuthFlow{
			"authorizationCode": &out.AuthorizationCode, "clientCredentials": &out.ClientCredentials,
			"password": &out.Password, "implicit": &out.Implicit,
		}[f.Kind]; to != nil {
			*to = flow
		}
	}
	return out
}

func (b *builder) paths(doc *openapi3.T, d infer.Document) {
	b.ids = map[string]string{}
	for _, op := range d.Operations {
		if b.isSupported(op.Method) {
			b.ids[op.ID], b.ids[op.Method+" "+op.Path] = op.ID, op.ID
		}
	}
	paths := openapi3.NewPaths()
	templates := map[string]string{} // by shape
	for _, op := range d.Operations {
		if !b.isSupported(op.Method) {
			continue
		}
		// OpenAPI does not allow templates that differ in names only: all operations take the names
		// of the first one.
		shape := router.TemplateShape(op.Path)
		if path, ok := templates[shape]; ok && path != op.Path {
			op = renamed(op, path)
		} else {
			templates[shape] = op.Path
		}
		item := paths.Value(op.Path)
		if item == nil {
			item = &openapi3.PathItem{}
			paths.Set(op.Path, item)
		}
		item.SetOperation(op.Method, b.operation(op))
	}
	doc.Paths = paths
}

func (b *builder) operation(op infer.Operation) *openapi3.Operation {
	out := &openapi3.Operation{
		OperationID: openapi.CleanLine(op.ID),
		Summary:     openapi.CleanLine(op.Summary),
		Description: cmp.Or(openapi.CleanText(op.Description), b.describe(op)),
		Responses:   openapi3.NewResponses(),
	}
	out.Tags = b.tags(op)
	out.Parameters = b.parameters(op)
	if op.Request != nil && len(op.Request.Content) > 0 {
		out.RequestBody = &openapi3.RequestBodyRef{Value: &openapi3.RequestBody{
			Required: op.Request.Required, Content: b.content(op.Request.Content),
		}}
		if b.absences && op.Request.Absent {
			out.RequestBody.Value.Extensions = map[string]any{openapi.ExtAbsent: true}
		}
	}
	for _, r := range op.Responses {
		key := strconv.Itoa(r.Status)
		if r.Status < 100 || r.Status > 599 {
			key = "default" // OpenAPI has no key for this status
		}
		out.Responses.Set(key, &openapi3.ResponseRef{Value: b.response(r)})
	}
	if out.Responses.Len() == 0 {
		out.Responses.Set("default", &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription("Not seen")})
	}
	// An empty list requires nothing: an operation that was called without credentials says so
	// (OpenAPI 3.1, Operation Object, security).
	out.Security = requirements(op.Security)
	for _, s := range op.Servers {
		if s == "" {
			continue
		}
		if out.Servers == nil {
			out.Servers = &openapi3.Servers{}
		}
		*out.Servers = append(*out.Servers, &openapi3.Server{URL: s})
	}
	out.Extensions = operationExtensions(op)
	return out
}

// operationExtensions returns the extensions of an operation, nil if it has none.
func operationExtensions(op infer.Operation) map[string]any {
	var out map[string]any
	for _, v := range op.Variants {
		ensureMap(&out)[openapi.ExtVariant] = map[string]any{"kind": openapi.CleanLine(v.Kind), "name": openapi.CleanLine(v.Name)}
	}
	if p := op.Paging; p != nil {
		fields := map[string]any{}
		for name, v := range map[string]string{
			"style": p.Style, "parameter": p.Param, "size": p.Size, "next": p.Next, "items": p.Items,
		} {
			if v = openapi.CleanLine(v); v != "" {
				fields[name] = v
			}
		}
		ensureMap(&out)[openapi.ExtPaging] = fields
	}
	return out
}

func requirements(alternatives [][]string) *openapi3.SecurityRequirements {
	out := openapi3.SecurityRequirements{}
	for _, names := range alternatives {
		r := openapi3.SecurityRequirement{}
		for _, n := range names {
			r[n] = []string{}
		}
		out = append(out, r)
	}
	return &out
}

// tags returns the tags of an operation that may enter the document.
func (b *builder) tags(op infer.Operation) (tags []string) {
	for _, t := range op.Tags {
		if t = openapi.CleanLine(t); t != "" && !b.data[t] {
			tags = append(tags, t)
		}
	}
	return tags
}

func (b *builder) tagsOf(d infer.Document) openapi3.Tags {
	var names []string
	for _, op := range d.Operations {
		if b.isSupported(op.Method) {
			names = append(names, b.tags(op)...)
		}
	}
	slices.Sort(names)
	var out openapi3.Tags
	for _, n := range slices.Compact(names) {
		out = append(out, &openapi3.Tag{Name: n})
	}
	return out
}

// isName reports whether a name of traffic may enter the document.
func (b *builder) isName(s string) bool { return openapi.IsCleanName(s) && !b.data[s] }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
