package infer

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
)

const (
	// maxScalars bounds the values of one body that are compared with paths.
	maxScalars = 4000
	// maxScalarText bounds such a value: longer ones are prose.
	maxScalarText = 200
)

// body is what learning from one body tells beside the facts: it hands its values to the paths.
type body struct {
	tree    *route.Tree
	request bool
	reader  *schema.Reader

	values int               // told so far
	top    map[string]string // of the top-level object, what tells a token endpoint
	list   bool
	broken bool   // it is not what its media type says
	batch  bool   // its elements are learnt by themselves
	xml    bool   // it is XML
	root   string // of XML, the name of the outermost element
	silent bool   // the paths hear of its values elsewhere
	alone  bool   // the facts are those of one path, so that what was told of a value once need not be told again
}

// learnResponse folds the answer's status, headers and body; it says whether there was a body.
func (l *learner) learnResponse(m *methodFacts, f *flow.Flow) bool {
	r, b := m.response(f.Response.Status), &l.answer
	r.seen++
	answer := message{header: f.Response.Header}
	for i := range f.Response.Header {
		line := &f.Response.Header[i]
		h := l.line(l.tells[:], i, line.Name)
		answer.note(h, line.Value)
		if h.telling != "" {
			learnParam(r.headers, h.telling, line.Value)
			if h.telling == "Link" {
				m.learnRels(line.Value)
			}
		}
	}
	if f.Request.Method == "HEAD" || !l.learnBody(r.media, &answer, f.Response.Body, true, b) {
		return false
	}
	if b.list && passed(f) {
		m.lists++
	}
	return true
}

// learnRequestBody folds the request's body.
func (l *learner) learnRequestBody(m *methodFacts, f *flow.Flow) {
	ok := passed(f)
	// One flow is malformed once; and a request that the server refused need not be what it says.
	had := l.learnBody(m.request, &l.request, f.Request.Body, ok && !l.answer.broken, &l.ask)
	if ok {
		m.accepted++
	}
	if !had {
		return
	}
	m.bodies++
	if ok {
		m.acceptedBodies++
	}
}

// learnBody folds one body under its media type; it says whether there was one. A body that is not what its
// media type says leaves no facts but that, if countBroken says so.
func (l *learner) learnBody(media *bottomk.Map[*mediaFacts], h *message, raw flow.Body, countBroken bool, b *body) bool {
	if raw.Size == 0 && len(raw.Data) == 0 {
		return false
	}
	t := l.mediaType(h.typed)
	data, complete, err := raw.Data, true, error(nil)
	if h.encoded || raw.Truncated || !t.plain || len(data) > decode.DefaultMax || decode.Marked(data) {
		data, complete, err = decode.Body(h.header, raw, decode.DefaultMax)
	}
	if err != nil { // not what its encoding says: nothing to look into
		data = nil
	}
	kind := t.kind
	if kind == "" {
		kind = sniff(data)
	}
	media.Update(kind, func() *mediaFacts { return &mediaFacts{} }, func(m *mediaFacts) {
		m.seen++
		if len(data) > 0 {
			err = b.fold(m, kind, h.typed, data, complete)
		}
		if err != nil && countBroken {
			m.broken++
			b.broken = true
		}
	})
	return true
}

// fold looks into a body.
func (b *body) fold(m *mediaFacts, kind, contentType string, data []byte, complete bool) error {
	switch {
	case decode.IsJSON(kind):
		if b.batch {
			m.batches++
			facts := &schema.Facts{}
			defer facts.Settle()
			return b.addJSON(facts, data, complete)
		}
		return b.addJSON(m.structured(), data, complete)
	case decode.IsForm(kind):
		return b.addForm(m, data, complete)
	case decode.IsMultipart(kind):
		return b.addMultipart(m, contentType, data, complete)
	case decode.IsJSONLines(kind):
		return b.addLines(m.structured(), data, complete)
	case decode.IsEventStream(kind):
		return b.addEvents(m, data, complete)
	case decode.IsYAML(kind):
		return b.addYAML(m, data, complete)
	case decode.IsXMLData(kind):
		return b.addXML(m, data, complete)
	}
	return nil
}

// safeType is the media type in a Content-Type value, "" where it is one that redaction would touch: in lower case, as
// types are told, no secret looks like one.
func safeType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	if strings.ToLower(t) != t && redact.Sensitive("", strings.TrimSpace(t)) {
		return ""
	}
	return decode.MediaType(contentType)
}

// sniff guesses the media type of a body that names none.
func sniff(data []byte) string {
	switch decode.FirstByte(data) {
	case '{', '[':
		return "application/json"
	}
	return "*/*"
}

func (b *body) addJSON(facts *schema.Facts, data []byte, complete bool) error {
	b.list = decode.FirstByte(data) == '['
	return b.reader.AddJSON(facts, data, complete, b)
}

