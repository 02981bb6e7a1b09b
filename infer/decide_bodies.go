package infer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/naming"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/verb"
)

// schemaPlan lists all bodies that need a schema, and where each decided schema belongs.
type schemaPlan struct {
	bodies  []schema.Body
	setters []func(*schema.Schema)
	xml     xmlPlan
}

func (p *schemaPlan) add(b schema.Body, set func(*schema.Schema)) {
	p.bodies = append(p.bodies, b)
	p.setters = append(p.setters, set)
}

// addOperation adds the bodies of one operation, and fills in its request and responses.
func (p *schemaPlan) addOperation(e *endpoint) {
	f := e.facts
	base := schema.Body{Method: e.method, Nouns: e.nouns(), Action: e.action(), Owned: e.isOwned(), Item: e.endsInParam(), Family: e.family()}
	key := e.method + " " + e.path
	if f.bodies > 0 && f.request.Len() > 0 {
		required := f.acceptedBodies == f.accepted && f.accepted >= minRequiredBody && canRequireBody(e.method)
		base.Role, base.Demanded = schema.Request, f.demandedNames()
		content := p.addMedia(f.request, base, key+" request", e.patches...)
		e.op.Request = &RequestBody{Required: required, Absent: f.acceptedBodies < f.accepted, Content: content}
	}
	base.Demanded = nil
	for _, status := range sortedKeys(f.responses) {
		if e.omitsStatus(status) {
			continue
		}
		r := f.responses[status]
		base.Role = schema.Response
		if status >= 400 {
			base.Role = schema.Error
		}
		response := Response{Status: status, Seen: r.seen, Blamed: &r.blamed}
		response.Content = p.addMedia(r.media, base, key+" "+strconv.Itoa(status))
		for _, name := range r.headers.Names() {
			h := responseHeader(name, r.headers.Get(name), status)
			if rels := f.rels.Names(); name == "Link" && len(rels) > 0 {
				h.Description = "Links (RFC 8288): " + strings.Join(rels, ", ") + "."
			}
			response.Headers = append(response.Headers, h)
		}
		e.op.Responses = append(e.op.Responses, response)
	}
}

// canRequireBody reports whether requests of a method may need a body. Those that only read never
// do, even if a client sends one (RFC 9110, section 9.3).
func canRequireBody(method string) bool {
	return method != "GET" && method != "HEAD" && method != "OPTIONS"
}

// addMedia adds the bodies of one message, one for each media type. It has no facts of more.
func (p *schemaPlan) addMedia(types *bottomk.Map[*mediaFacts], base schema.Body, key string, more ...string) []Media {
	keys := slices.Concat(types.Names(), more)
	slices.Sort(keys)
	if types.Overflowed() && !slices.Contains(keys, "*/*") {
		keys = append(keys, "*/*")
	}
	out := make([]Media, 0, len(keys))
	byLabel := map[string]int{}
	for _, k := range keys {
		label, _ := mediaOfKey(k)
		if byLabel[label]++; byLabel[label] == 1 {
			out = append(out, Media{Type: label})
		}
	}
	i := 0
	for _, k := range keys {
		label, name := mediaOfKey(k)
		if i < len(out)-1 && out[i].Type != label {
			i++
		}
		facts := types.Get(k)
		if byLabel[label] == 1 && name != label && (decode.IsJSON(name) || decode.IsXML(name)) {
			out[i].Format = name
		}
		switch {
		case byLabel[label] > 1: // bodies of several kinds
			out[i].Schema = opaqueSchema(label)
		case facts == nil: // the media types that the facts do not hold
		case name == jsonPatchType && base.Role == schema.Request && isJSONPatch(facts.body):
			out[i].Schema = jsonPatchSchema()
		case decode.IsEventStream(name) && p.addEvents(&out[i], facts, base, key+" "+name):
		case facts.body != nil && facts.body.Exchanges() > 0:
			b := base
			b.Key = key + " " + label
			p.addBody(&out[i], facts, b)
		default:
			out[i].Schema = opaqueSchema(label)
		}
		out[i].Partial = facts.partial()
		out[i].Guarded = out[i].Guarded || facts != nil && facts.guarded > 0
	}
	return out
}

// addBody adds a body that has a structure. It sets the fields of base that depend on the media
// type.
func (p *schemaPlan) addBody(out *Media, facts *mediaFacts, base schema.Body) {
	base.Facts = facts.body
	base.Form = decode.IsForm(out.Type) || decode.IsFormData(out.Type)
	base.NeverMap = decode.IsMultipart(out.Type)
	set := func(s *schema.Schema) { out.Schema = s }
	if decode.IsXMLData(out.kind()) {
		p.xml.add(base, facts, set)
		return
	}
	p.add(base, set)
	if decode.IsMultipart(out.Type) && !decode.IsFormData(out.Type) {
		out.Parts = facts.partTypes()
	}
	if out.Parts == nil {
		out.Encoding = facts.encoding()
	}
}

// sharePatchTypes finds the media types of patches that operations take, although no request shows
// it.
func sharePatchTypes(endpoints []*endpoint) {
	var types [][]string
	for _, e := range endpoints {
		if e.method == "PATCH" {
			types = append(types, e.facts.request.Names())
		}
	}
	shared := sharedPatchTypes(types)
	for _, e := range endpoints {
		if own := e.facts.request.Names(); e.method == "PATCH" && slices.ContainsFunc(own, isPatchType) {
			isOwn := func(t string) bool { return slices.Contains(own, t) }
			e.patches = slices.DeleteFunc(slices.Clone(shared), isOwn)
		}
	}
}

