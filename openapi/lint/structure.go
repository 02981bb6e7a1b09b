package lint

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
)

// structure checks that a document consists of the objects of OpenAPI: that members have the right
// names and types, and that no required member is missing. It reads the text, so it also finds
// mistakes because of which the document cannot be loaded, or that a conversion from 2.0 hides.
type structure struct {
	w       *walker
	version string // "2.0", "3.0", "3.1" or "3.2"
	objects *objects
	root    map[string]any
	found   []structuralFinding
	ended   bool // the context has ended

	followed map[[2]string]bool // references to places that are no component, and as what

	operations map[string]bool // by their operationId
	links      []linkTo
}

// linkTo is the operationId of a Link Object.
type linkTo struct{ pointer, operation string }

// structuralFinding is what a finding is about.
type structuralFinding struct {
	pointer string // of the place, in lower case
	name    string // of the member
}

// structure reports the structural mistakes of the document. data is its text.
func (w *walker) structure(data []byte) {
	version, err := openapi.VersionOf(data)
	if err != nil || version != "2.0" && !strings.HasPrefix(version, "3.") {
		return // loading it fails
	}
	v, err := openapi.Parse(data)
	root, ok := v.(map[string]any)
	if err != nil || !ok {
		return
	}
	if version > "3.0" {
		openapi.Point(root)
	}
	s := &structure{w: w, version: version, objects: objectsOf(version), root: root, followed: map[[2]string]bool{},
		operations: map[string]bool{}}
	s.value(root, &shape{kind: kindObject, name: "Document"}, "")
	for _, l := range s.links {
		if !s.operations[l.operation] && !s.ended {
			s.add("reference-unresolved", l.pointer, "operationId", "there is no operation "+shown(l.operation))
		}
	}
	w.structural = mistakesOf(s.found)
}

// add reports a mistake at the member of the value at pointer; name is "" if it is the value
// itself.
func (s *structure) add(rule, pointer, name, detail string) {
	if _, err := strconv.Atoi(name); err == nil { // an element of a list
		name = lastToken(pointer[:strings.LastIndex(pointer, "/")])
	}
	s.found = append(s.found, structuralFinding{strings.ToLower(pointer), name})
	p := site{pointer: pointer}
	if tokens := strings.Split(pointer, "/"); len(tokens) > 2 && tokens[1] == "paths" {
		p.path = jsonvalue.Token(tokens[2])
		switch {
		case len(tokens) > 3 && openapi.IsOperationKey(tokens[3]):
			p.method = strings.ToUpper(tokens[3])
		case len(tokens) > 4 && tokens[3] == "additionalOperations":
			p.method = lastToken("/" + tokens[4])
		}
		keys := append([]string{"paths", p.path}, openapi.OperationKeys(p.method)...)
		p.operation = textAt(s.root, append(keys, "operationId")...)
	}
	s.w.addText(rule, p, detail)
}

func textAt(v any, keys ...string) string {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	text, _ := v.(string)
	return text
}

// value checks the value at a pointer.
func (s *structure) value(v any, is *shape, pointer string) {
	if s.ended = s.ended || s.w.ctx.Err() != nil; s.ended {
		return
	}
	name := lastToken(pointer)
	if !s.hasType(v, is) {
		s.add("value-type", pointer, name, fmt.Sprintf("%s must be %s, is %s", shown(name), s.typeName(is), typeOf(v)))
		return
	}
	switch is.kind {
	case kindText:
		if len(is.values) > 0 && !slices.Contains(is.values, v.(string)) {
			s.add("value-unknown", pointer, name, oneOf(name, v, is.values))
		}
		s.named(v.(string), is.form, pointer, name)
	case kindTrue:
		if v != true {
			s.add("value-unknown", pointer, name, oneOf(name, v, []string{"true"}))
		}
	case kindEither:
		for _, e := range is.either {
			if s.hasType(v, e) {
				s.value(v, e, pointer)
				return
			}
		}
	case kindList:
		s.list(v.([]any), is, pointer)
	case kindMap:
		m := v.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			at := pointer + jsonvalue.Pointer(k)
			s.named(k, is.form, at, k)
			s.value(m[k], is.each, at)
		}
	case kindObject:
		if m, ok := v.(map[string]any); ok { // else a schema that is true or false
			s.object(m, is, pointer)
		}
	}
}

