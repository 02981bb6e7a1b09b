package traffic

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/view"
)

// The response of a failed flow says what failed. Messages that differ only in ids, numbers and
// quoted values are put in one form.
//
// [failureMessage] reads redacted flows: JSON by the members that commonly hold a message, problem
// details (RFC 9457), errors of GraphQL and JSON-RPC, XML, HTML pages, plain text.
// [normalizeMessage] replaces what differs between requests, [shortMessage] makes a message short
// enough to be shown.

// Limits of messages.
const (
	maxRead    = 1 << 20  // bytes of an error's body that is read
	maxBody    = 64 << 10 // bytes of markup, and of a successful body, that are read
	maxMessage = 4 << 10  // bytes of a message
	maxShort   = 300      // bytes of a message that is shown
	maxDepth   = 4        // of members
	maxErrors  = 5        // of a list

	maxCodeWords = 4 // of a message that names only the kind of an error
)

// isFailure reports whether a flow failed: its status is an error, it has no response although it
// is done, or its response is an error of GraphQL or JSON-RPC.
func isFailure(f *flow.Flow) bool {
	switch {
	case f.Response == nil:
		return f.Done || f.Err != ""
	case f.Response.Status >= 400:
		return true
	}
	_, _, ok := callError(f)
	return ok
}

// failureMessage returns what a redacted flow that failed says about it, or "".
func failureMessage(f *flow.Flow) string {
	if f.Response == nil {
		return clean(f.Err)
	}
	if _, v, ok := callError(f); ok {
		return clean(ofValue(v, 0))
	}
	h, b := f.Response.Header, f.Response.Body
	if len(b.Data) == 0 || len(b.Data) > maxRead {
		return ""
	}
	text, _, _, ok := view.BodyText(h, b)
	if !ok {
		return ""
	}
	trimmed := strings.TrimSpace(text)
	switch v, err := view.ReadJSON(trimmed); {
	case err == nil:
		return clean(ofValue(v, 0))
	case strings.HasPrefix(trimmed, "<"):
		return clean(ofMarkup(view.Cut(trimmed, maxBody)))
	}
	line, _, _ := strings.Cut(trimmed, "\n")
	if len(strings.TrimSpace(line)) < len("{}") { // a bracket alone
		line = trimmed
	}
	return clean(line)
}

// isPartial reports whether an error of GraphQL came with data.
func isPartial(f *flow.Flow) bool {
	o, _, _ := callError(f)
	data, _ := o["data"].(map[string]any)
	for _, v := range data {
		if v != nil {
			return true
		}
	}
	return false
}

// callError returns a successful response of GraphQL or JSON-RPC, and the error in it.
func callError(f *flow.Flow) (o map[string]any, e any, ok bool) {
	r := f.Response
	if r == nil || r.Status >= 400 || len(r.Body.Data) > maxBody || !decode.IsJSON(decode.Kind(r.Header.MediaType(), r.Body.Data)) {
		return nil, nil, false
	}
	text, _, _, ok := view.BodyText(r.Header, r.Body)
	if !ok || !strings.Contains(text, `"error`) {
		return nil, nil, false
	}
	v, err := view.ReadJSON(text)
	if o, _ = v.(map[string]any); err != nil {
		return nil, nil, false
	}
	if list, ok := o["errors"].([]any); ok && len(list) > 0 && call.VariantOf(f).IsGraphQL() {
		return o, list, true
	}
	if e, ok := o["error"].(map[string]any); ok && o["jsonrpc"] == "2.0" {
		return o, e, true
	}
	return nil, nil, false
}

// Members of errors, in lower case with underscores.
var (
	// messageMembers commonly hold a message, the most specific first.
	messageMembers = []string{
		"message", "error_description", "error_message", "errormessage", "msg", "detail", "error", "title", "description",
		"reason", "issue", "problem", "fault", "faultstring", "status_message", "code", "type",
	}
	// reasonMembers say why, where the message before them is a code or a few words: {"error":
	// "bad_request", "reason": "…"} of CouchDB and RabbitMQ.
	reasonMembers = []string{"reason", "detail", "description", "cause"}
	// listMembers commonly hold the errors of single fields.
	listMembers = []string{"errors", "details", "detail", "fields", "violations", "issues", "invalid_params", "causes", "failures"}
	// aboutMembers name the field that an error of a list is about.
	aboutMembers = []string{"field", "param", "parameter", "property", "path", "loc", "pointer", "source", "name"}
)

