package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/schema"
)

// maxPointerDepth bounds the values in values that are offered.
const maxPointerDepth = 3

// correctionsOf returns what a command of corrections is about, word by word: the inferred document
// has the operations, components, parameters and properties.
func correctionsOf(k *correctKind) func(*lookup) []candidate {
	return func(l *lookup) []candidate {
		if k.kind == overrides.HostOf {
			return hostsOf(l)
		}
		d := l.inferred()
		if d == nil {
			return nil
		}
		return (&correctWords{d: d, kind: k.kind}).after(l.args)
	}
}

// correctWords finds what may follow the words of a correction.
type correctWords struct {
	d    *infer.Document
	kind string
}

func (w *correctWords) after(args []string) []candidate {
	switch w.kind {
	case overrides.Title:
		return nil
	case overrides.Parameter, overrides.Literal:
		if len(args) > 0 {
			return nil
		}
		return w.paths()
	case overrides.Merge:
		return append(w.components(), w.paths()...)
	}
	if len(args) == 0 {
		return w.first()
	}
	isOperation := correction.MethodName.MatchString(args[0])
	switch {
	case isOperation && len(args) == 1:
		return w.operations(args[0])
	case w.kind == overrides.Rename || w.kind == overrides.LeaveOut || w.kind == overrides.Summary:
		return nil
	case isOperation:
		return w.below(w.operation(args[0], args[1]), args[2:])
	case w.kind == overrides.Enum || len(args) > 1 && !strings.HasPrefix(args[1], "/"):
		return nil
	}
	if len(args) == 1 {
		i := slices.IndexFunc(w.d.Components, func(c schema.Component) bool { return c.Name == args[0] })
		if i < 0 {
			return nil
		}
		return w.pointers(w.d.Components[i].Schema)
	}
	return w.last()
}

// first returns the words that a correction begins with.
func (w *correctWords) first() (out []candidate) {
	methods := map[string]int64{}
	for i := range w.d.Operations {
		methods[w.d.Operations[i].Method]++
	}
	out = byCount(methods, "operation")
	if w.kind == overrides.Rename || w.kind == overrides.LeaveOut {
		out = append(out, w.paths()...)
	}
	if w.kind != overrides.LeaveOut && w.kind != overrides.Summary {
		out = append(out, w.components()...)
	}
	return out
}

// paths returns all paths, also those that only lead to others, as corrections name them.
func (w *correctWords) paths() (out []candidate) {
	prefix := amend.Prefix(w.d)
	seen := map[string]int64{}
	for i := range w.d.Operations {
		path, _, _ := strings.Cut(prefix+w.d.Operations[i].Path, "#")
		for at := path; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
			seen[at]++
		}
	}
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, candidate{path, plural(int(seen[path]), "operation")})
	}
	return out
}

func (w *correctWords) components() (out []candidate) {
	for i := range w.d.Components {
		out = append(out, candidate{w.d.Components[i].Name, "component"})
	}
	return out
}

// operations returns the paths of the operations with a method.
func (w *correctWords) operations(method string) (out []candidate) {
	for i := range w.d.Operations {
		if o := &w.d.Operations[i]; o.Method == method {
			out = append(out, candidate{o.Path, o.Summary})
		}
	}
	return out
}

func (w *correctWords) operation(method, path string) *infer.Operation {
	for i := range w.d.Operations {
		if o := &w.d.Operations[i]; o.Method == method && correction.MatchesPath(path, o.Path, amend.Prefix(w.d)) {
			return o
		}
	}
	return nil
}

// below returns what may follow an operation and more words.
func (w *correctWords) below(o *infer.Operation, words []string) (out []candidate) {
	if o == nil {
		return nil
	}
	if len(words) == 0 {
		for _, q := range o.Params {
			if c := (candidate{value: string(q.In)}); !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
		if o.Request != nil {
			out = append(out, candidate{value: "request"})
		}
		if len(o.Responses) > 0 {
			out = append(out, candidate{value: "response"})
		}
		return out
	}
	var content []infer.Media
	rest := words[1:]
	switch words[0] {
	case "request":
		if o.Request == nil {
			return nil
		}
		content = o.Request.Content
	case "response":
		if len(rest) == 0 {
			for _, r := range o.Responses {
				out = append(out, candidate{strconv.Itoa(r.Status), plural(int(r.Seen), "flow")})
			}
			return out
		}
		for _, r := range o.Responses {
			if strconv.Itoa(r.Status) == rest[0] {
				content = r.Content
			}
		}
		rest = rest[1:]
	default:
		if len(rest) > 0 {
			return w.lastAfter(rest[1:])
		}
		for _, q := range o.Params {
			if string(q.In) == words[0] {
				out = append(out, candidate{value: q.Name})
			}
		}
		return out
	}
	if len(rest) > 0 {
		return w.lastAfter(rest[1:])
	}
	for _, m := range content {
		out = append(out, w.pointers(m.Schema)...)
	}
	return append(out, w.last()...)
}

// lastAfter returns the last argument, after a place that more words follow.
func (w *correctWords) lastAfter(rest []string) []candidate {
	if len(rest) > 0 {
		return nil
	}
	return w.last()
}

// last returns the values of the last argument.
func (w *correctWords) last() (out []candidate) {
	list := map[string][]string{
		overrides.Type:   correction.Types,
		overrides.Format: {"date", "date-time", "email", "uri", "uuid", correction.NoFormat},
	}[w.kind]
	for _, v := range list {
		out = append(out, candidate{value: v})
	}
	return out
}

// pointers returns the properties in a schema.
func (w *correctWords) pointers(s *schema.Schema) (out []candidate) {
	var visit func(s *schema.Schema, at string, depth int)
	visit = func(s *schema.Schema, at string, depth int) {
		if s == nil || depth > maxPointerDepth || len(out) == maxCompletions {
			return
		}
		if s.Ref != "" {
			i := slices.IndexFunc(w.d.Components, func(c schema.Component) bool { return c.Name == s.Ref })
			if i >= 0 {
				visit(w.d.Components[i].Schema, at, depth+1)
			}
			return
		}
		for i := range s.Properties {
			p := &s.Properties[i]
			name := at + "/" + strings.ReplaceAll(strings.ReplaceAll(p.Name, "~", "~0"), "/", "~1")
			out = append(out, candidate{value: name})
			visit(p.Schema, name, depth+1)
		}
		for _, list := range [][]*schema.Schema{s.AnyOf, s.OneOf} {
			for _, x := range list {
				visit(x, at, depth+1)
			}
		}
	}
	visit(s, "", 0)
	return out
}