// named checks a name, which is the member at a pointer or its value.
func (s *structure) named(name string, is *nameForm, pointer, member string) {
	if is != nil && !is.form.MatchString(name) {
		s.add("key-invalid", pointer, member, shown(name)+", "+is.text)
	}
}

func (s *structure) list(l []any, is *shape, pointer string) {
	if is.filled && len(l) == 0 {
		s.add("value-type", pointer, lastToken(pointer), shown(lastToken(pointer))+" must not be empty")
	}
	seen := map[string]bool{}
	for i, e := range l {
		at := fmt.Sprintf("%s/%d", pointer, i)
		if is.unique {
			text, err := json.Marshal(e)
			if err == nil && seen[string(text)] {
				s.add("value-type", at, lastToken(pointer), shown(lastToken(pointer))+" must not list a value twice")
			}
			seen[string(text)] = true
		}
		s.value(e, is.each, at)
	}
}

// object checks an object, or a reference to one.
func (s *structure) object(m map[string]any, is *shape, pointer string) {
	ref, isReference := m["$ref"]
	isReference = isReference && (is.ref || is.name == "Schema" || is.name == "Item")
	if isReference {
		s.reference(ref, is.name, pointer)
	}
	if isReference && is.name != "Item" && (s.version < "3.1" || is.name != "Schema") {
		return // siblings have no effect
	}
	o := s.objects.plain[is.name]
	if several, ok := s.objects.kinds[is.name]; ok {
		value, _ := m[several.by].(string)
		if o = several.objects[value]; o == nil {
			s.unknownKind(m, several, is.name, pointer)
			return
		}
	}
	s.members(m, o, is.name, pointer)
	id, _ := m["operationId"].(string)
	switch is.name {
	case "Server":
		if url, ok := m["url"].(string); ok {
			s.serverVariables(url, m, pointer)
		}
	case "Variable":
		s.defaultOf(m, pointer)
	case "Discriminator":
		s.mapping(m, pointer)
	case "Parameter":
		if m["style"] == "cookie" && hasKey(m, "allowReserved") {
			s.add("members-exclusive", pointer+"/allowReserved", "allowReserved", "style: cookie and allowReserved in a Parameter Object")
		}
	case "Item":
		s.queryStrings(m, pointer)
	case "Operation":
		s.operations[id] = true
	case "Link":
		if id != "" {
			s.links = append(s.links, linkTo{pointer + "/operationId", id})
		}
		ref, _ := m["operationRef"].(string)
		if _, found := openapi.Lookup(s.root, ref); strings.HasPrefix(ref, "#") && !found {
			s.add("reference-unresolved", pointer+"/operationRef", "operationRef", shown(ref))
		}
	}
}

// serverVariables checks that the variables of a server's URL are declared.
func (s *structure) serverVariables(url string, server map[string]any, pointer string) {
	declared, _ := server["variables"].(map[string]any)
	for _, part := range strings.Split(url, "{")[1:] {
		name, _, closed := strings.Cut(part, "}")
		if _, has := declared[name]; !closed || !has {
			s.add("server-variable-undeclared", pointer+"/url", "url", shown("{"+part[:min(len(part), len(name)+1)]))
		}
	}
}

// defaultOf checks that the default of a server's variable is one of its enum. In 3.0 it need not
// be.
func (s *structure) defaultOf(m map[string]any, pointer string) {
	var values []string
	list, _ := m["enum"].([]any)
	for _, v := range list {
		text, _ := v.(string)
		values = append(values, text)
	}
	rule := "value-unknown"
	if s.version < "3.1" {
		rule = "server-default-unlisted"
	}
	if v, ok := m["default"].(string); ok && len(values) > 0 && !slices.Contains(values, v) {
		s.add(rule, pointer+"/default", "default", oneOf("default", v, values))
	}
}