// ofValue returns the message in a decoded JSON value.
func ofValue(v any, depth int) string {
	if depth > maxDepth {
		return ""
	}
	switch x := v.(type) {
	case string:
		return x
	case []any:
		return ofList(x, depth)
	case map[string]any:
		return ofObject(x, depth)
	}
	return ""
}

func ofList(list []any, depth int) string {
	var parts []string
	for _, y := range list {
		if s := ofValue(y, depth+1); s != "" && len(parts) < maxErrors {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}

// ofObject returns the message of an object: the field that it is about, its message, and the
// messages of its list of errors.
func ofObject(o map[string]any, depth int) string {
	byName := map[string]any{}
	for name, v := range o {
		byName[strings.ReplaceAll(strings.ToLower(name), "-", "_")] = v
	}
	message := ""
	for _, name := range messageMembers {
		if message = ofValue(byName[name], depth+1); message != "" {
			delete(byName, name)
			break
		}
	}
	if strings.Count(message, " ") < maxCodeWords {
		for _, name := range reasonMembers {
			if why := ofValue(byName[name], depth+1); why != "" && !strings.Contains(strings.ToLower(message), strings.ToLower(why)) {
				message = strings.TrimPrefix(message+": "+why, ": ")
				break
			}
		}
	}
	isAdded := false
	for _, name := range listMembers {
		more := cmp.Or(ofFields(byName[name], true, depth+1), ofValue(byName[name], depth+1))
		if more != "" && !strings.Contains(message, more) {
			message, isAdded = strings.TrimPrefix(message+": "+more, ": "), true
			break
		}
	}
	if message == "" {
		return ofFields(o, false, depth)
	}
	for _, name := range sortedKeys(byName) {
		if more := ofFields(byName[name], false, depth+1); !isAdded && more != "" {
			message, isAdded = strings.TrimRight(message, ".:")+": "+more, true
		}
	}
	if depth == 0 {
		return message
	}
	for _, name := range aboutMembers {
		if about := fieldPath(byName[name]); about != "" && !strings.Contains(message, about) {
			return about + ": " + message
		}
	}
	return message
}

// ofFields returns the messages of an object whose members are fields, each with a list of
// messages, an object with one, or, where the object's own name says that they are fields, a text.
func ofFields(v any, isNamed bool, depth int) string {
	o, _ := v.(map[string]any)
	var parts []string
	for _, name := range sortedKeys(o) {
		s := ""
		switch x := o[name].(type) {
		case []any:
			s = ofList(x, depth)
		case map[string]any:
			if text, ok := x["message"].(string); ok || isNamed {
				s = cmp.Or(text, ofObject(x, depth+1))
			}
		case string:
			if isNamed && !slices.Contains(messageMembers, name) {
				s = x
			}
		}
		switch {
		case s == "" && depth > 0: // it has other members, too
			return ""
		case s != "" && len(parts) < maxErrors:
			parts = append(parts, name+": "+s)
		}
	}
	return strings.Join(parts, "; ")
}

// fieldPath returns the name of a field: a text, or a list of steps.
func fieldPath(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case []any:
		var steps []string
		for _, y := range x {
			switch s := y.(type) {
			case string:
				steps = append(steps, s)
			case json.Number:
				steps = append(steps, s.String())
			}
		}
		return strings.Join(steps, ".")
	case map[string]any: // JSON:API
		for _, name := range []string{"pointer", "parameter", "header"} {
			if s, ok := x[name].(string); ok {
				return s
			}
		}
	}
	return ""
}

// clean puts a message on one line and cuts it. Python's jsonschema appends the schema and the
// value to its message; they are cut.
func clean(s string) string {
	s, _, _ = strings.Cut(s, "\n\nFailed validating ")
	return view.Cut(view.Visible(strings.Join(strings.Fields(s), " ")), maxMessage)
}

// shortMessage cuts a long message to the shown length.
func shortMessage(s string) string { return cutMiddle(s, maxShort) }

// cutMiddle cuts a long text in its middle, because the reason is often at its end.
func cutMiddle(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := len(s) - most/2
	for end < len(s) && !utf8.RuneStart(s[end]) {
		end++
	}
	return view.Cut(s, most/2) + s[end:]
}

var (
	// markupRank are elements that commonly hold a message, the most specific first.
	markupRank = []string{"message", "errormessage", "faultstring", "detail", "description", "reason", "title", "h1", "error"}
	// classWords are words in the class, role or id of elements that hold error messages for
	// people.
	classWords = []string{"error", "errors", "alert", "flash", "invalid", "danger", "failure"}
	// hiddenElements are elements whose text no person sees.
	hiddenElements = []string{"script", "style", "template", "svg"}
	// voidElements have no end tag (HTML, 13.1.2).
	voidElements = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)

const (
	maxTokens   = 20_000
	maxElements = 50 // for messages of errors
)

// markup is an XML document or HTML page as far as it is read.
type markup struct {
	hidden  *element
	marked  []*element        // those whose class is for messages of errors
	current string            // the element whose tag was read last, if it commonly holds a message
	found   map[string]string // the first text in each such element
	visible strings.Builder
}

// element is an element with its text.
type element struct {
	name  string
	depth int // of elements of this name, including it; 0 after its end
	text  strings.Builder
}

// ofMarkup returns the message of an XML document or HTML page.
func ofMarkup(text string) string {
	m := markup{found: map[string]string{}}
	z := html.NewTokenizer(strings.NewReader(text))
	z.AllowCDATA(true)
	for range maxTokens {
		switch z.Next() {
		case html.ErrorToken:
			return m.message()
		case html.StartTagToken:
			m.start(z.Token())
		case html.EndTagToken:
			m.end(z.Token().Data)
		case html.TextToken:
			m.read(z.Token().Data)
		}
	}
	return m.message()
}

func (m *markup) start(t html.Token) {
	m.current = ""
	if slices.Contains(voidElements, t.Data) {
		return
	}
	for _, e := range m.marked {
		e.nest(t.Data, 1)
	}
	if m.hidden != nil {
		m.hidden.nest(t.Data, 1)
		return
	}
	if slices.Contains(hiddenElements, t.Data) {
		m.hidden = &element{name: t.Data, depth: 1}
		return
	}
	local := t.Data[strings.IndexByte(t.Data, ':')+1:] // without the prefix of a namespace
	if slices.Contains(markupRank, local) {
		m.current = local
	}
	if len(m.marked) < maxElements && isForErrors(t.Attr) {
		m.marked = append(m.marked, &element{name: t.Data, depth: 1})
	}
}

func (m *markup) end(name string) {
	m.current = ""
	for _, e := range m.marked {
		e.nest(name, -1)
	}
	if m.hidden != nil {
		if m.hidden.nest(name, -1); m.hidden.depth == 0 {
			m.hidden = nil
		}
	}
}

// nest counts elements of the same name within e, and ends e after its own end tag.
func (e *element) nest(name string, by int) {
	if e.depth > 0 && e.name == name {
		e.depth += by
	}
}

func (m *markup) read(text string) {
	if m.hidden != nil {
		return
	}
	if s := strings.TrimSpace(text); m.current != "" && s != "" && m.found[m.current] == "" {
		m.found[m.current] = s
	}
	for _, e := range m.marked {
		if e.depth > 0 {
			addText(&e.text, text)
		}
	}
	addText(&m.visible, text)
}

// addText adds a text that is worth no more than a message may be long.
func addText(b *strings.Builder, text string) {
	if b.Len() > 2*maxShort {
		return
	}
	b.WriteString(" ")
	b.WriteString(strings.Join(strings.Fields(text), " "))
}

// message returns the text of the first element whose class is for messages of errors, as pages of
// forms have them, or of the element that most likely has a message.
func (m *markup) message() string {
	for _, e := range m.marked {
		if s := shortText(&e.text); s != "" {
			return s
		}
	}
	for _, name := range markupRank {
		if m.found[name] != "" {
			return m.found[name]
		}
	}
	return shortText(&m.visible) // of a short page
}

// shortText returns a text on one line, or "" if it is too long for a message.
func shortText(b *strings.Builder) string {
	s := strings.Join(strings.Fields(b.String()), " ")
	if len(s) > maxShort {
		return ""
	}
	return s
}

// isForErrors reports whether attributes say that an element is for messages of errors.
func isForErrors(attributes []html.Attribute) bool {
	for _, a := range attributes {
		if a.Key != "class" && a.Key != "role" && a.Key != "id" {
			continue
		}
		words := strings.FieldsFunc(strings.ToLower(a.Val), func(r rune) bool { return !unicode.IsLetter(r) })
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(classWords, w) }) {
			return true
		}
	}
	return false
}
