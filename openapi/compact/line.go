package compact

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
)

// methods is the order of the operations of one path. Others follow by name.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// addOperations adds the operations of path items by path. prefix is "webhook " for webhooks.
func (f *Form) addOperations(paths object, prefix string) {
	for _, template := range slices.Sorted(maps.Keys(paths)) {
		item, ok := f.resolve(paths[template])
		if !ok || f.size > maxSize || strings.HasPrefix(template, "x-") && prefix == "" {
			continue
		}
		for _, method := range methodsOf(item) {
			f.addOperation(item, operationOf(item, method), prefix, method, template)
		}
	}
}

func (f *Form) addOperation(item, o object, prefix, method, template string) {
	p := &printer{form: f}
	op := Operation{Method: method, Template: template, ID: text(o["operationId"]), Summary: text(o["summary"])}
	for _, t := range items(o["tags"]) {
		op.Tags = append(op.Tags, text(t))
	}
	op.parts = p.operation(item, o, method, template)
	op.parts.prefix = prefix
	if f.count != nil {
		if n := f.count(method, template); n > 0 {
			op.parts.marks = append(op.parts.marks, "n="+strconv.FormatInt(n, 10))
		}
	}
	op.parts.callbacks = p.callbacks(o)
	op.Line = op.parts.line()
	op.refs = p.refs
	f.size += len(op.Line)
	f.ops = append(f.ops, op)
}

// methodsOf returns the methods of a path item, in upper case except for additional ones.
func methodsOf(item object) (list []string) {
	for name, v := range item {
		if _, ok := v.(object); ok && openapi.IsOperationKey(name) {
			list = append(list, strings.ToUpper(name))
		}
	}
	list = slices.AppendSeq(list, maps.Keys(get(item, "additionalOperations")))
	rank := func(m string) int {
		if i := slices.Index(methods, m); i >= 0 {
			return i
		}
		return len(methods)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
	return list
}

func operationOf(item object, method string) object {
	if o := get(item, strings.ToLower(method)); o != nil {
		return o
	}
	return get(item, "additionalOperations", method)
}

// operation returns what there is to say about an operation, without its count and callbacks.
func (p *printer) operation(item, o object, method, path string) (x parts) {
	inPath, words := p.parameters(item, o)
	x = parts{method: identifier(method), path: pathText(path, inPath), parameters: words}
	if id := text(o["operationId"]); id != "" {
		x.id = operationID(id)
	}
	if body, ok := p.form.resolve(o["requestBody"]); ok {
		mark := "?"
		if body["required"] == true {
			mark = ""
		}
		x.body = "body" + mark + ":" + p.shared(o["requestBody"], p.value(body))
	}
	x.responses = p.responses(get(o, "responses"))
	x.security = p.form.security(o)
	for _, s := range firstList(o["servers"], item["servers"]) {
		x.marks = append(x.marks, "server="+serverURL(s))
	}
	if paging := get(o, openapi.ExtPaging); paging != nil {
		x.marks = append(x.marks, "paging="+identifier(text(paging["style"])))
	}
	if o["deprecated"] == true {
		x.marks = append(x.marks, "deprecated")
	}
	return x
}

var isOperationID = regexp.MustCompile(`^[A-Za-z0-9_$@][A-Za-z0-9_$@./:-]*$`).MatchString

// operationID writes an id as it is, or as a JSON string.
func operationID(id string) string {
	if isOperationID(id) {
		return id
	}
	return identifier(id)
}

// firstList returns the first of two lists that is not empty.
func firstList(a, b any) []any {
	if list := items(a); len(list) > 0 {
		return list
	}
	return items(b)
}

var pathParameter = regexp.MustCompile(`\{[^{}]+\}`)

// pathText returns a path template as one word, with the types of its parameters unless they are
// any strings: /users/{id:int}.
func pathText(template string, types map[string]string) string {
	template = oneWord(template)
	if template[0] == '"' {
		return template // it has names in quotes or spaces, so types would not be clear
	}
	return pathParameter.ReplaceAllStringFunc(template, func(s string) string {
		if t := types[s[1:len(s)-1]]; t != "" && t != "string" {
			return s[:len(s)-1] + ":" + t + "}"
		}
		return s
	})
}

// oneWord returns s as one word: as it is, or as a JSON string.
func oneWord(s string) string {
	if s == "" || strings.ContainsAny(s, " \"`") || visible.Line(s) != s {
		return identifier(s)
	}
	return s
}

// serverURL returns the URL of a server, with the defaults of its variables.
func serverURL(v any) string {
	s, _ := v.(object)
	u := text(s["url"])
	variables := get(s, "variables")
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if d := text(get(variables, name)["default"]); d != "" {
			u = strings.ReplaceAll(u, "{"+name+"}", d)
		}
	}
	return oneWord(cut(u, maxText))
}

