package build

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// renamed returns op with another template of the same shape, and its parameters renamed to match.
func renamed(op infer.Operation, path string) infer.Operation {
	old, names := router.TemplateNames(op.Path), router.TemplateNames(path)
	op.Path = path
	op.Params = slices.Clone(op.Params)
	for i := range op.Params {
		if p := &op.Params[i]; p.In == infer.InPath {
			if k := slices.Index(old, p.Name); k >= 0 && k < len(names) {
				p.Name = names[k]
			}
		}
	}
	return op
}

func (b *builder) parameters(op infer.Operation) openapi3.Parameters {
	var out openapi3.Parameters
	type key struct {
		in   infer.Location
		name string
	}
	seen := map[key]bool{}
	inPath := router.TemplateNames(op.Path)
	for _, p := range op.Params {
		k := key{p.In, p.Name}
		if p.In == infer.InHeader {
			k.name = strings.ToLower(p.Name) // header names ignore case
		}
		valid := b.isName(p.Name)
		if p.In == infer.InPath {
			valid = slices.Contains(inPath, p.Name)
		}
		if seen[k] || !valid {
			continue
		}
		seen[k] = true
		out = append(out, &openapi3.ParameterRef{Value: b.parameter(p)})
	}
	for _, name := range inPath {
		// A parameter of the template is declared even if nothing else is known of it.
		if k := (key{infer.InPath, name}); !seen[k] {
			seen[k] = true
			out = append(out, &openapi3.ParameterRef{Value: b.parameter(infer.Param{Name: name, In: infer.InPath})})
		}
	}
	return out
}

func (b *builder) parameter(p infer.Param) *openapi3.Parameter {
	variants := map[string]any{}
	for _, v := range p.Variants {
		if b.values && b.isName(v.Value) {
			variants[v.Value] = slices.DeleteFunc(append([]string{}, v.Members...), func(m string) bool { return !b.isName(m) })
		}
	}
	if len(variants) < 2 {
		clear(variants)
	}
	about := strings.TrimSpace(b.origin(p, "From ", ".") + " " + list("Selects a kind of thing: ", sortedKeys(variants), "or", "."))
	out := &openapi3.Parameter{
		Name:        p.Name,
		In:          string(p.In),
		Description: cmp.Or(openapi.CleanText(p.Description), about),
		Required:    p.Required || p.In == infer.InPath,
		Schema:      b.paramSchema(p),

		AllowEmptyValue: p.AllowEmptyValue,
	}
	if p.IsJSON {
		out.Content, out.Schema = openapi3.NewContentWithSchemaRef(out.Schema, []string{"application/json"}), nil
	}
	if p.Style != "" {
		explode := p.Explode || p.Style == openapi3.SerializationDeepObject
		out.Style, out.Explode = p.Style, &explode
	}
	if p.In == infer.InPath && p.MultiSegment {
		out.Extensions = map[string]any{openapi.ExtMultiSegment: true}
	}
	if len(variants) > 0 {
		ensureMap(&out.Extensions)[openapi.ExtVariants] = variants
	}
	if p.AlwaysSent > 0 {
		out.Extensions = map[string]any{openapi.ExtAlwaysSent: p.AlwaysSent}
	}
	if b.absences && p.Absent {
		out.Extensions = map[string]any{openapi.ExtAbsent: true}
	}
	if p.OneClient {
		out.Extensions = map[string]any{openapi.ExtOneClient: true}
	}
	return out
}

func (b *builder) paramSchema(p infer.Param) *openapi3.SchemaRef {
	if p.Schema == nil {
		return openapi3.NewStringSchema().NewRef()
	}
	return b.schema(p.Schema)
}

func (b *builder) response(r infer.Response) *openapi3.Response {
	description := cmp.Or(http.StatusText(r.Status), fmt.Sprintf("Status %d", r.Status))
	out := openapi3.NewResponse().WithDescription(description)
	if len(r.Content) > 0 {
		out.Content = b.content(r.Content)
	}
	n := len(b.examples)
	for _, h := range r.Headers {
		if !b.isName(h.Name) {
			continue
		}
		ensureMap(&out.Headers)[h.Name] = &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{
			Description: openapi.CleanText(h.Description), Required: h.Required, Schema: b.paramSchema(h),
		}}}
	}
	b.examples = b.examples[:n] // any of equal headers may be written
	for _, l := range r.Links {
		if b.ids[l.Operation] == "" {
			continue
		}
		params := map[string]any{}
		for _, p := range l.Parameters {
			params[p.Name] = p.Expression
		}
		link := &openapi3.Link{OperationID: l.Operation, Parameters: params}
		ensureMap(&out.Links)[identifier(l.Name)] = &openapi3.LinkRef{Value: link}
	}
	return out
}

// identifier returns s as a valid key of components and links (OpenAPI 3, Components Object).
func identifier(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, s)
	return cmp.Or(s, "_")
}

func (b *builder) content(ms []infer.Media) openapi3.Content {
	out := openapi3.Content{}
	for _, m := range ms {
		key := m.Type
		if _, _, err := mime.ParseMediaType(key); err != nil || !strings.Contains(key, "/") || !openapi.IsCleanName(key) {
			key = "*/*"
		}
		mt := &openapi3.MediaType{Schema: b.mediaSchema(m), Extensions: map[string]any{}}
		for _, e := range m.Encoding {
			if !b.isName(e.Field) || e.ContentType != "" && !openapi.IsCleanName(e.ContentType) {
				continue
			}
			enc := &openapi3.Encoding{ContentType: e.ContentType}
			if e.Indexed { // the nearest style: OpenAPI does not define deepObject for lists
				explode := true
				enc.Style, enc.Explode = openapi3.SerializationDeepObject, &explode
			}
			ensureMap(&mt.Encoding)[e.Field] = enc
		}
		if events := b.events(m.Events); len(events) > 0 {
			mt.Extensions[openapi.ExtEvents] = events
		}
		if slices.ContainsFunc(m.Parts, openapi.IsCleanName) {
			var types []any
			for _, t := range m.Parts {
				types = append(types, openapi.CleanLine(t))
			}
			mt.Extensions[openapi.ExtParts] = types
		}
		if m.Format != "" {
			mt.Extensions[openapi.ExtFormat] = m.Format
		}
		if m.Guarded {
			mt.Extensions[openapi.ExtGuarded] = true
		}
		if m.Partial > 0 {
			mt.Extensions[openapi.ExtPartial] = m.Partial
		}
		out[key] = mt
	}
	return out
}

// mediaSchema returns the schema of a body. For opaque bodies it depends on the version: a binary
// string in 3.0, no schema in 3.1 (OpenAPI 3.1, Considerations for File Uploads).
func (b *builder) mediaSchema(m infer.Media) *openapi3.SchemaRef {
	switch {
	case m.Schema != nil:
		return b.schema(m.Schema)
	case decode.IsJSON(m.Type), decode.IsJSONLines(m.Type):
		return nil
	case strings.HasPrefix(m.Type, "text/"):
		return openapi3.NewStringSchema().NewRef()
	case b.v31:
		return nil
	}
	return openapi3.NewStringSchema().WithFormat("binary").NewRef()
}
