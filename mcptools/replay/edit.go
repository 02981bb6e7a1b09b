package replay

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// Edit is a change to one part of a draft.
type Edit struct {
	Text string // as the person wrote it
	// In is "method", "path", "query", "header", "cookie" or "body".
	In string
	// Name is that of a parameter, header or cookie. A path has a name of the operation's template
	// or the number of a segment, from 1. "" is the complete method, path, query or body.
	Name  string
	Steps []string // of a body: names of members, and indexes of arrays
	// Value is the new value. JSON says that it is JSON even if it looks like text.
	Value  string
	JSON   bool
	Remove bool
}

// editForms says what an edit looks like.
const editForms = "write query.NAME=VALUE, header.NAME=VALUE, cookie.NAME=VALUE, path.NAME=VALUE, body.MEMBER=VALUE, " +
	"body.MEMBER:=JSON, method=VALUE, path=VALUE, query=VALUE or body=VALUE"

// ParseEdit reads an edit: PLACE=VALUE, or PLACE alone to remove a part. Names in a body that have
// a dot or an equals sign are quoted as in JSON: body."a.b".c.
func ParseEdit(text string, remove bool) (Edit, error) {
	e := Edit{Text: text, Remove: remove}
	wrong := func(why string) (Edit, error) {
		return e, tool.Errorf(tool.CodeBadArgument, "", "%s: %s; %s", view.Cut(view.Visible(text), 80), why, editForms)
	}
	end := strings.IndexAny(text, ".=:")
	if end < 0 {
		end = len(text)
	}
	e.In = text[:end]
	if !slices.Contains([]string{"method", "path", "query", "header", "cookie", "body"}, e.In) {
		return wrong("it names no part of a request")
	}
	rest := text[end:]
	if e.In == "body" {
		for strings.HasPrefix(rest, ".") {
			step, after, ok := cutStep(rest[1:])
			if !ok {
				return wrong("a name in quotes does not end")
			}
			e.Steps, rest = append(e.Steps, step), after
		}
	} else if strings.HasPrefix(rest, ".") {
		e.Name, rest = rest[1:], ""
		if i := strings.IndexByte(e.Name, '='); i >= 0 && !remove {
			e.Name, rest = e.Name[:i], e.Name[i:]
		}
		if e.Name == "" {
			return wrong("the name is missing")
		}
	}
	if e.Name == "" && (e.In == "header" || e.In == "cookie") || e.Name != "" && e.In == "method" {
		return wrong("it names no part of a request")
	}
	if remove {
		if rest != "" || e.In == "method" || e.In == "path" {
			return wrong("it cannot be removed")
		}
		return e, nil
	}
	if after, ok := strings.CutPrefix(rest, ":="); ok && e.In == "body" {
		e.JSON, rest = true, "="+after
	}
	value, ok := strings.CutPrefix(rest, "=")
	if !ok {
		return wrong("the value is missing")
	}
	e.Value = value
	if e.JSON && !json.Valid([]byte(value)) {
		return wrong("the value after := is not JSON")
	}
	return e, nil
}

// cutStep returns the first step of a place in a body, and what follows.
func cutStep(text string) (step, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ".=")
		if end < 0 {
			end = len(text)
		}
		if end < len(text) && text[end] == '=' && end > 0 && text[end-1] == ':' {
			end--
		}
		return text[:end], text[end:], true
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return scan.JSON.Decode(text[1:i]), text[i+1:], true
		}
	}
	return "", "", false
}

// Template is the path template of a request, for edits that name its parameters.
type Template struct {
	Path   string            // with the path of the server
	Params map[string]string // values as sent
}

// Edit applies edits in turn. template may be nil: the path then has no names.
func (d *Draft) Edit(edits []Edit, template *Template) error {
	if template != nil { // each edit of a parameter changes its value there
		template = &Template{Path: template.Path, Params: maps.Clone(template.Params)}
	}
	for i := range edits {
		if err := d.apply(&edits[i], template); err != nil {
			return err
		}
	}
	return nil
}

// failed returns the error of an edit.
func (e *Edit) failed(format string, args ...any) error {
	place := e.In
	for _, s := range append([]string{e.Name}, e.Steps...) {
		if s != "" {
			place += "." + s
		}
	}
	return tool.BadArgument(view.Cut(view.Visible(place), 80), format, args...)
}

func (d *Draft) apply(e *Edit, template *Template) (err error) {
	switch e.In {
	case "method":
		d.Method = e.Value
	case "path":
		if e.Name == "" {
			d.Path = e.Value
			return nil
		}
		return d.setSegment(e, template)
	case "query":
		if e.Name == "" {
			d.Query = e.Value
			return nil
		}
		return d.setQuery(e)
	case "header":
		d.Header, err = setPair(d.Header, e, true)
	case "cookie":
		d.Cookies, err = setPair(d.Cookies, e, false)
	case "body":
		return d.setBody(e)
	}
	return err
}

