package policy

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/openapi/yamledit"
)

// The bounds of a policy. Aliases count where they are used.
const (
	maxBytes    = 4 << 20
	maxValues   = 200_000
	maxDepth    = 64
	maxProblems = 100
)

// Problem is a fault of a policy with its place.
type Problem struct {
	Line    int    `json:"line"` // from 1
	Column  int    `json:"column"`
	Pointer string `json:"pointer"` // JSON pointer
	Message string `json:"message"`
}

// LoadError lists all problems of a policy, in the order of the text.
type LoadError struct {
	Name     string // of the file
	Problems []Problem
}

// Error has a line for each problem: file:line:column: message.
func (e *LoadError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", e.Name, p.Line, p.Column, p.Message)
	}
	return b.String()
}

// Load reads a policy, in YAML or JSON. Unknown or repeated keys and rules that cannot be evaluated
// are errors. The error is a [*LoadError] that lists up to 100 problems, unless ctx ended. name is
// used in messages only.
func Load(ctx context.Context, name string, data []byte, options ...Option) (*Policy, error) {
	l := &loader{policy: &Policy{digest: sha256.Sum256(data), upstream: map[string]bool{}}}
	for _, o := range options {
		o(l)
	}
	root, err := l.parse(ctx, name, "a policy", data)
	switch {
	case err != nil:
		return nil, err
	case yamledit.Get(root, "openapi") != nil || yamledit.Get(root, "swagger") != nil:
		return nil, &LoadError{name, []Problem{{root.Line, root.Column, "", "this is an OpenAPI document, not a policy; " +
			"spectap policy init -o policy.yaml -- spectap serve " + name + " writes a policy for its tools"}}}
	}
	l.refuseAmbiguous(root)
	l.top(root)
	l.checkAsks()
	if err := loadError(name, l.problems); err != nil {
		return nil, err
	}
	l.policy.results = l.policy.joinResults(Tool, Resource, Prompt, Method)
	return l.policy, nil
}

// loadError returns the error for a text with problems, or nil.
func loadError(name string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	if more := len(problems) - maxProblems; more > 0 {
		last := problems[maxProblems]
		last.Message = fmt.Sprintf("and %d more problems from here", more)
		problems = append(problems[:maxProblems], last)
	}
	return &LoadError{name, problems}
}

// parse returns the mapping at the top of a text. what names the text in the error, which is that
// of [Load].
func (l *loader) parse(ctx context.Context, name, what string, data []byte) (*yaml.Node, error) {
	root, err := parse(ctx, data)
	line, message := 1, ""
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		message = err.Error()
		if n, _ := fmt.Sscanf(message, "line %d:", &line); n == 1 {
			_, message, _ = strings.Cut(message, ": ")
		}
		message = what + " is one object in YAML or JSON: " + message
	case !l.isBounded(root, 0):
		message = fmt.Sprintf("more than %d values, or more than %d levels", maxValues, maxDepth)
	default:
		return root, nil
	}
	return nil, &LoadError{name, []Problem{{line, 1, "", message}}}
}

// parse returns the mapping at the top of a text.
func parse(ctx context.Context, data []byte) (*yaml.Node, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("it has more than %d bytes", maxBytes)
	}
	tree, err := yamledit.Parse(ctx, data)
	switch {
	case errors.Is(err, yamledit.ErrNotObject) && len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("the file is empty; \"version: 1\" denies everything")
	case err != nil:
		return nil, err
	case tree.IsJSON():
		return tree.Root, nil
	}
	return tree.Root, decode.OneDocument(data)
}

// loader reads a policy and collects its problems.
type loader struct {
	policy    *Policy
	values    int
	problems  []Problem
	asks      []ask    // conditions on the session
	setTaints []string // the names that entries have
	setKeeps  []string // those of taints by value
	noPins    string   // the reason why pins is an error, or ""
}

// Option changes what [Load] accepts.
type Option func(*loader)

// NoPins makes pins an error: the policy is for a server whose definitions are not pinned. why is
// the message of that error; it also says what to do.
func NoPins(why string) Option { return func(l *loader) { l.noPins = why } }

// isBounded counts the values below n, aliases where they are used.
func (l *loader) isBounded(n *yaml.Node, depth int) bool {
	if l.values++; l.values > maxValues || depth > maxDepth {
		return false
	}
	if n.Kind == yaml.AliasNode {
		return l.isBounded(n.Alias, depth+1)
	}
	return !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return !l.isBounded(c, depth+1) })
}

