package compact

import (
	"maps"
	"slices"
	"strings"
)

// minFamily is how many types a generic type replaces at least.
const minFamily = 3

// shareDefinitions finds types that differ only in one type that they refer to, such as the lists
// of an API, and defines them by a generic type: type List<T> = {data:T[] more:bool}.
func (f *Form) shareDefinitions() {
	families := map[string][]string{} // references by definition
	for ref, d := range f.defs {
		parameter := slices.Compact(slices.Sorted(slices.Values(d.refs)))
		if len(parameter) != 1 || parameter[0] == ref || !strings.HasPrefix(ref, "#/components/schemas/") {
			continue
		}
		p := &printer{form: f, generic: parameter[0]}
		text := p.schema(f.lookUp(ref)).text + remarks(f.lookUp(ref))
		families[text] = append(families[text], ref)
	}
	for _, text := range slices.Sorted(maps.Keys(families)) {
		refs := families[text]
		slices.Sort(refs)
		if len(refs) >= minFamily {
			f.defineGeneric(text, refs)
		}
	}
}

// defineGeneric defines a generic type and types by it, if that is shorter.
func (f *Form) defineGeneric(text string, refs []string) {
	name := f.genericName(refs)
	if name == "" {
		return
	}
	line := "type " + name + "<T> = " + text
	gain := -len(line)
	byGeneric := map[string]string{}
	for _, ref := range refs {
		byGeneric[ref] = "type " + referenceName(ref) + " = " + name + "<" + referenceName(f.defs[ref].refs[0]) + ">"
		gain += len(f.defs[ref].line) - len(byGeneric[ref])
	}
	if gain < minGain {
		return
	}
	generic := genericPrefix + name
	f.defs[generic] = definition{line: line}
	_, hasT := f.defs["#/components/schemas/T"+name]
	_, hasOwn := f.defs["#/components/schemas/T"]
	isFree := !hasT && !hasOwn
	for _, ref := range refs {
		d := definition{line: byGeneric[ref], refs: append(f.defs[ref].refs, generic)}
		if of := referenceName(d.refs[0]); referenceName(ref) == of+name && isIdentifier(of) && isFree {
			d.generic, d.of = name, of
		}
		f.defs[ref] = d
	}
}

// writeDefinitions writes the lines of definitions. Types that are called by what they are made of,
// such as AccountList of List<Account>, share one line at the end.
func (f *Form) writeDefinitions(b *strings.Builder, refs []string) {
	named := map[string][]string{} // arguments of types, by generic type
	for _, ref := range refs {
		if d := f.defs[ref]; d.generic != "" {
			named[d.generic] = append(named[d.generic], d.of)
		}
	}
	for _, ref := range refs {
		if d := f.defs[ref]; len(named[d.generic]) < minFamily {
			b.WriteString(d.line + "\n")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if list := named[name]; len(list) >= minFamily {
			b.WriteString("type T" + name + " = " + name + "<T> for T = " + strings.Join(list, ", ") + "\n")
		}
	}
}

// genericPrefix precedes the name of a generic type where it stands among references.
const genericPrefix = "#generic/"

// genericName returns the common ending of the types' names, in whole words, or with "Of" if the
// ending is a type. It is "" if neither is free.
func (f *Form) genericName(refs []string) string {
	first := referenceName(refs[0])
	n := len(first)
	for _, ref := range refs[1:] {
		name := referenceName(ref)
		i := 0
		for i < n && i < len(name) && name[len(name)-1-i] == first[len(first)-1-i] {
			i++
		}
		n = i
	}
	ends := wordEnds(first)
	i, _ := slices.BinarySearch(ends, len(first)-n)
	if i == len(ends) {
		return ""
	}
	suffix := first[ends[i]:]
	for _, name := range []string{suffix, suffix + "Of"} {
		_, isType := f.defs["#/components/schemas/"+name]
		_, isGeneric := f.defs[genericPrefix+name]
		if typeName(name) == name && name != "T" && !isType && !isGeneric {
			return name
		}
	}
	return ""
}
