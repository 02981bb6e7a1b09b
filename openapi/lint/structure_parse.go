package lint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spectap/spectap/openapi"
)

// shape is what a value of a document must be.
type shape struct {
	kind   kind
	name   string    // of an object
	values []string  // of text: those that it must be one of, if any
	form   *nameForm // of text and of the keys of a map, or nil
	each   *shape    // elements of a list, values of a map
	either []*shape
	ref    bool // may be a Reference Object
	filled bool // of a list: not empty
	unique bool // of a list: no element twice
}

// nameForm is the form of a name.
type nameForm struct {
	form *regexp.Regexp
	text string // what such names are
}

var (
	componentName = &nameForm{regexp.MustCompile(`^[a-zA-Z0-9._-]+$`), "a name of a component, may have letters, digits, '.', '-' and '_'"}
	// token is that of RFC 9110, section 5.6.2.
	token = &nameForm{regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]+$"), "a name of a header, may have letters, digits and !#$%&'*+-.^_`|~"}
)

type kind int

const (
	kindAny kind = iota
	kindText
	kindFlag
	kindTrue // a flag that must be set
	kindNumber
	kindPositive
	kindCount
	kindList
	kindMap
	kindObject
	kindEither
)

var kinds = map[string]kind{
	"any": kindAny, "text": kindText, "flag": kindFlag, "true": kindTrue, "number": kindNumber, "positive": kindPositive, "count": kindCount,
}

// object is an object of OpenAPI, or one of its kinds.
type object struct {
	members  map[string]*shape
	required []string
	form     *regexp.Regexp // of other keys, or nil if there are none
	other    *shape         // value of those
	open     bool
}

// objects are the objects of one version of OpenAPI.
type objects struct {
	plain map[string]*object
	kinds map[string]kindsOf // objects of several kinds
}

// kindsOf has the kinds of an object by the value of a member.
type kindsOf struct {
	by      string
	objects map[string]*object
}

// objectsOf returns the objects of "2.0", "3.0", "3.1" or "3.2"; later versions have those of 3.2.
func objectsOf(version string) *objects {
	switch version {
	case "2.0":
		return objects2()
	case "3.0":
		return objects30()
	case "3.1":
		return objects31()
	}
	return objects32()
}

var (
	objects2  = sync.OnceValue(func() *objects { return parseTable(openapi.Objects2, "2.0") })
	objects30 = sync.OnceValue(func() *objects { return parseTable(openapi.Objects3, "3.0") })
	objects31 = sync.OnceValue(func() *objects { return parseTable(openapi.Objects3, "3.1") })
	objects32 = sync.OnceValue(func() *objects { return parseTable(openapi.Objects3, "3.2") })
)

// has reports whether an object has a member.
func (o *objects) has(name, member string) bool {
	kinds := slices.Collect(maps.Values(o.kinds[name].objects))
	return slices.ContainsFunc(append(kinds, o.plain[name]), func(x *object) bool { return x != nil && x.members[member] != nil })
}

// applies reports whether a version has an object or member with this mark; "" is for all.
func applies(mark, version string) bool {
	return mark == "" || mark == version || mark == "3.1" && version > mark
}

// parseTable reads a table for one version. It panics on a mistake in the table.
func parseTable(table, version string) *objects {
	o := &objects{plain: map[string]*object{}, kinds: map[string]kindsOf{}}
	for line := range strings.SplitSeq(strings.ReplaceAll(table, "\n  ", " "), "\n") {
		head, members, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		head, open := strings.CutSuffix(head, " open")
		head, only, _ := strings.Cut(head, "@")
		if !applies(only, version) {
			continue
		}
		obj := o.object(members, version)
		obj.open = open
		name, condition, several := strings.Cut(strings.TrimSuffix(head, ")"), "(")
		if !several {
			o.plain[name] = obj
			continue
		}
		by, value, _ := strings.Cut(condition, "=")
		if o.kinds[name].objects == nil {
			o.kinds[name] = kindsOf{by, map[string]*object{}}
		}
		o.kinds[name].objects[value] = obj
	}
	return o
}

func (o *objects) object(members, version string) *object {
	obj := &object{members: map[string]*shape{}}
	for m := range strings.SplitSeq(members, ";") {
		m = strings.TrimSpace(m)
		if from, ok := strings.CutPrefix(m, "+"); ok {
			maps.Copy(obj.members, o.plain[from].members)
			obj.required = append(obj.required, o.plain[from].required...)
			continue
		}
		key, typ, _ := strings.Cut(m, " ")
		key, only, _ := strings.Cut(key, "@")
		if !applies(only, version) || key == "|" || strings.HasPrefix(key, "x-") {
			continue
		}
		if strings.HasPrefix(key, "/") {
			obj.form, obj.other = regexp.MustCompile(key[1:len(key)-1]), parseShape(typ)
			continue
		}
		key, required := strings.CutSuffix(key, "!")
		if required {
			obj.required = append(obj.required, key)
		}
		obj.members[key] = parseShape(typ)
	}
	return obj
}

// parseShape reads a type.
func parseShape(s string) *shape {
	first, rest := splitShape(s)
	if rest != "" {
		return &shape{kind: kindEither, either: []*shape{first, parseShape(rest[1:])}}
	}
	return first
}

// splitShape reads the first of several alternatives. rest begins with "|".
func splitShape(s string) (first *shape, rest string) {
	end := strings.IndexAny(s, "|&")
	switch s[0] {
	case '(':
		end = strings.Index(s, ")") + 1
		first = &shape{kind: kindText, values: strings.Fields(s[1 : end-1])}
	case '[', '{':
		closing := map[byte]string{'[': "]", '{': "}"}[s[0]]
		end = strings.LastIndex(s, closing) + 1
		first = &shape{kind: map[byte]kind{'[': kindList, '{': kindMap}[s[0]], each: parseShape(s[1 : end-1])}
	default:
		if end < 0 {
			end = len(s)
		}
		first = &shape{kind: kindObject, name: s[:end]}
		if k, ok := kinds[s[:end]]; ok {
			first = &shape{kind: k}
		}
		if s[:end] == "token" {
			first = &shape{kind: kindText, form: token}
		}
		if s[:end] == "Type" {
			first = &shape{kind: kindText, values: []string{"array", "boolean", "integer", "null", "number", "object", "string"}}
		}
	}
	for end < len(s) && s[end] != '|' {
		switch s[end] {
		case '&':
			first.ref = true
		case '+':
			first.filled = true
		case 'u':
			first.unique = true
		case 'k':
			first.form = componentName
		case 't':
			first.form = token
		default:
			panic(fmt.Sprintf("type %q", s))
		}
		end++
	}
	return first, s[end:]
}
