package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// page is a document in the form that both formats show.
type page struct {
	Title, Version, Description string
	Servers                     []server
	Schemes                     []scheme
	Groups                      []group
	Schemas                     []named
	Operations                  int
}

type server struct{ URL, Description string }

type scheme struct{ Name, Kind, Description string }

// group has the operations of one tag.
type group struct {
	Name, Description string
	Operations        []operation
}

type operation struct {
	Anchor, ID, Method, Path, Summary, Description string
	Deprecated                                     bool
	Security                                       string // "" if the document does not say
	Servers                                        []server
	Params                                         []param
	Request                                        *body
	Responses                                      []response
	Variant                                        string // distinguishes operations that share a URL
}

type param struct {
	Name, In, Description string
	Required              bool
	Type                  kind
}

type body struct {
	Description string
	Required    bool
	Content     []media
}

type media struct {
	Type   string
	Schema *view
}

type response struct {
	Status, Description string
	Content             []media
	Headers             []param
	Links               []string
}

type named struct {
	Anchor, Name string
	Schema       *view
}

// view is a schema: its type in one line, and a row for each property.
type view struct {
	Kind        kind
	Description string
	Rows        []row
}

type row struct {
	Name, Description string // Name is indented by Depth
	Depth             int
	Required          bool
	Type              kind
}

// kind is a type in words, with links to components.
type kind struct {
	Words []word
	Notes []string
}

// word is text, or the name of a component.
type word struct{ Text, Ref string }

// Anchor returns the anchor of a component.
func (w word) Anchor() string { return schemaAnchor(w.Ref) }

func plainKind(text string) kind { return kind{Words: []word{{Text: text}}} }

// before returns k with text before it.
func (k kind) before(text string) kind {
	k.Words = append([]word{{Text: text}}, k.Words...)
	return k
}

// after returns k with text behind it.
func (k kind) after(text string) kind {
	k.Words = append(k.Words[:len(k.Words):len(k.Words)], word{Text: text})
	return k
}

// text returns k as text, links as names.
func (k kind) text() string {
	var b strings.Builder
	for _, w := range k.Words {
		b.WriteString(w.Text + w.Ref)
	}
	return b.String()
}

func schemaAnchor(name string) string { return "schema-" + slug(name) }

// slug returns a name as an anchor.
func slug(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.':
			b.WriteRune(r)
		default:
			if !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
	}
	return strings.Trim(b.String(), "-")
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// read turns a document into a page.
func read(doc *openapi3.T) *page {
	p := &page{}
	if doc.Info != nil {
		p.Title, p.Version, p.Description = doc.Info.Title, doc.Info.Version, doc.Info.Description
	}
	p.Title = cmp.Or(p.Title, "API")
	p.Servers = servers(doc.Servers)
	if c := doc.Components; c != nil {
		for _, name := range sorted(c.SecuritySchemes) {
			if s := c.SecuritySchemes[name]; s != nil && s.Value != nil {
				p.Schemes = append(p.Schemes, scheme{name, schemeKind(s.Value), s.Value.Description})
			}
		}
		for _, name := range sorted(c.Schemas) {
			p.Schemas = append(p.Schemas, named{schemaAnchor(name), name, viewOf(c.Schemas[name])})
		}
	}
	p.groups(doc)
	return p
}

func servers(in openapi3.Servers) []server {
	var out []server
	for _, s := range in {
		if s != nil {
			out = append(out, server{s.URL, s.Description})
		}
	}
	return out
}

func schemeKind(s *openapi3.SecurityScheme) string {
	switch s.Type {
	case "http":
		if s.BearerFormat != "" {
			return fmt.Sprintf("HTTP %s (%s)", s.Scheme, s.BearerFormat)
		}
		return "HTTP " + s.Scheme
	case "apiKey":
		return fmt.Sprintf("API key in the %s %s", s.In, s.Name)
	case "oauth2":
		return "OAuth 2.0"
	case "openIdConnect":
		return "OpenID Connect"
	}
	return s.Type
}

