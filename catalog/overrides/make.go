package overrides

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/infer/correction"
)

// Ask is what a person wants to be different.
type Ask struct {
	// Kind is one of [Kinds].
	Kind string
	// Host limits the correction to the API of one authority; "" is all.
	Host string
	// At is a path, an operation such as "GET /users/{id}", a place (see [correction.ParsePlace]),
	// a component, or a host. "" is the API.
	At string
	// To is the new name, type, format or text, or the host that At belongs to.
	To string
	// Values are those of an enum, or the components that are merged with At.
	Values []string
}

// The kinds of corrections.
const (
	Parameter = "parameter" // the last segment of a path is a parameter; To, unless "", is its name
	Literal   = "literal"   // it is not
	Rename    = "rename"    // a parameter of a path, an operation or a component
	Merge     = "merge"     // components, or paths that differ in their last segment
	Split     = "split"     // gives a value a component of its own
	LeaveOut  = "leave-out" // paths, or operations
	HostOf    = "host"      // the flows of a host belong to the API of another
	Optional  = "optional"
	Required  = "required"
	Nullable  = "nullable"
	NotNull   = "not-null"
	Enum      = "enum" // Values are the only ones
	Open      = "open" // they are not
	Type      = "type"
	Format    = "format"
	Title     = "title"
	Summary   = "summary"
	Describe  = "describe"
)

// Kinds are all kinds.
var Kinds = []string{Parameter, Literal, Rename, Merge, Split, LeaveOut, HostOf, Optional, Required, Nullable, NotNull, Enum, Open,
	Type, Format, Title, Summary, Describe}

// Make returns the change of the file for what a person asks for.
func Make(a Ask) (Change, error) {
	for _, text := range slices.Concat([]string{a.Host, a.At, a.To}, a.Values) {
		if !utf8.ValidString(text) { // a YAML file cannot have it
			return Change{}, fmt.Errorf("%q is not valid UTF-8", text)
		}
	}
	a.At = strings.TrimSpace(a.At)
	switch a.Kind {
	case Parameter:
		return a.parameter(a.At)
	case Literal:
		return Change{Section: segments, Host: a.Host, Key: a.At, Set: []Field{{"parameter", false}}, Drop: []string{"name"}}, a.needs(false)
	case Rename:
		return a.rename()
	case Merge:
		return a.merge()
	case LeaveOut:
		return Change{Section: leaveOut, Host: a.Host, Key: a.At}, a.needs(false)
	case HostOf:
		return Change{Section: hosts, Key: a.At, Set: []Field{{"", a.To}}}, a.needs(true)
	case Title:
		return Change{Section: apis, Host: a.Host, Set: []Field{{"title", a.To}}}, a.text()
	case Summary:
		return Change{Section: operations, Host: a.Host, Key: a.At, Set: []Field{{"summary", a.To}}}, a.text()
	case Describe:
		return a.describe()
	}
	return a.value()
}

// value returns the change of a value.
func (a *Ask) value() (Change, error) {
	place, err := correction.ParsePlace(a.At)
	if err != nil {
		return Change{}, err
	}
	c := Change{Section: values, Host: a.Host, Key: place.String()}
	switch a.Kind {
	case Optional, Required:
		c.Set = []Field{{"required", a.Kind == Required}}
	case Nullable, NotNull:
		c.Set = []Field{{"nullable", a.Kind == Nullable}}
	case Enum:
		if len(a.Values) == 0 {
			return c, fmt.Errorf("the values of %s are missing", a.At)
		}
		c.Set = []Field{{"enum", a.Values}}
	case Open:
		c.Set = []Field{{"enum", openEnum}}
	case Type:
		c.Set = []Field{{"type", a.To}}
		return c, a.needs(true)
	case Format:
		c.Set = []Field{{"format", a.To}}
		return c, a.needs(true)
	case Split:
		c.Set = []Field{{"component", a.To}}
		return c, a.needs(true)
	default:
		return c, fmt.Errorf("%q is no kind of correction: it is one of %s", a.Kind, strings.Join(Kinds, ", "))
	}
	return c, nil
}

// needs returns an error if a part is missing.
func (a *Ask) needs(to bool) error {
	switch {
	case a.At == "":
		return fmt.Errorf("%s: what it is about is missing", a.Kind)
	case to && a.To == "":
		return fmt.Errorf("%s %s: the new %s is missing", a.Kind, a.At, map[string]string{Type: "type", Format: "format", HostOf: "host"}[a.Kind]+
			map[bool]string{true: "name"}[a.Kind == Rename || a.Kind == Split])
	}
	return nil
}

func (a *Ask) text() error {
	if strings.TrimSpace(a.To) == "" {
		return fmt.Errorf("%s: the text is missing", strings.TrimSpace(a.Kind+" "+a.At))
	}
	return nil
}

func (a *Ask) parameter(path string) (Change, error) {
	c := Change{Section: segments, Host: a.Host, Key: path, Set: []Field{{"parameter", true}}}
	if a.To != "" {
		c.Set = append(c.Set, Field{"name", a.To})
	}
	return c, a.needs(false)
}

// rename names a parameter of a path, an operation or a component.
func (a *Ask) rename() (Change, error) {
	c := Change{Section: components, Host: a.Host, Key: a.At, Set: []Field{{"name", a.To}}}
	if strings.HasPrefix(a.At, "/") {
		c.Section = segments
	} else if method, path, err := correction.ParseOperation(a.At); err == nil {
		c.Section, c.Key = operations, method+" "+path
	} else if !correction.ComponentName.MatchString(a.At) {
		return c, fmt.Errorf("%q has no name that can change: name a path that ends in a parameter, an operation such as GET /users, "+
			"or a component", a.At)
	}
	return c, a.needs(true)
}

// merge makes several components one, or the last segments of several paths one parameter.
func (a *Ask) merge() (Change, error) {
	if len(a.Values) == 0 {
		return Change{}, fmt.Errorf("merge %s: with what?", a.At)
	}
	if !strings.HasPrefix(a.At, "/") {
		return Change{Section: components, Host: a.Host, Key: a.At, Add: []Field{{"merge", a.Values}}}, a.needs(false)
	}
	parent := a.At[:strings.LastIndexByte(a.At, '/')+1]
	for _, path := range a.Values {
		if !strings.HasPrefix(path, parent) || strings.Contains(path[len(parent):], "/") {
			return Change{}, fmt.Errorf("merge %s: %s differs in more than the last segment", a.At, path)
		}
	}
	return a.parameter(parent + "*")
}

// describe writes a text about an operation, a value, a component or the API.
func (a *Ask) describe() (Change, error) {
	c := Change{Section: apis, Host: a.Host, Key: "", Set: []Field{{"description", a.To}}}
	if a.At == "" {
		return c, a.text()
	}
	c.Key = a.At
	method, path, notOperation := correction.ParseOperation(a.At)
	switch {
	case notOperation == nil:
		c.Section, c.Key = operations, method+" "+path
	case correction.ComponentName.MatchString(a.At):
		c.Section = components
	default:
		place, err := correction.ParsePlace(a.At)
		if err != nil {
			return c, err
		}
		c.Section, c.Key = values, place.String()
	}
	return c, a.text()
}
