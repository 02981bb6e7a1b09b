package spectools

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// memberFilter leaves out of a schema the optional members that have none of some words, at any
// depth: the bodies of Asana and of JSON:API have one member at the top, data. What leads to a
// member that fits stays, and so does all that is below one whose name fits.
type memberFilter struct {
	words  []string // in lower case
	defs   map[string]any
	fits   map[string]bool // definitions that have a member that fits, directly or through others
	whole  map[string]bool // definitions that nothing is left out of
	isLess bool            // something was left out
}

// filterMembers filters the body in a schema of arguments. It reports whether something was left
// out.
func filterMembers(schema map[string]any, words []string) (filtered map[string]any, isLess bool) {
	defs, _ := schema["$defs"].(map[string]any)
	f := &memberFilter{words: words, defs: defs, fits: map[string]bool{}, whole: map[string]bool{}}
	properties, _ := schema["properties"].(map[string]any)
	body, _ := f.prune(properties[serialize.BodyArgument])
	kept := map[string]any{}
	for grows := true; grows; {
		grows, f.isLess = false, false
		for name, def := range defs {
			var fits bool
			if kept[name], fits = f.prune(def); fits && !f.fits[name] {
				f.fits[name], grows = true, true
			}
		}
		body, _ = f.prune(properties[serialize.BodyArgument])
	}
	for name := range f.whole {
		kept[name] = defs[name]
	}
	filtered, properties = maps.Clone(schema), maps.Clone(properties)
	filtered["properties"], filtered["$defs"] = properties, kept
	if body != nil {
		properties[serialize.BodyArgument] = body
	}
	return filtered, f.isLess
}

// says reports whether a text has one of the words.
func (f *memberFilter) says(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(f.words, func(w string) bool { return strings.Contains(text, w) })
}

// prune returns a schema without the members that do not fit, and reports whether one fits.
func (f *memberFilter) prune(v any) (pruned any, fits bool) {
	s, ok := v.(map[string]any)
	if !ok {
		return v, false
	}
	ref, _ := s["$ref"].(string)
	fits = f.fits[strings.TrimPrefix(ref, definitionPrefix)]
	out := maps.Clone(s)
	for _, keyword := range []string{"items", "additionalProperties"} {
		if part, has := s[keyword]; has {
			below := false
			out[keyword], below = f.prune(part)
			fits = fits || below
		}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf", "prefixItems"} {
		if list, isList := s[keyword].([]any); isList {
			var below bool
			out[keyword], below = f.pruneList(list, keyword == "anyOf" || keyword == "oneOf")
			fits = fits || below
		}
	}
	if properties, has := s["properties"].(map[string]any); has {
		required, _ := s["required"].([]any)
		kept := map[string]any{}
		for name, p := range properties {
			m, _ := p.(map[string]any)
			description, _ := m["description"].(string)
			ref, _ := m["$ref"].(string)
			if f.says(name) || f.says(strings.TrimPrefix(ref, definitionPrefix)) {
				f.keep(p)
				kept[name], fits = p, true
				continue
			}
			part, below := f.prune(p)
			below = below || f.says(description)
			if fits = fits || below; below || slices.Contains(required, any(name)) {
				kept[name] = part
			}
		}
		f.isLess = f.isLess || len(kept) < len(properties)
		out["properties"] = kept
	}
	return out, fits
}

// pruneList prunes the parts of a schema. Of alternatives, those that fit suffice if there are any.
func (f *memberFilter) pruneList(list []any, isChoice bool) (pruned []any, fits bool) {
	var fitting []any
	for _, part := range list {
		part, below := f.prune(part)
		if pruned = append(pruned, part); below {
			fitting = append(fitting, part)
		}
	}
	if isChoice && fitting != nil {
		f.isLess = f.isLess || len(fitting) < len(pruned)
		pruned = fitting
	}
	return pruned, fitting != nil
}

// keep marks all definitions below a schema as whole.
func (f *memberFilter) keep(v any) {
	switch v := v.(type) {
	case map[string]any:
		ref, _ := v["$ref"].(string)
		if name := strings.TrimPrefix(ref, definitionPrefix); ref != "" && !f.whole[name] {
			f.whole[name] = true
			f.keep(f.defs[name])
		}
		for _, part := range v {
			f.keep(part)
		}
	case []any:
		for _, part := range v {
			f.keep(part)
		}
	}
}