// mapping checks that a discriminator leads to schemas of the document. A value that may be the
// name of a file is left out.
func (s *structure) mapping(m map[string]any, pointer string) {
	check := func(at string, v any) {
		ref, _ := v.(string)
		target := ref
		if bareName.MatchString(ref) {
			target = openapi.SchemaPrefix + ref
		}
		if _, found := openapi.Lookup(s.root, target); strings.HasPrefix(target, "#/") && !found {
			s.add("reference-unresolved", pointer+at, lastToken(at), shown(ref))
		}
	}
	values, _ := m["mapping"].(map[string]any)
	for _, k := range slices.Sorted(maps.Keys(values)) {
		check(jsonvalue.Pointer("mapping", k), values[k])
	}
	check("/"+openapi.DefaultMapping, m[openapi.DefaultMapping])
}

// bareName matches a value of a mapping that can only be the name of a component.
var bareName = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// queryStrings checks that a parameter for the complete query string is the only one of the query,
// with those of the path.
func (s *structure) queryStrings(item map[string]any, pointer string) {
	shared, _ := item["parameters"].([]any)
	for _, key := range append([]string{""}, slices.Sorted(maps.Keys(item))...) {
		op, _ := item[key].(map[string]any)
		own, _ := op["parameters"].([]any)
		in := map[string]map[string]bool{}
		for _, p := range slices.Concat(shared, own) {
			m, _ := p.(map[string]any)
			if ref, ok := m["$ref"].(string); ok {
				target, _ := openapi.Lookup(s.root, ref)
				m, _ = target.(map[string]any)
			}
			where := textAt(m, "in")
			if in[where] == nil {
				in[where] = map[string]bool{}
			}
			in[where][textAt(m, "name")] = true
		}
		whole := len(in[openapi.InQueryString])
		if (key == "" || own != nil) && whole > 0 && whole+len(in["query"]) > 1 {
			at := strings.TrimSuffix(pointer+jsonvalue.Pointer(key, "parameters"), "//parameters")
			s.add("members-exclusive", at, "parameters", "one of the complete query string excludes others of the query")
		}
	}
}

func (s *structure) unknownKind(m map[string]any, several kindsOf, name, pointer string) {
	v, has := m[several.by]
	if !has {
		s.missing(name, pointer, several.by)
		return
	}
	detail := oneOf(several.by, v, slices.Sorted(maps.Keys(several.objects)))
	s.add("value-unknown", pointer+jsonvalue.Pointer(several.by), several.by, detail)
}

func (s *structure) missing(name, pointer, member string) {
	s.add("member-missing", pointer, member, fmt.Sprintf("%s in %s", member, objectName(name)))
}

// exclusive are the pairs of members of which an object may have one.
var exclusive = map[string][][2]string{
	"Example": {{"value", "externalValue"}, {"value", "dataValue"}, {"value", "serializedValue"}, {"serializedValue", "externalValue"}},
	"XML":     {{"nodeType", "attribute"}, {"nodeType", "wrapped"}}, "Media": append([][2]string{{"example", "examples"}}, encodings...),
	"Encoding":  encodings,
	"Header":    {{"example", "examples"}, {"schema", "content"}},
	"Parameter": {{"example", "examples"}, {"schema", "content"}}, "Link": {{"operationId", "operationRef"}},
	"License": {{"url", "identifier"}},
}

var encodings = [][2]string{{"encoding", "prefixEncoding"}, {"encoding", "itemEncoding"}}

func hasKey(m map[string]any, key string) bool { _, has := m[key]; return has }

