package openapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/security"
)

// Extensions that a built document may carry.
const (
	// ExtMultiSegment, true on a path parameter, says that its value may span slashes.
	ExtMultiSegment = "x-spectap-multi-segment"
	// ExtObserved lists on a schema the values seen, where they look like an enum without proving one.
	ExtObserved = "x-spectap-observed"
	// ExtVariant tells on an operation which of several behind one URL it is: a GraphQL operation or a JSON-RPC
	// method. The fragment of its path, which is never sent, keeps them apart.
	ExtVariant = "x-spectap-variant"
	// ExtXMLText, true on the XML Object of a property, says that the property is the text of the element itself. OpenAPI
	// has a word for that from 3.2 on (nodeType).
	ExtXMLText = "x-spectap-text"
	// ExtPaging tells on an operation how its list comes in pages: style, parameter, size, next and items, as
	// [infer.Paging] has them.
	ExtPaging = "x-spectap-pagination"
	// ExtParts lists on a multipart media type whose parts have no names, and whose schema is a list, the content types of
	// the parts, place by place. OpenAPI has words for that from 3.2 on (prefixEncoding, itemEncoding).
	ExtParts = "x-spectap-parts"
	// ExtEvents tells on the media type text/event-stream, by the name of events, the schema of their data. The media
	// type's own schema, which is of the data of one event, admits them all. OpenAPI has words for that from 3.2 on
	// (itemSchema, with event and data as properties).
	ExtEvents = "x-spectap-events"
)

// Options say how Build writes a document. The zero value writes 3.1.
type Options struct {
	// Version of OpenAPI: "3.0" or "3.1"; "" is 3.1.
	Version string
	// Title, Description and APIVersion, unless "", replace what the document says of the API.
	Title, Description, APIVersion string
}

// Build writes d down as OpenAPI. The result is valid, or there is an error. Operations whose method OpenAPI
// has no place for are left out: see [Unsupported]. Equal arguments give an equal document.
func Build(d infer.Document, o Options) (*openapi3.T, error) {
	b := &builder{}
	doc := &openapi3.T{}
	switch o.Version {
	case "", "3.1":
		doc.OpenAPI, b.v31 = "3.1.0", true
	case "3.0":
		doc.OpenAPI = "3.0.3"
	default:
		return nil, fmt.Errorf("build OpenAPI %q: the version must be 3.0 or 3.1", o.Version)
	}
	doc.Info = &openapi3.Info{
		Title:       first(cleanLine(o.Title), cleanLine(d.Title), "API"),
		Description: cleanText(o.Description),
		Version:     first(cleanLine(o.APIVersion), "1.0.0"),
	}
	for _, s := range d.Servers {
		if s != "" { // of flows that name no host
			doc.Servers = append(doc.Servers, &openapi3.Server{URL: s})
		}
	}
	b.components(doc, d)
	b.paths(doc, d)
	shareHeaders(doc)
	doc.Tags = tagsOf(d)
	share(doc)
	if err := resolve(doc); err != nil {
		return nil, fmt.Errorf("build document: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("build document: %w", err)
	}
	return doc, nil
}

func supported(method string) bool {
	switch method {
	case http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodOptions, http.MethodHead,
		http.MethodPatch, http.MethodTrace:
		return true
	}
	return false
}

// builder writes one document.
type builder struct {
	v31 bool
	ids map[string]bool // of the operations that are in the document
}

func (b *builder) components(doc *openapi3.T, d infer.Document) {
	if len(d.Components) == 0 && len(d.Security) == 0 {
		return
	}
	doc.Components = &openapi3.Components{}
	for _, c := range d.Components {
		made(&doc.Components.Schemas)[c.Name] = b.schema(c.Schema)
	}
	for _, s := range d.Security {
		made(&doc.Components.SecuritySchemes)[s.Name] = &openapi3.SecuritySchemeRef{Value: securityScheme(s)}
	}
}

func securityScheme(s security.Scheme) *openapi3.SecurityScheme {
	out := &openapi3.SecurityScheme{Type: s.Type, Description: cleanText(s.Description)}
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
		flow := &openapi3.OAuthFlow{AuthorizationURL: f.AuthorizationURL, TokenURL: f.TokenURL, RefreshURL: f.RefreshURL, Scopes: map[string]string{}}
		for _, s := range f.Scopes {
			flow.Scopes[s] = ""
		}
		switch f.Kind {
		case "authorizationCode":
			out.AuthorizationCode = flow
		case "clientCredentials":
			out.ClientCredentials = flow
		case "password":
			out.Password = flow
		case "implicit":
			out.Implicit = flow
		}
	}
	return out
}