// addLines folds each record of a sequence (RFC 7464 for json-seq) as a value of the same schema.
func (b *body) addLines(facts *schema.Facts, data []byte, complete bool) error {
	for line, whole := range decode.JSONLines(data) {
		if err := b.reader.AddJSON(facts, line, complete || whole, b); err != nil {
			return err
		}
	}
	return nil
}

// addYAML folds each document of a stream as a value of the same schema. What JSON cannot hold stays opaque.
func (b *body) addYAML(m *mediaFacts, data []byte, complete bool) error {
	texts, err := decode.YAML(data, complete)
	if errors.Is(err, decode.ErrNotJSON) {
		return nil
	}
	if err != nil {
		return errors.New("not YAML") // the parser's own words may hold a key
	}
	for i, text := range texts {
		if err := b.addJSON(m.structured(), text, complete || i < len(texts)-1); err != nil {
			return err
		}
	}
	return nil
}

// addXML folds a document. What nests too deep stays opaque.
func (b *body) addXML(m *mediaFacts, data []byte, complete bool) error {
	root, err := decode.XML(data, complete)
	if errors.Is(err, decode.ErrXMLSize) || err == nil && root == nil {
		return nil
	}
	if err != nil {
		return err
	}
	b.root, b.xml = root.Name, true
	b.reader.AddXML(m.structured(), root, complete, b)
	m.noteSpaces(root)
	return nil
}

func (b *body) addForm(m *mediaFacts, data []byte, complete bool) error {
	if !complete {
		return nil
	}
	fields, err := formFields(string(data))
	if err != nil {
		return fmt.Errorf("form: %w", err)
	}
	b.reader.AddForm(m.structured(), fields, b)
	m.noteIndexes(fields)
	return nil
}

// noteIndexes notes the fields whose lists of plain values are written with an index: a[0]=1.
func (m *mediaFacts) noteIndexes(fields []schema.Field) {
	seen := map[string]bool{}
	for _, f := range fields {
		base, rest, _ := strings.Cut(f.Name, "[")
		if index, ok := strings.CutSuffix(rest, "]"); ok && index != "" && strings.Trim(index, "0123456789") == "" && !seen[base] {
			seen[base] = true
			bottomk.Tally(m.indexedFields(), base)
		}
	}
}

// formFields splits an urlencoded form, order and duplicates kept.
func formFields(s string) ([]schema.Field, error) {
	if s == "" {
		return nil, nil
	}
	out := make([]schema.Field, 0, min(1+strings.Count(s, "&"), 16))
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			return nil, err
		}
		out = append(out, schema.Field{Name: n, Value: v})
	}
	return out, nil
}

// telling is a field at the top of a body whose strings tell of OAuth 2.0.
type telling struct {
	*route.Property
	name string
}

// Position implements schema.Observer.
func (b *body) Position(field, owner string, item bool) schema.Position {
	if b.xml { // elements are all lists of one kind or other
		field, item = strings.TrimPrefix(field, schema.XMLAttribute), false
		if field == schema.XMLText {
			field, owner = owner, ""
		}
		if owner == b.root {
			owner = ""
		}
	}
	top := owner == "" && field != ""
	p := route.NewProperty(field, owner, item, top)
	if top && item == (field == "scopes_supported") && tellsOAuth(field) {
		return telling{p, field}
	}
	return p
}

// Scalar implements schema.Observer.
func (b *body) Scalar(place schema.Position, kind schema.Kind, text []byte, hash uint64) schema.RepeatReport {
	p, plain := place.(*route.Property)
	if !plain {
		t := place.(telling)
		p = t.Property
		b.tell(t.name, kind, text)
	}
	if b.silent || b.values == maxScalars || len(text) > maxScalarText || kind&(schema.String|schema.Integer) == 0 {
		return schema.ReportScalar
	}
	b.values++
	if b.request {
		b.tree.RequestValue(p, text, hash)
		return schema.ReportScalar
	}
	switch known, counted := b.tree.ResponseValue(p, text, hash); {
	case !known || !plain || !b.alone:
		return schema.ReportScalar
	case counted:
		return schema.ReportCounted
	}
	return schema.ReportRepeat
}

// Repeat implements schema.Observer.
func (b *body) Repeat(place *schema.Position, how schema.RepeatReport, kind schema.Kind, text []byte, hash uint64) {
	if !b.silent && b.values < maxScalars && b.alone {
		b.values++
		if b.tree.MayMatch(text, hash) {
			b.tree.RepeatedValue((*place).(*route.Property), text, hash)
		}
		return
	}
	if how == schema.ReportCounted {
		(*place).Count(-1)
	}
	b.Scalar(*place, kind, text, hash)
}

// Key implements schema.Observer.
func (b *body) Key(name string) {
	if !b.request && !b.silent {
		b.tree.PropertyName(strings.TrimPrefix(name, schema.XMLAttribute))
	}
}