// refuseAmbiguous reports values that readers may interpret differently: those with a tag, such as
// !!binary, and numbers that differ between versions of YAML.
func (l *loader) refuseAmbiguous(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle != 0 {
		l.wrong(value{n, ""}, "the tag %s is not accepted: write the value itself", n.ShortTag())
	}
	for i, c := range n.Content { // an alias has none: its value is at the anchor
		isName := n.Kind == yaml.MappingNode && i%2 == 0
		if !isName && c.Kind == yaml.ScalarNode && c.Style == 0 && versioned.MatchString(c.Value) {
			l.wrong(value{c, ""}, "%s is another number, or a text, in another version of YAML: write it without underscores and leading zeros, or in quotes", c.Value)
		}
		l.refuseAmbiguous(c)
	}
}

// versioned matches numbers of YAML 1.1 that are different numbers, or strings, in YAML 1.2.
var versioned = lazyregexp.New(`^[-+]?(0[0-7_]+|[0-9]+_[0-9_]*(\.[0-9_]*)?)$`)

// value is a node with its place. Aliases are resolved.
type value struct {
	*yaml.Node
	at string // JSON pointer
}

func valueOf(n *yaml.Node, at string) value {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return value{n, at}
}

// wrong reports a problem of a value.
func (l *loader) wrong(v value, format string, args ...any) {
	l.problems = append(l.problems, Problem{v.Line, v.Column, v.at, fmt.Sprintf(format, args...)})
}

// field is an allowed key of an object, with the function that reads its value.
type field struct {
	key  string
	read func(value)
}

// object reads a mapping with known keys. Keys that it does not know, or that occur twice, are
// problems. It reports false for anything but a mapping.
func (l *loader) object(v value, what string, fields ...field) bool {
	return l.pairs(v, what, func(key string, k, v value) {
		for _, f := range fields {
			if f.key == key {
				f.read(v)
				return
			}
		}
		names := make([]string, len(fields))
		for i, f := range fields {
			names[i] = f.key
		}
		l.wrong(k, "unknown key %q in %s, which may have %s", key, what, strings.Join(names, ", "))
	})
}

// pairs calls read with each key and value of a mapping.
func (l *loader) pairs(v value, what string, read func(key string, k, v value)) bool {
	if v.Kind != yaml.MappingNode {
		l.wrong(v, "%s must be an object, not %s", what, kindText(v))
		return false
	}
	seen := map[string]bool{}
	for k, e := range yamledit.Pairs(v.Node) {
		key := valueOf(k, v.at)
		switch {
		case key.Kind != yaml.ScalarNode:
			l.wrong(key, "a key of %s must be a name", what)
		case seen[key.Value]:
			l.wrong(key, "the key %q occurs twice in %s", key.Value, what)
		default:
			seen[key.Value] = true
			at := v.at + jsonvalue.Pointer(key.Value)
			read(key.Value, value{key.Node, at}, valueOf(e, at))
		}
	}
	return true
}

// items calls read with each element of a list.
func (l *loader) items(v value, what string, read func(value)) {
	if v.Kind != yaml.SequenceNode {
		l.wrong(v, "%s must be a list, not %s", what, kindText(v))
		return
	}
	for i, n := range yamledit.Items(v.Node) {
		read(valueOf(n, fmt.Sprintf("%s/%d", v.at, i)))
	}
}

// text reads a string that is not empty.
func (l *loader) text(v value, what string) string {
	if v.Kind != yaml.ScalarNode || v.ShortTag() != "!!str" || strings.TrimSpace(v.Value) == "" {
		l.wrong(v, "%s must be a text, not %s", what, kindText(v))
		return ""
	}
	return v.Value
}

// flag reads true or false.
func (l *loader) flag(v value, what string) bool {
	if v.Kind != yaml.ScalarNode || v.ShortTag() != "!!bool" {
		l.wrong(v, "%s must be true or false, not %s", what, kindText(v))
		return false
	}
	return strings.EqualFold(v.Value, "true")
}

// choice reads one of several words.
func (l *loader) choice(v value, what string, words ...string) string {
	if v.Kind == yaml.ScalarNode && slices.Contains(words, v.Value) {
		return v.Value
	}
	l.wrong(v, "%s must be %s, not %s", what, strings.Join(words, " or "), kindText(v))
	return ""
}

// kindText describes a value in a message. It shows scalars, which are the operator's own words.
func kindText(v value) string {
	switch {
	case v.Kind == yaml.MappingNode:
		return "an object"
	case v.Kind == yaml.SequenceNode:
		return "a list"
	case v.ShortTag() == "!!null":
		return "nothing"
	case v.ShortTag() == "!!str" && strings.TrimSpace(v.Value) == "":
		return "an empty text"
	case len(v.Value) > 60:
		return fmt.Sprintf("%q…", v.Value[:60])
	}
	return fmt.Sprintf("%q", v.Value)
}