// parameters writes the parameters of an operation: those of its query, headers and cookies as
// words, and the types of those of its path by name.
func (p *printer) parameters(item, o object) (inPath map[string]string, words []word) {
	prefixes := map[string]string{"query": "?", "querystring": "??", "header": "header:", "cookie": "cookie:"}
	places := []string{"query", "querystring", "header", "cookie"}
	byPlace := map[string][]parameter{}
	for _, v := range slices.Concat(items(o["parameters"]), items(item["parameters"])) {
		x, _ := p.form.resolve(v)
		in := text(x["in"])
		same := func(y parameter) bool { return y.object["name"] == x["name"] }
		if !slices.ContainsFunc(byPlace[in], same) { // an operation's own parameter hides that of the path
			byPlace[in] = append(byPlace[in], parameter{x, v})
		}
	}
	for _, in := range places {
		for _, x := range byPlace[in] {
			words = append(words, p.parameter(x, prefixes[in]))
		}
	}
	inPath = map[string]string{}
	for _, x := range byPlace["path"] {
		inPath[text(x.object["name"])] = p.shared(x.place, p.value(x.object))
	}
	return inPath, words
}

// parameter is a parameter with its place in the document, which may be a reference.
type parameter struct {
	object object
	place  any
}

// parameter writes a parameter as a word.
func (p *printer) parameter(x parameter, prefix string) word {
	w := word{key: prefix + identifier(text(x.object["name"]))}
	w.text = w.key
	if x.object["required"] == true {
		w.text += "!"
	}
	w.text += typeSuffix(p.shared(x.place, p.value(x.object)))
	if _, has := x.object[openapi.ExtAlwaysSent]; has {
		w.text += ",sent"
	}
	return w
}

// value writes the type of a parameter, request body or response.
func (p *printer) value(x object) string {
	if content := get(x, "content"); content != nil {
		return p.content(content)
	}
	if s, has := x["schema"]; has {
		return p.schema(s).in(intersection) + remarks(s)
	}
	return "any"
}

// content writes the media types of a body with their schemas. JSON is not named.
func (p *printer) content(content object) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(content)) {
		m, _ := p.form.resolve(content[name])
		s, has := m["schema"]
		switch {
		case name == "application/json" && has:
			list = slices.Insert(list, 0, p.schema(s).in(intersection))
		case name == "application/json":
			list = slices.Insert(list, 0, "any")
		case has:
			list = append(list, mediaType(name)+plainOr(p.schema(s).text))
		default:
			list = append(list, mediaType(name))
		}
	}
	if len(list) == 0 {
		return "any"
	}
	return strings.Join(list, "|")
}

// plainOr writes the type of a body that is not JSON, unless it is any text or bytes.
func plainOr(t string) string {
	if t == "string" || t == "binary" {
		return ""
	}
	return "<" + t + ">"
}

// shortTypes are the media types of forms, under the names by which they go.
var shortTypes = map[string]string{"application/x-www-form-urlencoded": "form", "multipart/form-data": "multipart"}

// mediaType writes a media type as one word.
func mediaType(name string) string {
	if short := shortTypes[name]; short != "" {
		return short
	}
	if strings.ContainsAny(name, " <>|\"`") || visible.Line(name) != name {
		return identifier(name)
	}
	return name
}

// responses writes the responses by status.
func (p *printer) responses(responses object) (words []word) {
	for _, status := range slices.Sorted(maps.Keys(responses)) { // digits sort before "default"
		r, ok := p.form.resolve(responses[status])
		if !ok || strings.HasPrefix(status, "x-") {
			continue
		}
		w := word{key: identifierOrStatus(status)}
		w.text = w.key
		if len(get(r, "content")) > 0 {
			w.text += ":" + p.shared(responses[status], p.value(r))
		}
		words = append(words, w)
	}
	return words
}

func identifierOrStatus(status string) string {
	if _, err := strconv.Atoi(status); err == nil || len(status) == 3 && strings.HasSuffix(status, "XX") {
		return status
	}
	return identifier(status)
}

// security writes the alternatives of an operation's authentication: a|b+c, or "" without
// authentication.
func (f *Form) security(o object) string {
	v, has := o["security"]
	if !has {
		if v, has = f.root["security"]; !has {
			return ""
		}
	}
	var alternatives []string
	for _, x := range items(v) {
		requirement, _ := x.(object)
		var together []string
		for _, name := range slices.Sorted(maps.Keys(requirement)) {
			word := identifier(name)
			var scopes []string
			for _, s := range items(requirement[name]) {
				scopes = append(scopes, identifier(text(s)))
			}
			together = append(together, word+parens(strings.Join(scopes, ",")))
		}
		alternatives = append(alternatives, cmp.Or(strings.Join(together, "+"), "none"))
	}
	if len(alternatives) == 1 && alternatives[0] == "none" {
		return ""
	}
	return strings.Join(alternatives, "|")
}

// callbacks writes the callbacks of an operation, each on an indented line.
func (p *printer) callbacks(o object) (out string) {
	all := get(o, "callbacks")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		callback, _ := p.form.resolve(all[name])
		for _, expression := range slices.Sorted(maps.Keys(callback)) {
			item, ok := p.form.resolve(callback[expression])
			if !ok {
				continue
			}
			for _, method := range methodsOf(item) {
				x := p.operation(item, operationOf(item, method), method, expression)
				out += "\n  callback " + identifier(name) + " " + x.line()
			}
		}
	}
	return out
}