// setSegment sets a segment of the path, or all segments of a parameter of the template.
func (d *Draft) setSegment(e *Edit, template *Template) error {
	if e.Value == "" {
		return e.failed("a part of a path cannot be empty")
	}
	var names []string
	if template != nil {
		for name := range template.Params {
			names = append(names, name)
		}
		slices.Sort(names)
		if value, ok := template.Params[e.Name]; ok {
			return d.setParameter(e, template, value)
		}
	}
	segments := strings.Split(d.Path, "/") // the first is empty
	n, err := strconv.Atoi(e.Name)
	switch {
	case err != nil && len(names) > 0:
		return e.failed("the operation has no such parameter; it has %s", view.Visible(strings.Join(names, ", ")))
	case err != nil:
		return e.failed("the path has no parameter of this name: write the number of a segment, from 1")
	case n < 1 || n >= len(segments):
		return e.failed("the path has %d segments", len(segments)-1)
	}
	segments[n] = escapeSegment(e.Value)
	d.Path = strings.Join(segments, "/")
	return nil
}

// escapeSegment escapes a value of a path, apart from the placeholders in it.
func escapeSegment(value string) string { return keepPlaceholders(value, url.PathEscape) }

// setParameter finds the segments of a parameter by the template, in which everything else stays.
func (d *Draft) setParameter(e *Edit, template *Template, was string) error {
	shape, path := strings.Split(template.Path, "/"), strings.Split(d.Path, "/")
	mark := "{" + e.Name + "}"
	k := slices.IndexFunc(shape, func(s string) bool { return strings.Contains(s, mark) })
	if k < 0 {
		return e.failed("the path no longer has this parameter")
	}
	var values []string
	for name, value := range template.Params {
		values = append(values, "{"+name+"}", value)
	}
	fill := strings.NewReplacer(values...)
	at := k // each parameter before it may cover several segments
	for _, s := range shape[:k] {
		at += strings.Count(fill.Replace(s), "/")
	}
	before, after, _ := strings.Cut(shape[k], mark)
	span := strings.Count(fill.Replace(shape[k]), "/") + 1
	if at+span > len(path) {
		return e.failed("the path no longer has this parameter")
	}
	value := escapeSegment(e.Value)
	if strings.Contains(was, "/") {
		value = strings.ReplaceAll(value, "%2F", "/")
	}
	template.Params[e.Name] = value
	d.Path = strings.Join(slices.Concat(path[:at], []string{fill.Replace(before) + value + fill.Replace(after)}, path[at+span:]), "/")
	return nil
}

// setQuery sets a parameter, which then occurs once, or adds it at the end.
func (d *Draft) setQuery(e *Edit) error {
	value := keepPlaceholders(e.Value, url.QueryEscape) // which are found again
	var kept []string
	found := false
	for pair := range strings.SplitSeq(d.Query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		switch {
		case pair == "" && d.Query == "":
		case decode.Unescape(key) != e.Name:
			kept = append(kept, pair)
		case !found && !e.Remove:
			kept = append(kept, key+"="+value)
			fallthrough
		default:
			found = true
		}
	}
	switch {
	case e.Remove && !found:
		return e.failed("the request has no such parameter")
	case !e.Remove && !found:
		kept = append(kept, url.QueryEscape(e.Name)+"="+value)
	}
	d.Query = strings.Join(kept, "&")
	return nil
}

// setPair sets a header or cookie, which then occurs once.
func setPair(all []egress.Pair, e *Edit, fold bool) ([]egress.Pair, error) {
	is := func(p egress.Pair) bool { return p.Name == e.Name || fold && strings.EqualFold(p.Name, e.Name) }
	at := slices.IndexFunc(all, is)
	if e.Remove {
		if at < 0 {
			return nil, e.failed("the request has none")
		}
		return slices.DeleteFunc(slices.Clone(all), is), nil
	}
	if at < 0 {
		return append(slices.Clone(all), egress.Pair{Name: e.Name, Value: e.Value}), nil
	}
	out := slices.Clone(all)
	out[at].Value = e.Value
	return append(out[:at+1], slices.DeleteFunc(out[at+1:], is)...), nil
}

// setBody sets the body or a member of it.
func (d *Draft) setBody(e *Edit) error {
	if len(e.Steps) == 0 {
		d.Body = &e.Value // "" if it is removed
		return nil
	}
	switch {
	case d.Body == nil:
		return e.failed("the body is not text: give another one with --body")
	case *d.Body == "":
		return e.failed("the request has no body: give one with --body")
	case decode.IsForm(mediaOf(d.Header)):
		form := Draft{Query: *d.Body}
		field := *e
		field.Name, field.Steps = strings.Join(e.Steps, "."), nil
		if err := form.setQuery(&field); err != nil {
			return err
		}
		d.Body = &form.Query
		return nil
	case !json.Valid([]byte(*d.Body)):
		return e.failed("the body is neither JSON nor a form: give another one with --body")
	}
	out, err := editJSON(*d.Body, e, e.Steps)
	if err != nil {
		return err
	}
	d.Body = &out
	return nil
}

