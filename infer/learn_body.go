package infer

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/jsonvalue"
)

const (
	// maxScalars bounds the values of one body that are compared with paths.
	maxScalars = 4000
	// maxScalarText bounds such a value: longer ones are prose.
	maxScalarText = 200
)

// body reads one body into facts. It observes the values and reports them to the paths.
type body struct {
	tree      *route.Tree
	reader    *schema.Reader
	isRequest bool
	isSplit   bool // its elements are learned on their own, as calls of a batch
	isMember  bool // it belongs to a call of a batch, whose values the batch reports
	isOnePath bool // all facts are of one path, so a value that was reported once need not be reported again

	values      int               // reported so far
	oauth       map[string]string // strings at the top level that identify endpoints of OAuth 2.0, by field
	isList      bool              // it is a JSON list
	isMalformed bool              // it does not have the syntax of its media type
	isXML       bool
	root        string   // of XML, the name of the root element
	data        []byte   // decoded, or nil if there is none
	refusal     *refusal // receives the strings of an error that refuses a request, else nil
	namesApart  bool     // its values have their names in other places than JSON
	hidden      *hiddenTexts
	repeats     *repeats // of a successful response, else nil
}

// learnResponse adds the status, headers and body of a response. It reports whether there was a
// body.
func (l *learner) learnResponse(m *methodFacts, f *flow.Flow) bool {
	r, b := m.response(f.Response.Status), &l.response
	r.seen++
	response := message{header: f.Response.Header}
	for i := range f.Response.Header {
		line := &f.Response.Header[i]
		info := l.responseLines.Lookup(&l.headerNames, i, line.Name)
		response.add(info, line.Value)
		if info.Response != "" {
			learnParam(r.headers, info.Response, line.Value)
			if info.Response == "Link" {
				m.learnRels(line.Value)
			}
		}
	}
	if f.Request.Method == "HEAD" || !l.learnBody(r.media, &response, f.Response.Body, true, b) {
		return false
	}
	if b.isList && isAccepted(f) {
		m.lists++
	}
	return true
}

// learnRequestBody adds the body of a request to the facts that it counts for, nil for none.
func (l *learner) learnRequestBody(m *methodFacts, sent *requestFacts, f *flow.Flow) {
	ok := isAccepted(f) && !l.isRefused
	// A flow counts as malformed once. A request that the server refused does not count, since it
	// may be wrong.
	media := bottomk.New[*mediaFacts](maxMedia)
	if sent != nil {
		media = sent.request
	}
	hasBody := l.learnBody(media, &l.requestMessage, f.Request.Body, ok && !l.response.isMalformed, &l.request)
	if ok {
		m.accepted++
	}
	if !hasBody {
		return
	}
	m.bodies++
	if ok {
		m.acceptedBodies++
	}
}

// learnBody adds one body to the facts of its media type. It reports whether there was a body. A
// body without the syntax of its media type leaves no facts, but is counted if countMalformed is
// true.
func (l *learner) learnBody(media *bottomk.Map[*mediaFacts], m *message, raw flow.Body, countMalformed bool,
	b *body) bool {
	if raw.Size == 0 && len(raw.Data) == 0 {
		return false
	}
	t := l.mediaType(m.contentType)
	data, complete, err := raw.Data, true, error(nil)
	if m.hasEncoding || raw.Truncated || !t.isUTF8 || len(data) > decode.DefaultMax || decode.HasByteOrderMark(data) {
		data, complete, err = decode.Body(m.header, raw, decode.DefaultMax)
	}
	if err != nil { // it cannot be decoded, so it is not read
		data = nil
	}
	b.data = data
	isGuarded := false
	if !b.isRequest {
		n := len(data)
		data = decode.Unguarded(data)
		isGuarded = len(data) < n
	}
	kind := decode.Kind(t.name, data)
	if b.isRequest && decode.IsNull(kind, data) {
		return false
	}
	media.Update(mediaKey(t.name, kind), nil, func(facts *mediaFacts) {
		facts.seen++
		if isGuarded {
			facts.guarded++
		}
		if len(data) > 0 {
			err = b.add(facts, kind, m.contentType, data, complete)
		}
		if err != nil && countMalformed {
			facts.malformed++
			b.isMalformed = true
		}
	})
	return true
}