// groups puts operations under their first tag. Tags are in the order of the document, undeclared
// ones sorted behind them.
func (p *page) groups(doc *openapi3.T) {
	byTag := map[string][]operation{}
	anchors := map[string]int{}
	if doc.Paths == nil {
		return
	}
	for _, path := range doc.Paths.Keys() {
		item := doc.Paths.Value(path)
		if item == nil {
			continue
		}
		ops := item.Operations()
		for _, method := range methodOrder(ops) {
			op := ops[method]
			tag := ""
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			o := readOperation(doc, path, method, item, op)
			if anchors[o.Anchor]++; anchors[o.Anchor] > 1 {
				o.Anchor = fmt.Sprint(o.Anchor, "-", anchors[o.Anchor])
			}
			byTag[tag] = append(byTag[tag], o)
			p.Operations++
		}
	}
	add := func(name, description string) {
		if ops := byTag[name]; len(ops) > 0 {
			p.Groups = append(p.Groups, group{cmp.Or(name, "Operations"), description, ops})
			delete(byTag, name)
		}
	}
	for _, t := range doc.Tags {
		if t != nil {
			add(t.Name, t.Description)
		}
	}
	for _, name := range sorted(byTag) {
		add(name, "")
	}
}

func methodOrder(ops map[string]*openapi3.Operation) []string {
	order := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	return slices.SortedFunc(maps.Keys(ops), func(a, b string) int {
		i, k := slices.Index(order, a), slices.Index(order, b)
		if i < 0 || k < 0 {
			return cmp.Or(cmp.Compare(k, i), cmp.Compare(a, b))
		}
		return i - k
	})
}

func readOperation(doc *openapi3.T, path, method string, item *openapi3.PathItem, op *openapi3.Operation) operation {
	o := operation{
		ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description,
		Deprecated: op.Deprecated, Security: securityText(doc, op),
		Anchor: "op-" + slug(cmp.Or(op.OperationID, method+path)),
	}
	if op.Servers != nil {
		o.Servers = servers(*op.Servers)
	}
	for _, q := range openapi.Parameters(item, op) {
		o.Params = append(o.Params, param{q.Name, q.In, q.Description, q.Required, paramKind(q)})
	}
	if r := op.RequestBody; r != nil && r.Value != nil {
		o.Request = &body{r.Value.Description, r.Value.Required, contentOf(r.Value.Content)}
	}
	for _, status := range sorted(op.Responses.Map()) {
		if r := op.Responses.Value(status); r != nil && r.Value != nil {
			o.Responses = append(o.Responses, readResponse(status, r.Value))
		}
	}
	if v, ok := op.Extensions[openapi.ExtVariant].(map[string]any); ok {
		o.Variant = fmt.Sprint(v["kind"], " ", v["name"])
	}
	return o
}

func paramKind(q *openapi3.Parameter) kind {
	if q.Schema != nil {
		return kindOf(q.Schema)
	}
	for _, name := range sorted(q.Content) {
		if m := q.Content[name]; m != nil {
			k := kindOf(m.Schema)
			k.Notes = append(k.Notes, "as "+name)
			return k
		}
	}
	return plainKind("any")
}

func readResponse(status string, r *openapi3.Response) response {
	out := response{Status: status, Content: contentOf(r.Content)}
	if r.Description != nil {
		out.Description = *r.Description
	}
	for _, name := range sorted(r.Headers) {
		if h := r.Headers[name]; h != nil && h.Value != nil {
			header := param{name, "header", h.Value.Description, h.Value.Required, kindOf(h.Value.Schema)}
			out.Headers = append(out.Headers, header)
		}
	}
	for _, name := range sorted(r.Links) {
		if l := r.Links[name]; l != nil && l.Value != nil {
			out.Links = append(out.Links, linkText(l.Value))
		}
	}
	return out
}

func linkText(l *openapi3.Link) string {
	var params []string
	for _, name := range sorted(l.Parameters) {
		params = append(params, fmt.Sprintf("%s from %v", name, l.Parameters[name]))
	}
	return strings.TrimSuffix(cmp.Or(l.OperationID, l.OperationRef)+" with "+strings.Join(params, ", "), " with ")
}

// securityText returns the security requirements of an operation in words.
func securityText(doc *openapi3.T, op *openapi3.Operation) string {
	rs := doc.Security
	if op.Security != nil {
		rs = *op.Security
	}
	if rs == nil {
		return ""
	}
	var alternatives []string
	for _, r := range rs {
		if len(r) == 0 {
			alternatives = append(alternatives, "none")
			continue
		}
		alternatives = append(alternatives, strings.Join(sorted(r), " and "))
	}
	return cmp.Or(strings.Join(alternatives, ", or "), "none")
}

func contentOf(c openapi3.Content) []media {
	var out []media
	for _, name := range sorted(c) {
		m := media{Type: name}
		if c[name] != nil && c[name].Schema != nil {
			m.Schema = viewOf(c[name].Schema)
		}
		out = append(out, m)
	}
	return out
}

// literal returns a value of a document as JSON.
func literal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(b)
}
