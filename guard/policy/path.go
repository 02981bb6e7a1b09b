package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/internal/visible"
)

// path leads from a call to a value: args.items[0].price. Its first step is a root.
type path struct {
	text  string
	root  string // "args", "identity" or "annotations"
	steps []step
}

// step leads to a member, an element, or all elements.
type step struct {
	name  string // of a member, if kind is member
	index int    // of an element, if kind is element
	kind  stepKind
}

type stepKind uint8

const (
	member stepKind = iota
	element
	everyElement
)

// parsePath reads a path: names separated by dots, [N] for an element, [*] for every element, and
// ["name"] for a name that has dots, brackets or spaces.
func parsePath(text string) (path, error) {
	root, rest := text, ""
	if i := strings.IndexAny(text, ".["); i >= 0 {
		root, rest = text[:i], text[i:]
	}
	switch root {
	case "args", "identity", "annotations":
	default:
		return path{}, fmt.Errorf("path %q must start with args, identity or annotations, as in args.amount", text)
	}
	steps, err := parseSteps(rest)
	if err != nil {
		return path{}, fmt.Errorf("path %q: %w", text, err)
	}
	if len(steps) == 0 {
		return path{}, fmt.Errorf("path %q names no member, as %s.NAME would", text, root)
	}
	return path{text, root, steps}, nil
}

func parseSteps(rest string) (steps []step, err error) {
	for rest != "" {
		var s step
		switch {
		case strings.HasPrefix(rest, "[*]"):
			s, rest = step{kind: everyElement}, rest[3:]
		case strings.HasPrefix(rest, `["`):
			quoted, err := strconv.QuotedPrefix(rest[1:])
			if err != nil || !strings.HasPrefix(rest[1+len(quoted):], "]") {
				return nil, errors.New(`a name in brackets is written ["NAME"], in quotes`)
			}
			s.name, _ = strconv.Unquote(quoted) // QuotedPrefix has checked it
			rest = rest[len(quoted)+2:]
		case rest[0] == '[':
			n, after, ok := strings.Cut(rest[1:], "]")
			i, err := strconv.ParseUint(n, 10, 31)
			if !ok || err != nil {
				return nil, errors.New("an element is written [N] or [*], counted from 0")
			}
			s, rest = step{kind: element, index: int(i)}, after
		case rest[0] == '.':
			name := rest[1:]
			rest = ""
			if i := strings.IndexAny(name, ".["); i >= 0 {
				name, rest = name[:i], name[i:]
			}
			if name == "" || name == "*" {
				return nil, errors.New("a name is missing after a dot; every element of a list is written [*]")
			}
			s.name = name
		default:
			return nil, fmt.Errorf("unexpected %q", rest)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// isMany reports whether the path may lead to several values.
func (p *path) isMany() bool {
	return slices.ContainsFunc(p.steps, func(s step) bool { return s.kind == everyElement })
}

// values calls yield with each value that the path leads to in c, and found false where it leads
// nowhere, until yield returns false.
func (p *path) values(c *Call, yield func(v any, found found) bool) {
	var root any
	switch p.root {
	case "args":
		root = c.Args
	case "identity":
		root = c.Identity
	case "annotations":
		root = c.Annotations
	}
	walk(root, p.steps, p.root == "args", yield)
}

// found is the result of following a path.
type found uint8

const (
	isValue     found = iota
	isAbsent          // there is no such member or element
	isOther           // a value on the path is not an object, or not a list
	isAmbiguous       // a member has a variant of the name, which some servers treat as equal
)

// hasAnotherForm reports whether an object has a member whose name differs from the given one only
// in case, in normalization, or in spaces and invisible characters. Some JSON libraries, such as
// Go's encoding/json, ignore case, and some servers normalize.
func hasAnotherForm(object map[string]any, name string) bool {
	for other := range object {
		switch {
		case other == name:
		case strings.EqualFold(other, name):
			return true
		case isGraphic(other) && isGraphic(name): // most names, which have no other form
		case strings.EqualFold(plainName(other), plainName(name)):
			return true
		}
	}
	return false
}

// isGraphic reports whether a name has visible characters of ASCII alone.
func isGraphic(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
}

// plainName returns a name in the normal form NFKC, without spaces and invisible characters.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !visible.Shown(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(name))
}

// walk follows steps from v. It returns false if yield did.
func walk(v any, steps []step, isArgument bool, yield func(any, found) bool) bool {
	for i, s := range steps {
		if s.kind == member {
			object, isObject := v.(map[string]any)
			next, has := object[s.name]
			switch {
			case v == nil: // no arguments at all, or null where the object would be
				return yield(nil, isAbsent)
			case !isObject:
				return yield(nil, isOther)
			case isArgument && hasAnotherForm(object, s.name):
				return yield(nil, isAmbiguous)
			case !has:
				return yield(nil, isAbsent)
			}
			v = next
			continue
		}
		list, isList := v.([]any)
		switch {
		case v == nil:
			return yield(nil, isAbsent)
		case !isList:
			return yield(nil, isOther)
		case s.kind == everyElement:
			for _, e := range list {
				if !walk(e, steps[i+1:], isArgument, yield) {
					return false
				}
			}
			return true
		case s.index >= len(list):
			return yield(nil, isAbsent)
		}
		v = list[s.index]
	}
	return yield(v, isValue)
}