func (b *builder) paths(doc *openapi3.T, d infer.Document) {
	b.ids = map[string]bool{}
	for _, op := range d.Operations {
		if supported(op.Method) {
			b.ids[op.ID] = true
		}
	}
	paths := openapi3.NewPaths()
	shapes := map[string]string{} // template with its names taken out ▶ template
	for _, op := range d.Operations {
		if !supported(op.Method) {
			continue
		}
		// OpenAPI refuses templates that differ in names only: the first one's names hold for all.
		if path, ok := shapes[shape(op.Path)]; ok && path != op.Path {
			op = renamed(op, path)
		} else {
			shapes[shape(op.Path)] = op.Path
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
		OperationID: cleanLine(op.ID),
		Summary:     cleanLine(op.Summary),
		Responses:   openapi3.NewResponses(),
	}
	for _, t := range op.Tags {
		if t = cleanLine(t); t != "" {
			out.Tags = append(out.Tags, t)
		}
	}
	out.Parameters = b.parameters(op)
	if op.Request != nil && len(op.Request.Content) > 0 {
		out.RequestBody = &openapi3.RequestBodyRef{Value: &openapi3.RequestBody{
			Required: op.Request.Required, Content: b.content(op.Request.Content),
		}}
	}
	for _, r := range op.Responses {
		key := strconv.Itoa(r.Status)
		if r.Status < 100 || r.Status > 599 {
			key = "default" // OpenAPI has no key for such a status
		}
		out.Responses.Set(key, &openapi3.ResponseRef{Value: b.response(r)})
	}
	if out.Responses.Len() == 0 {
		out.Responses.Set("default", &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription("Not seen")})
	}
	if op.Security != nil {
		out.Security = requirements(op.Security)
	}
	for _, s := range op.Servers {
		if s == "" {
			continue
		}
		if out.Servers == nil {
			out.Servers = &openapi3.Servers{}
		}
		*out.Servers = append(*out.Servers, &openapi3.Server{URL: s})
	}
	extend := func(name string, v any) {
		if out.Extensions == nil {
			out.Extensions = map[string]any{}
		}
		out.Extensions[name] = v
	}
	for _, v := range op.Variants {
		extend(ExtVariant, map[string]any{"kind": cleanLine(v.Kind), "name": cleanLine(v.Name)})
	}
	if p := op.Paging; p != nil {
		told := map[string]any{}
		for name, v := range map[string]string{"style": p.Style, "parameter": p.Param, "size": p.Size, "next": p.Next, "items": p.Items} {
			if v = cleanLine(v); v != "" {
				told[name] = v
			}
		}
		extend(ExtPaging, told)
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

func tagsOf(d infer.Document) openapi3.Tags {
	var names []string
	for _, op := range d.Operations {
		if !supported(op.Method) {
			continue
		}
		for _, t := range op.Tags {
			if t = cleanLine(t); t != "" {
				names = append(names, t)
			}
		}
	}
	slices.Sort(names)
	var out openapi3.Tags
	for _, n := range slices.Compact(names) {
		out = append(out, &openapi3.Tag{Name: n})
	}
	return out
}

// first returns the first that is not empty.
func first(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}