// part is a member of an object or an element of an array, by its offsets in the text.
type part struct {
	name              string
	start, value, end int // of the name, or of the value in an array; of the value
}

// parts returns what an object or array consists of, and the offset behind its bracket. text is
// valid JSON; any other value has no parts.
func parts(text string) (list []part, open int, kind jsontext.Kind) {
	d := jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	kind = d.PeekKind()
	if kind != '{' && kind != '[' {
		return nil, 0, kind
	}
	d.ReadToken()
	open = int(d.InputOffset())
	for d.PeekKind() != '}' && d.PeekKind() != ']' {
		p := part{start: -1}
		if kind == '{' {
			name, err := d.ReadValue()
			if err != nil {
				return list, open, kind
			}
			p.start = int(d.InputOffset()) - len(name)
			p.name = scan.JSON.Decode(string(name[1 : len(name)-1]))
		}
		v, err := d.ReadValue()
		if err != nil {
			return list, open, kind
		}
		p.end = int(d.InputOffset())
		p.value = p.end - len(v)
		if p.start < 0 {
			p.start, p.name = p.value, strconv.Itoa(len(list))
		}
		list = append(list, p)
	}
	return list, open, kind
}

// editJSON returns a JSON text in which the value at steps is set or removed. All other bytes stay
// as they are.
func editJSON(text string, e *Edit, steps []string) (string, error) {
	list, open, kind := parts(text)
	if kind != '{' && kind != '[' {
		return "", e.failed("%q is in a value that has no members", steps[0])
	}
	at := slices.IndexFunc(list, func(p part) bool { return p.name == steps[0] })
	if at >= 0 && kind == '{' && slices.ContainsFunc(list[at+1:], func(p part) bool { return p.name == steps[0] }) {
		return "", e.failed("%q is there twice", steps[0])
	}
	switch {
	case at < 0 && (e.Remove || len(steps) > 1):
		return "", e.failed("the body has no %q there", steps[0])
	case at < 0:
		if kind == '[' && steps[0] != "-" && steps[0] != strconv.Itoa(len(list)) {
			return "", e.failed("the array has %d elements; - adds one", len(list))
		}
		return addPart(text, list, open, kind, steps[0], e.value(jsontext.Value("null"))), nil
	case len(steps) > 1:
		inner, err := editJSON(text[list[at].value:list[at].end], e, steps[1:])
		return text[:list[at].value] + inner + text[list[at].end:], err
	case e.Remove:
		start, end := list[at].start, list[at].end
		if at > 0 {
			start = list[at-1].end
		} else if len(list) > 1 {
			end = list[1].start
		}
		return text[:start] + text[end:], nil
	}
	return text[:list[at].value] + e.value(jsontext.Value(text[list[at].value:list[at].end])) + text[list[at].end:], nil
}

// addPart adds a value behind the last one, spaced like those before it.
func addPart(text string, list []part, open int, kind jsontext.Kind, name, value string) string {
	at, separator, colon := open, "", ":"
	if n := len(list); n > 0 {
		at, separator = list[n-1].end, ","
		if n > 1 {
			separator = text[list[n-2].end:list[n-1].start]
		}
	}
	if kind == '[' {
		return text[:at] + separator + value + text[at:]
	}
	if n := len(list); n > 0 {
		if between := text[list[n-1].start:list[n-1].value]; strings.HasSuffix(strings.TrimRight(between, " \t\r\n"), ":") {
			colon = between[strings.LastIndexByte(between, ':'):]
		}
	}
	return text[:at] + separator + `"` + scan.JSON.Encode(name) + `"` + colon + value + text[at:]
}

// value returns the new value as JSON, replacing the present one: a string stays a string.
// Elsewhere the text is JSON if it can be, else a string.
func (e *Edit) value(was jsontext.Value) string {
	if e.JSON || was.Kind() != '"' && json.Valid([]byte(e.Value)) {
		return strings.TrimSpace(e.Value)
	}
	return `"` + keepPlaceholders(e.Value, scan.JSON.Encode) + `"`
}

// keepPlaceholders escapes a text apart from the placeholders in it.
func keepPlaceholders(text string, escape func(string) string) string {
	var b strings.Builder
	last := 0
	for _, at := range placeholder.FindAllIndex(text) {
		b.WriteString(escape(text[last:at[0]]) + text[at[0]:at[1]])
		last = at[1]
	}
	return b.String() + escape(text[last:])
}