func (s *structure) members(m map[string]any, o *object, name, pointer string) {
	for _, k := range o.required {
		if _, has := m[k]; !has {
			s.missing(name, pointer, k)
		}
	}
	for _, pair := range exclusive[name] {
		if _, has := m[pair[0]]; has && hasKey(m, pair[1]) {
			detail := fmt.Sprintf("%s and %s in %s", pair[0], pair[1], objectName(name))
			s.add("members-exclusive", pointer+jsonvalue.Pointer(pair[1]), pair[1], detail)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		at := pointer + jsonvalue.Pointer(k)
		is := o.members[k]
		switch {
		case is != nil:
		case o.form != nil && o.form.MatchString(k):
			is = o.other
		case o.open, strings.HasPrefix(k, "x-"):
			continue
		case o.form != nil:
			s.add("key-invalid", at, k, keyAdvice(name, k))
			continue
		default:
			s.add("member-unknown", at, k, s.unknownMember(name, k, o))
			continue
		}
		s.value(m[k], is, at)
	}
}

// reference checks the value of $ref in an object.
func (s *structure) reference(ref any, name, pointer string) {
	text, ok := ref.(string)
	if !ok {
		s.add("value-type", pointer+"/$ref", "$ref", "$ref must be a text, is "+typeOf(ref))
		return
	}
	target, found := openapi.Lookup(s.root, text)
	switch is := s.componentOf(text); {
	case text == "", text == "#" && s.version < "3.1", strings.HasPrefix(text, "#/") && !found:
		s.add("reference-unresolved", pointer+"/$ref", "$ref", shown(text))
	case !found: // another document, which loading refuses
	case is == name || s.followed[[2]string{text, name}]:
	case is != "":
		s.add("value-type", pointer+"/$ref", "$ref", fmt.Sprintf("%s is %s, must be %s", shown(text), objectName(is), objectName(name)))
	default: // a place that need not be checked as what it is used for
		s.followed[[2]string{text, name}] = true
		s.value(target, &shape{kind: kindObject, name: name, ref: true}, text[1:])
	}
}

// componentOf returns the name of the object that a reference to a component leads to, "" if it is
// no such reference.
func (s *structure) componentOf(ref string) string {
	tokens := strings.Split(ref, "/")
	holder := s.objects.plain["Document"]
	if len(tokens) == 4 && tokens[1] == "components" {
		holder, tokens = s.objects.plain["Components"], tokens[1:]
	}
	if len(tokens) != 3 || holder == nil {
		return ""
	}
	if is := holder.members[tokens[1]]; is != nil && is.kind == kindMap && is.each.kind == kindObject {
		return is.each.name
	}
	return ""
}

// hasType reports whether a value has the JSON type that a shape wants.
func (s *structure) hasType(v any, is *shape) bool {
	switch is.kind {
	case kindText:
		_, ok := v.(string)
		return ok
	case kindFlag, kindTrue:
		_, ok := v.(bool)
		return ok
	case kindNumber, kindPositive, kindCount:
		n, ok := v.(json.Number)
		return ok && isInRange(n, is.kind)
	case kindList:
		_, ok := v.([]any)
		return ok
	case kindMap:
		_, ok := v.(map[string]any)
		return ok
	case kindObject:
		_, isFlag := v.(bool)
		_, ok := v.(map[string]any)
		return ok || isFlag && is.name == "Schema" && s.version >= "3.1"
	case kindEither:
		return slices.ContainsFunc(is.either, func(e *shape) bool { return s.hasType(v, e) })
	}
	return true
}

// maxDigits bounds the numbers that are judged; exact arithmetic with longer ones is slow.
const maxDigits = 400

// isInRange reports whether a number is positive, or an integer from 0 on, as kind says.
func isInRange(n json.Number, k kind) bool {
	if k == kindNumber || len(n) > maxDigits || strings.ContainsAny(string(n), "eE") && len(n) > 8 {
		return true
	}
	r, ok := new(big.Rat).SetString(string(n))
	switch {
	case !ok:
		return true
	case k == kindPositive:
		return r.Sign() > 0
	}
	return r.Sign() >= 0 && r.IsInt()
}
