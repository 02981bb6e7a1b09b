package compact

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spectap/spectap/openapi"
)

// printer writes types and collects what they refer to.
type printer struct {
	form *Form
	refs []string
}

// Precedence of the text of a type. A lower one is parenthesized inside of a higher one.
const (
	union = iota
	intersection
	suffixed
	atom
)

// typed is the text of a type.
type typed struct {
	text     string
	strength int
}

// in returns the text for a place that needs a strength.
func (t typed) in(strength int) string {
	if t.strength < strength {
		return "(" + t.text + ")"
	}
	return t.text
}

// join combines types by an operator of a strength, without repetitions.
func join(list []typed, operator string, strength int) typed {
	var texts []string
	for _, t := range list {
		if s := t.in(strength); !slices.Contains(texts, s) {
			texts = append(texts, s)
		}
	}
	if len(texts) == 1 {
		for _, t := range list {
			if t.in(strength) == texts[0] {
				return t
			}
		}
	}
	return typed{strings.Join(texts, operator), strength}
}

// schema writes a schema.
func (p *printer) schema(v any) typed {
	s, ok := v.(object)
	if !ok {
		if v == false {
			return typed{"never", atom}
		}
		return typed{"any", atom}
	}
	var parts []typed
	if ref := text(s["$ref"]); ref != "" {
		parts = append(parts, typed{p.reference(ref), atom})
	}
	base, isBare := p.base(s)
	combined := p.combined(s)
	isSaid := len(parts) > 0 || slices.ContainsFunc([]string{"allOf", "oneOf", "anyOf"}, func(k string) bool { return len(items(s[k])) > 0 })
	if base.text != "" && !(isBare && isSaid) {
		parts = append(parts, base)
	}
	parts = append(parts, combined...)
	out := typed{"any", atom}
	if len(parts) > 0 {
		out = join(parts, "&", intersection)
	}
	if s["nullable"] == true && !strings.HasSuffix(out.text, "null") && !slices.Contains(items(s["enum"]), nil) {
		out = join([]typed{out, {"null", atom}}, "|", union)
	}
	return out
}

// reference writes the name of a type and notes it.
func (p *printer) reference(ref string) string {
	if name, ok := strings.CutPrefix(ref, "#/$defs/"); ok && p.form.isSchema {
		ref = "#/components/schemas/" + name
	}
	p.form.todo = append(p.form.todo, ref)
	p.refs = append(p.refs, ref)
	return referenceName(ref)
}

// combined writes the keywords that combine schemas: the result is the intersection of all.
func (p *printer) combined(s object) (parts []typed) {
	for _, x := range items(s["allOf"]) {
		parts = append(parts, p.schema(x))
	}
	for _, keyword := range []string{"oneOf", "anyOf"} {
		var list []typed
		for _, x := range items(s[keyword]) {
			list = append(list, p.schema(x))
		}
		if len(list) > 0 {
			parts = append(parts, p.discriminated(s, join(list, "|", union)))
		}
	}
	for _, keyword := range []string{"not", "if", "then", "else", "contains", "propertyNames", "contentSchema"} {
		if x, has := s[keyword]; has {
			parts = append(parts, typed{keyword + "(" + p.schema(x).text + ")", atom})
		}
	}
	if d := get(s, "dependentSchemas"); d != nil {
		parts = append(parts, typed{"dependent" + p.members(d, func(string) bool { return false }, nil), atom})
	}
	return parts
}

// discriminated adds the discriminator of a union.
func (p *printer) discriminated(s object, t typed) typed {
	d := get(s, "discriminator")
	if d == nil {
		return t
	}
	out := t.text + " by " + identifier(text(d["propertyName"]))
	mapping := get(d, "mapping")
	var pairs []string
	for _, value := range slices.Sorted(maps.Keys(mapping)) {
		if name := p.reference(openapi.MappedReference(text(mapping[value]))); name != value {
			pairs = append(pairs, identifier(value)+":"+name)
		}
	}
	if len(pairs) > 0 {
		out += "{" + strings.Join(pairs, " ") + "}"
	}
	return typed{"(" + out + ")", atom}
}

// base writes the values that a schema itself describes, or "" if it has no keywords for them.
// isBare means that the text is only "object" or an array of anything, and a reference or the
// schemas of allOf, oneOf and anyOf are more specific.
func (p *printer) base(s object) (t typed, isBare bool) {
	if v, has := s["const"]; has {
		return typed{literal(v, maxValue), atom}, false
	}
	if list := items(s["enum"]); list != nil {
		return enum(list), false
	}
	var list []typed
	for _, name := range typesOf(s) {
		list = append(list, p.ofType(name, s))
	}
	if len(list) == 0 {
		return typed{}, false
	}
	t = join(list, "|", union)
	return t, t.text == "object" || t.text == "any[]"
}

