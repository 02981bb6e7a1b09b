package document

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/internal/spelling"
)

// joined returns the arguments with the words that name an operation or a value as one, so that
// they need no quotes: correct optional GET /users query limit.
func (k *correctKind) joined(args []string) []string {
	end := len(args)
	if k.to {
		end-- // the last is the new name, type or text
	}
	if end < 2 {
		return args
	}
	n := 0
	switch k.Kind {
	case overrides.Parameter, overrides.Literal, overrides.Merge, overrides.HostOf, overrides.Title:
		return args
	case overrides.Rename, overrides.Summary, overrides.LeaveOut:
		n = operationWords(args[:end])
	case overrides.Enum:
		n = placeWords(args[:end], false) // what follows a component may be a text
	default:
		n = placeWords(args[:end], true)
	}
	if n < 2 {
		return args
	}
	return append([]string{strings.Join(args[:n], " ")}, args[n:]...)
}

// operationWords returns how many words at the beginning name an operation, 0 for none.
func operationWords(words []string) int {
	if len(words) > 1 && correction.MethodName.MatchString(words[0]) && strings.HasPrefix(words[1], "/") {
		return 2
	}
	return 0
}

// placeWords returns how many words at the beginning name an operation, or a value as
// [correction.ParsePlace] reads it, 0 for none. components allows properties of components.
func placeWords(words []string, components bool) int {
	isPointer := func(i int) bool { return i < len(words) && strings.HasPrefix(words[i], "/") }
	n := operationWords(words)
	switch {
	case n == 0 && components && isPointer(1) && correction.ComponentName.MatchString(words[0]):
		return 2
	case n == 0 || len(words) == n:
		return n
	}
	switch words[n] {
	case "query", "path", "header", "cookie":
		if len(words) > n+1 {
			n += 2
		}
		return n
	case "request":
		n++
	case "response":
		if len(words) <= n+1 {
			return n
		}
		if _, err := strconv.Atoi(words[n+1]); err != nil {
			return n
		}
		n += 2
	default:
		return n
	}
	if isPointer(n) {
		n++
	}
	return n
}

// meant says what to try if a correction fits nothing: the path with that of the server, which
// documents leave out of their paths, or a similar name.
func (c *correcting) meant(ctx context.Context, cat *catalog.Catalog, hosts []infer.HostSummary, have *correction.Corrections) string {
	for _, h := range hosts {
		if c.host != "" && h.Authority != c.host {
			continue
		}
		d, err := cat.Preview(ctx, catalog.Request{Hosts: []string{h.Authority}}, have)
		if err != nil {
			continue
		}
		path := c.withServer(&d.Decided)
		if words := c.similar(&d.Decided, cmp.Or(path, c.path)); words != "" {
			return cli.QuoteArg(words)
		}
		if path != "" {
			return cli.QuoteArg(path) + "   # with the path of the server; or --anyway, for traffic that is still to come"
		}
	}
	return "--anyway, for traffic that is still to come"
}

// withServer returns the path with that of the server, or "".
func (c *correcting) withServer(d *infer.Document) string {
	method, path := "", c.path
	if m, rest, ok := strings.Cut(path, " "); ok && correction.MethodName.MatchString(m) {
		method, path = m+" ", rest
	}
	if !strings.HasPrefix(path, "/") || len(d.Servers) == 0 {
		return ""
	}
	server, err := url.Parse(d.Servers[0])
	if err != nil {
		return ""
	}
	prefix := strings.TrimSuffix(server.Path, "/")
	if prefix == "" || strings.HasPrefix(path, prefix+"/") {
		return ""
	}
	return method + prefix + path
}

// similar returns what a correction is about with its first unknown word replaced by a similar one,
// or "".
func (c *correcting) similar(d *infer.Document, about string) string {
	if c.kind == overrides.LeaveOut { // a pattern
		return ""
	}
	w := &correctWords{d: d, kind: c.kind}
	prefix := amend.Prefix(d)
	words := strings.Fields(about)
	for i, word := range words {
		var known []string
		for _, k := range w.after(words[:i]) {
			known = append(known, k.Value)
		}
		if len(known) == 0 || slices.Contains(known, word) {
			continue
		}
		near := ""
		if strings.HasPrefix(word, "/") {
			near = similarPathOf(known, word, prefix)
		} else {
			near = spelling.Nearest(word, known)
		}
		switch near {
		case "":
			return ""
		case word:
			continue
		}
		words[i] = near
		return strings.Join(words, " ")
	}
	return ""
}

