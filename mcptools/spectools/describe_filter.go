package spectools

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// memberFilter leaves out of a schema the optional members without any of some words, at any depth:
// the bodies of Asana and of JSON:API have one member at the top, data. The ancestors of a member
// that fits stay, and so do all members below one whose name fits.
type memberFilter struct {
	words    []string // in lower case
	defs     map[string]any
	fits     map[string]bool // definitions that have a member that fits, directly or through others
	complete map[string]bool // definitions that keep all members
	isLess   bool            // something was left out
}

// filterMembers filters the body in a schema of arguments. It reports whether something was left
// out.
func filterMembers(schema map[string]any, words []string) (filtered map[string]any, isLess bool) {
	defs, _ := schema["$defs"].(map[string]any)
	f := &memberFilter{words: words, defs: defs, fits: map[string]bool{}, complete: map[string]bool{}}
	properties, _ := schema["properties"].(map[string]any)
	var body any
	kept := map[string]any{}
	for grows := true; grows; {
		grows, f.isLess = false, false
		for name, def := range defs {
			var fits bool
			if kept[name], fits = f.prune(def, false); fits && !f.fits[name] {
				f.fits[name], grows = true, true
			}
		}
		body, _ = f.prune(properties[serialize.BodyArgument], false)
	}
	for name := range f.complete {
		kept[name] = defs[name]
	}
	filtered, properties = maps.Clone(schema), maps.Clone(properties)
	filtered["properties"], filtered["$defs"] = properties, kept
	if body != nil {
		properties[serialize.BodyArgument] = body
	}
	return filtered, f.isLess
}

// matches reports whether a text has one of the words.
func (f *memberFilter) matches(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(f.words, func(w string) bool { return strings.Contains(text, w) })
}

// prune returns a schema, or a list of them, without the members that do not fit, and reports
// whether one fits. Of alternatives, those that fit suffice if there are any.
func (f *memberFilter) prune(v any, isChoice bool) (pruned any, fits bool) {
	switch v := v.(type) {
	case []any:
		var all, fitting []any
		for _, part := range v {
			part, below := f.prune(part, false)
			if all = append(all, part); below {
				fitting = append(fitting, part)
			}
		}
		if isChoice && fitting != nil {
			f.isLess = f.isLess || len(fitting) < len(all)
			all = fitting
		}
		return all, fitting != nil
	case map[string]any:
		out := maps.Clone(v)
		fits = f.fits[referenceOf(v)]
		for keyword, part := range v {
			below := false
			switch keyword {
			case "enum", "const", "default", "required", "type": // values
			case "properties":
				required, _ := v["required"].([]any)
				out[keyword], below = f.members(part, required)
			default:
				out[keyword], below = f.prune(part, keyword == "anyOf" || keyword == "oneOf")
			}
			fits = fits || below
		}
		return out, fits
	}
	return v, false
}

// members returns the properties that fit, lead to one that does, or are required.
func (f *memberFilter) members(properties any, required []any) (kept map[string]any, fits bool) {
	kept = map[string]any{}
	all, _ := properties.(map[string]any)
	for name, p := range all {
		m, _ := p.(map[string]any)
		description, _ := m["description"].(string)
		part, below := f.prune(p, false)
		if f.matches(name) || f.matches(referenceOf(m)) {
			f.keep(p)
			part, below = p, true
		}
		if below = below || f.matches(description); below || slices.Contains(required, any(name)) {
			kept[name] = part
		}
		fits = fits || below
	}
	f.isLess = f.isLess || len(kept) < len(all)
	return kept, fits
}

// keep marks all definitions below a schema as complete.
func (f *memberFilter) keep(v any) {
	switch v := v.(type) {
	case map[string]any:
		if name := referenceOf(v); name != "" && !f.complete[name] {
			f.complete[name] = true
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