// typesOf returns the types of a schema. Without the keyword "type" they follow from the others.
func typesOf(s object) []string {
	switch t := s["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var names []string
		for _, x := range t {
			names = append(names, text(x))
		}
		return names
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { _, ok := s[n]; return ok })
	}
	switch {
	case has("properties", "additionalProperties", "patternProperties", "required"):
		return []string{"object"}
	case has("items", "prefixItems"):
		return []string{"array"}
	case has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"):
		return []string{"number"}
	case has("pattern", "minLength", "maxLength", "format", "contentMediaType"):
		return []string{"string"}
	}
	return nil
}

// ofType writes the values of one type.
func (p *printer) ofType(name string, s object) typed {
	switch name {
	case "object":
		return p.object(s)
	case "array":
		return p.array(s)
	case "string":
		return stringType(s)
	case "integer":
		return numberType(s, "int", "int32", "int64")
	case "number":
		return numberType(s, "number", "float", "double")
	case "boolean":
		return typed{"bool", atom}
	case "null":
		return typed{"null", atom}
	}
	return typed{"any", atom}
}

// object writes a JSON object: {a:int b?}, or map<T> without properties.
func (p *printer) object(s object) typed {
	properties, patterns := get(s, "properties"), get(s, "patternProperties")
	required := map[string]bool{}
	all := maps.Clone(properties)
	for _, x := range items(s["required"]) {
		name := text(x)
		required[name] = true
		if all == nil {
			all = object{}
		}
		if _, has := all[name]; !has {
			all[name] = true
		}
	}
	additional, hasAdditional := s["additionalProperties"]
	size := span(s, "minProperties", "maxProperties")
	switch {
	case len(all) == 0 && len(patterns) == 0 && hasAdditional && additional != false:
		return typed{"map<" + p.schema(additional).text + ">" + parens(size), atom}
	case len(all) == 0 && len(patterns) == 0 && !hasAdditional:
		return typed{"object" + parens(size), atom}
	}
	var rest []string
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		rest = append(rest, "~"+quote(pattern)+":"+p.schema(patterns[pattern]).text)
	}
	if hasAdditional && additional != false && additional != true {
		rest = append(rest, "...:"+p.schema(additional).text)
	}
	return typed{p.members(all, func(name string) bool { return required[name] }, rest) + parens(size), atom}
}

// members writes properties in braces.
func (p *printer) members(properties object, required func(string) bool, rest []string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		mark := "?"
		if required(name) {
			mark = ""
		}
		list = append(list, identifier(name)+mark+typeSuffix(p.schema(properties[name]).text+remarks(properties[name])))
	}
	return "{" + strings.Join(append(list, rest...), " ") + "}"
}

var plainString = regexp.MustCompile(`^string(\|null)?([=,].*)?$`).MatchString

// typeSuffix writes a type, with remarks, behind the name of a property or parameter. A name
// without a type is a string.
func typeSuffix(t string) string {
	if plainString(t) {
		return strings.TrimPrefix(t, "string")
	}
	return ":" + t
}

// remarks writes what else there is to say about a property or parameter.
func remarks(v any) (out string) {
	s, _ := v.(object)
	if d, has := s["default"]; has {
		out += "=" + literal(d, maxValue)
	}
	for _, keyword := range []string{"readOnly", "writeOnly", "deprecated"} {
		if s[keyword] == true {
			out += "," + strings.ToLower(keyword)
		}
	}
	if _, has := s[openapi.ExtAlwaysSent]; has {
		out += ",sent"
	}
	return out
}

// array writes a JSON array: T[], T[1..9] with its size, or [A, B, ...C] for a tuple.
func (p *printer) array(s object) typed {
	size := span(s, "minItems", "maxItems")
	if s["uniqueItems"] == true {
		size = strings.TrimSpace(size + " unique")
	}
	prefix := items(s["prefixItems"])
	if len(prefix) == 0 {
		item, has := s["items"]
		if !has {
			item = true
		}
		return typed{p.schema(item).in(suffixed) + "[" + size + "]", suffixed}
	}
	var list []string
	for _, x := range prefix {
		list = append(list, p.schema(x).text)
	}
	if rest, has := s["items"]; has && rest != false {
		list = append(list, "..."+p.schema(rest).text)
	}
	return typed{"[" + strings.Join(list, ", ") + "]" + parens(size), atom}
}