// similarPathOf returns a path or pointer as it is if it is known, else with the literals of a
// similar known one, or "".
func similarPathOf(known []string, path, prefix string) (similar string) {
	for _, k := range known {
		near := similarPath(k, path)
		if below, ok := strings.CutPrefix(path, prefix); ok && near == "" {
			if near = similarPath(k, below); near != "" {
				near = prefix + near
			}
		}
		if near == path {
			return path
		}
		similar = cmp.Or(similar, near)
	}
	return similar
}

// maxPointerDepth bounds the values in values that are offered.
const maxPointerDepth = 3

// CorrectionsOf returns what a command of corrections is about, word by word: the inferred document
// has the operations, components, parameters and properties.
func CorrectionsOf(k *correctKind) func(*cli.Lookup) []cli.Candidate {
	return func(l *cli.Lookup) []cli.Candidate {
		if k.Kind == overrides.HostOf {
			return cli.HostsOf(l)
		}
		d := l.Inferred()
		if d == nil {
			return nil
		}
		return (&correctWords{d: d, kind: k.Kind}).after(l.Args)
	}
}

// correctWords finds what may follow the words of a correction.
type correctWords struct {
	d    *infer.Document
	kind string
}

func (w *correctWords) after(args []string) []cli.Candidate {
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
func (w *correctWords) first() (out []cli.Candidate) {
	methods := map[string]int64{}
	for i := range w.d.Operations {
		methods[w.d.Operations[i].Method]++
	}
	out = cli.ByCount(methods, "operation")
	if w.kind == overrides.Rename || w.kind == overrides.LeaveOut {
		out = append(out, w.paths()...)
	}
	if w.kind != overrides.LeaveOut && w.kind != overrides.Summary {
		out = append(out, w.components()...)
	}
	return out
}

// paths returns all paths, also those that only lead to others, as corrections name them.
func (w *correctWords) paths() (out []cli.Candidate) {
	prefix := amend.Prefix(w.d)
	seen := map[string]int64{}
	for i := range w.d.Operations {
		path, _, _ := strings.Cut(prefix+w.d.Operations[i].Path, "#")
		for at := path; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
			seen[at]++
		}
	}
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, cli.Candidate{Value: path, About: cli.Plural(int(seen[path]), "operation")})
	}
	return out
}

func (w *correctWords) components() (out []cli.Candidate) {
	for i := range w.d.Components {
		out = append(out, cli.Candidate{Value: w.d.Components[i].Name, About: "component"})
	}
	return out
}

// operations returns the paths of the operations with a method.
func (w *correctWords) operations(method string) (out []cli.Candidate) {
	for i := range w.d.Operations {
		if o := &w.d.Operations[i]; o.Method == method {
			out = append(out, cli.Candidate{Value: o.Path, About: o.Summary})
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
func (w *correctWords) below(o *infer.Operation, words []string) (out []cli.Candidate) {
	if o == nil {
		return nil
	}
	if len(words) == 0 {
		for _, q := range o.Params {
			if c := (cli.Candidate{Value: string(q.In)}); !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
		if o.Request != nil {
			out = append(out, cli.Candidate{Value: "request"})
		}
		if len(o.Responses) > 0 {
			out = append(out, cli.Candidate{Value: "response"})
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
				out = append(out, cli.Candidate{Value: strconv.Itoa(r.Status), About: cli.Plural(int(r.Seen), "flow")})
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
				out = append(out, cli.Candidate{Value: q.Name})
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
func (w *correctWords) lastAfter(rest []string) []cli.Candidate {
	if len(rest) > 0 {
		return nil
	}
	return w.last()
}

// last returns the values of the last argument.
func (w *correctWords) last() (out []cli.Candidate) {
	list := map[string][]string{
		overrides.Type:   correction.Types,
		overrides.Format: {"date", "date-time", "email", "uri", "uuid", correction.NoFormat},
	}[w.kind]
	for _, v := range list {
		out = append(out, cli.Candidate{Value: v})
	}
	return out
}

// pointers returns the properties in a schema.
func (w *correctWords) pointers(s *schema.Schema) (out []cli.Candidate) {
	var visit func(s *schema.Schema, at string, depth int)
	visit = func(s *schema.Schema, at string, depth int) {
		if s == nil || depth > maxPointerDepth || len(out) == cli.MaxCompletions {
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
			out = append(out, cli.Candidate{Value: name})
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