// addPatchSchemas adds the schemas of patches that no request shows.
func (e *endpoint) addPatchSchemas() {
	if len(e.patches) == 0 || e.op.Request == nil {
		return
	}
	content := e.op.Request.Content
	isOwn := func(m Media) bool { return isPatchType(m.Type) && !slices.Contains(e.patches, m.Type) }
	own := slices.IndexFunc(content, func(m Media) bool { return isOwn(m) && m.Type != jsonPatchType })
	if own < 0 {
		own = slices.IndexFunc(content, isOwn)
	}
	for i, m := range content {
		if slices.Contains(e.patches, m.Type) {
			content[i].Schema = patchSchemaLike(m.Type, content[own].Type, content[own].Schema)
		}
	}
}

// opaqueSchema returns the schema of a body whose structure is not known, nil for any.
func opaqueSchema(mediaType string) *schema.Schema {
	switch {
	case mediaType == "*/*", decode.IsJSON(mediaType), decode.IsJSONLines(mediaType): // no body could be read
		return nil
	case decode.IsText(mediaType):
		return &schema.Schema{Kind: schema.String}
	}
	return &schema.Schema{Kind: schema.String, Format: "binary"}
}

// encoding returns the fields of a form that do not have the default encoding, by name.
func (m *mediaFacts) encoding() []FieldEncoding {
	fields := map[string]*FieldEncoding{}
	at := func(field string) *FieldEncoding {
		if fields[field] == nil {
			fields[field] = &FieldEncoding{Field: field}
		}
		return fields[field]
	}
	if m.files != nil {
		for _, key := range m.files.Names() {
			field, contentType, _ := strings.Cut(key, "\x00")
			switch e := at(field); {
			case contentType == "":
			case e.ContentType == "":
				e.ContentType = contentType
			default:
				e.ContentType += ", " + contentType
			}
		}
	}
	if m.indexed != nil {
		for _, field := range m.indexed.Names() {
			at(field).Indexed = true
		}
	}
	var out []FieldEncoding
	for _, field := range sortedKeys(fields) {
		if e := fields[field]; e.Indexed || e.ContentType != "" {
			out = append(out, *e)
		}
	}
	return out
}

// partTypes returns the content types of the parts without names, by index; nil if parts have
// names.
func (m *mediaFacts) partTypes() (types []string) {
	if m.files == nil {
		return nil
	}
	for _, key := range m.files.Names() {
		index, contentType, _ := strings.Cut(key, "\x00")
		i, err := strconv.Atoi(index)
		if err != nil || i < 0 || i >= maxPartTypes {
			return nil
		}
		for len(types) <= i {
			types = append(types, "")
		}
		if types[i] != "" {
			types[i] += ", "
		}
		types[i] += contentType
	}
	for len(types) > 1 && types[len(types)-1] == types[len(types)-2] {
		types = types[:len(types)-1]
	}
	return types
}

// nouns returns the literals of the template from the last to the first, without versions. They
// name the things in the bodies. The verb of an action on an item is left out: cancel in POST
// /orders/{id}/cancel does not name the response. It is no verb if the path also has other methods.
func (e *endpoint) nouns() []string {
	if e.variant.Name != "" {
		return []string{e.variant.Name}
	}
	last := len(e.reduced) - 1
	if e.action() != "" {
		last--
	}
	var out []string
	current := false // the segment below means the current one of its kind
	for i := last; i >= 0; i-- {
		l := e.reduced[i].Literal
		if naming.IsCurrent(l) {
			current = true
		} else if l != "" && !naming.IsVersion(l) && !strings.EqualFold(l, "api") {
			if i > 0 && (i == len(e.reduced)-1 || e.reduced[i+1].Literal != "") {
				l = naming.JoinAccount(e.reduced[i-1].Literal, l)
			}
			out, current = append(out, l), false
		}
	}
	if current { // the current one of nothing else is the user
		out = append(out, "user")
	}
	if last > 0 && len(out) > 1 && verb.Is(out[0]) && e.reduced[last-1].Literal != "" {
		switch {
		case e.method != "GET":
			out[0] = noun.Singular(out[1]) + "-" + out[0] // item/get: the request of an item get
		case out[0] == "get":
			out = out[1:]
		}
	}
	if len(out) == 0 {
		return []string{"root"}
	}
	return out
}

// action returns the last literal of the path if a POST does it to the item before it, "" for
// others.
func (e *endpoint) action() string {
	last := len(e.reduced) - 1
	if last > 0 && e.method == "POST" && e.isAlone && e.reduced[last-1].Literal == "" && !noun.IsPlural(e.reduced[last].Literal) {
		return e.reduced[last].Literal
	}
	return ""
}

// isOwned reports whether a parameter precedes the last literal of the path.
func (e *endpoint) isOwned() bool {
	for i := len(e.reduced) - 1; i > 0; i-- {
		if e.reduced[i].Literal != "" {
			return e.reduced[i-1].Literal == ""
		}
	}
	return false
}

// endsInParam reports whether the last segment of the path has a parameter.
func (e *endpoint) endsInParam() bool {
	return len(e.segments) > 0 && e.segments[len(e.segments)-1].Literal == ""
}

// family returns a key that a collection and its items share.
func (e *endpoint) family() string {
	if e.variant.Name != "" {
		return e.path
	}
	var b strings.Builder
	end := len(e.segments)
	for end > 0 && e.segments[end-1].Literal == "" {
		end--
	}
	for _, s := range e.segments[:end] {
		if s.Literal == "" {
			b.WriteString("/{}")
		} else {
			b.WriteString("/" + strings.ToLower(s.Literal))
		}
	}
	return b.String()
}