// add adds a decoded body to the facts of its media type. It returns an error if the body lacks the
// type's syntax.
func (b *body) add(m *mediaFacts, mediaType, contentType string, data []byte, complete bool) error {
	switch {
	case decode.IsCostly(contentType, data): // it leaves no facts
		return nil
	case decode.IsJSON(mediaType):
		if b.isSplit {
			m.batches++
			facts := &schema.Facts{}
			defer facts.Settle()
			return b.addJSON(facts, data, complete)
		}
		if b.repeats != nil && complete && !b.namesApart && minRepeat <= len(data) && len(data) <= maxRepeat {
			return b.addRepeatable(m, data)
		}
		return b.addJSON(m.structured(), data, complete)
	case decode.IsForm(mediaType) && !bytes.ContainsAny(data, "=&"): // one value, and no name of a field
		return nil
	case decode.IsForm(mediaType):
		b.namesApart = true
		return b.addForm(m, data, complete)
	case decode.IsMultipart(mediaType):
		b.namesApart = true
		return b.addMultipart(m, contentType, data, complete)
	case decode.IsJSONLines(mediaType):
		return b.addLines(m.structured(), data, complete)
	case decode.IsEventStream(mediaType):
		return b.addEvents(m, data, complete)
	case decode.IsYAML(mediaType):
		b.namesApart = true
		return b.addYAML(m, data, complete)
	case packed.Of(mediaType) != packed.None:
		b.namesApart = true
		return b.addPacked(m.structured(), packed.Of(mediaType), data, complete)
	case decode.IsXMLData(mediaType):
		b.namesApart = true
		return b.addXML(m, data, complete)
	}
	return nil
}

func (b *body) addJSON(facts *schema.Facts, data []byte, complete bool) error {
	b.isList = decode.FirstByte(data) == '['
	err := b.reader.AddJSON(facts, data, complete, b)
	if err == nil {
		return nil
	}
	texts := jsonvalue.Texts(data) // several values are a stream, regardless of the label
	for i, text := range texts {
		if err = b.reader.AddJSON(facts, text, complete || i < len(texts)-1, b); err != nil {
			break
		}
	}
	return err
}

// addPacked adds each value of a body in MessagePack or CBOR as a value of one schema.
func (b *body) addPacked(facts *schema.Facts, f packed.Format, data []byte, complete bool) error {
	frames := packed.Frames(data)
	if f != packed.MessagePack || frames == nil {
		frames = [][]byte{data}
	}
	for _, frame := range frames {
		text, n := f.JSON(frame)
		if n < len(frame) && complete {
			return errors.New("not in its binary format")
		}
		if err := b.addLines(facts, text, complete); err != nil {
			return err
		}
	}
	return nil
}

// addLines adds each record of a sequence as a value of one schema: JSON lines, or a JSON text
// sequence (RFC 7464).
func (b *body) addLines(facts *schema.Facts, data []byte, complete bool) error {
	for line, terminated := range decode.JSONLines(data) {
		if err := b.reader.AddJSON(facts, line, complete || terminated, b); err != nil {
			return err
		}
	}
	return nil
}

// addYAML adds each document of a YAML stream as a value of one schema. A stream with values that
// JSON lacks leaves no facts.
func (b *body) addYAML(m *mediaFacts, data []byte, complete bool) error {
	texts, err := decode.YAML(data, complete)
	if errors.Is(err, decode.ErrNotJSON) {
		return nil
	}
	if err != nil {
		return errors.New("not YAML") // without the parser's message, which may quote a key
	}
	for i, text := range texts {
		if err := b.addJSON(m.structured(), text, complete || i < len(texts)-1); err != nil {
			return err
		}
	}
	return nil
}

// addForm adds a form in application/x-www-form-urlencoded.
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

// noteIndexes counts the fields whose lists of scalars are written with an index: a[0]=1.
func (m *mediaFacts) noteIndexes(fields []schema.Field) {
	seen := map[string]bool{}
	for _, f := range fields {
		base, rest, _ := strings.Cut(f.Name, "[")
		index, ok := strings.CutSuffix(rest, "]")
		if ok && index != "" && strings.Trim(index, "0123456789") == "" && !seen[base] {
			seen[base] = true
			bottomk.Tally(m.indexedFields(), base)
		}
	}
}

// formFields returns the fields of a form in application/x-www-form-urlencoded, in order and with
// duplicates.
func formFields(s string) ([]schema.Field, error) {
	if s == "" {
		return nil, nil
	}
	out := make([]schema.Field, 0, min(1+strings.Count(s, "&"), 16))
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		name, value, hasValue := strings.Cut(pair, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		if last := len(out) - 1; !hasValue && last >= 0 && rules.ClassOf(out[last].Name) == rules.Secret { // not encoded: password=abc&def
			out[last].Value += "&" + n
			continue
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			return nil, err
		}
		out = append(out, schema.Field{Name: n, Value: v, NameOnly: !hasValue})
	}
	return out, nil
}

// oauthProperty is a field at the top level of a body whose strings can identify an endpoint of
// OAuth 2.0.
type oauthProperty struct {
	*route.Property
	name string
}

// refusalProperty is a position in an error response, with the names around it.
type refusalProperty struct {
	*route.Property
	field, owner string
}

// Position implements schema.Observer.
func (b *body) Position(field, owner string, item bool) schema.Position {
	if b.isXML { // every element is a list in the facts, so item has no meaning
		field, item = strings.TrimPrefix(field, schema.XMLAttribute), false
		if field == schema.XMLText {
			field, owner = owner, ""
		}
		if owner == b.root {
			owner = ""
		}
	}
	top := owner == "" && field != ""
	if b.refusal != nil {
		return refusalProperty{route.NewProperty(field, owner, item, top), field, owner}
	}
	p := route.NewProperty(field, owner, item, top)
	if top && item == (field == "scopes_supported") && security.IsOAuthField(field) {
		return oauthProperty{p, field}
	}
	return p
}

// Scalar implements schema.Observer.
func (b *body) Scalar(position schema.Position, kind schema.Kind, text []byte, hash uint64) schema.RepeatReport {
	p, isPlain := position.(*route.Property)
	switch x := position.(type) {
	case oauthProperty:
		p = x.Property
		b.addOAuth(x.name, kind, text)
	case refusalProperty:
		p = x.Property
		if kind == schema.String {
			b.refusal.Add(x.field, x.owner, text)
		}
	}
	if b.isMember || b.values == maxScalars || len(text) > maxScalarText || kind&(schema.String|schema.Integer) == 0 {
		return schema.ReportScalar
	}
	b.values++
	if b.isRequest {
		b.tree.RequestValue(p, text, hash)
		return schema.ReportScalar
	}
	switch known, counted := b.tree.ResponseValue(p, text, hash); {
	case !known || !isPlain || !b.isOnePath:
		return schema.ReportScalar
	case counted:
		return schema.ReportCounted
	}
	return schema.ReportRepeat
}

// Repeat implements schema.Observer.
func (b *body) Repeat(position *schema.Position, how schema.RepeatReport, kind schema.Kind, text []byte, hash uint64) {
	if !b.isMember && b.values < maxScalars && b.isOnePath {
		b.values++
		if b.tree.MayMatch(text, hash) {
			b.tree.RepeatedValue((*position).(*route.Property), text, hash)
		}
		return
	}
	if how == schema.ReportCounted {
		(*position).Count(-1)
	}
	b.Scalar(*position, kind, text, hash)
}

// Key implements schema.Observer.
func (b *body) Key(name string) {
	if !b.isRequest && !b.isMember {
		b.tree.PropertyName(strings.TrimPrefix(name, schema.XMLAttribute))
	}
}

// Hides implements schema.Observer.
func (b *body) Hides(field, owner string, item bool, text []byte) bool {
	if !item && !b.namesApart && !redact.MayHide(field, owner) && !b.hidden.MayRepeat(text) {
		return false
	}
	if b.isRequest {
		return b.hidden.InRequest(text)
	}
	return b.hidden.InResponse(text)
}

// maxOAuthText bounds the strings that [body.addOAuth] keeps, in bytes.
const maxOAuthText = 4096

// addOAuth keeps a string of a field that can identify an endpoint of OAuth 2.0.
func (b *body) addOAuth(name string, kind schema.Kind, text []byte) {
	if kind != schema.String || len(text) > maxOAuthText {
		return
	}
	if b.oauth == nil {
		b.oauth = map[string]string{}
	}
	if name == "scopes_supported" { // a list
		b.oauth[name] += " " + string(text)
		return
	}
	b.oauth[name] = string(text)
}
