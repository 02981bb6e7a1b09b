package overrides

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi/yamledit"
)

// Sections of the file, and the key that names an entry of each.
const (
	segments   = "segments"
	leaveOut   = "leave-out"
	hosts      = "hosts"
	operations = "operations"
	values     = "values"
	components = "components"
	apis       = "apis"
)

var sectionKeys = map[string]string{
	segments: "path", leaveOut: "path", operations: "operation", values: "at", components: "component", apis: "",
}

// Change is one edit of the file: an entry that is added or changed, or removed.
type Change struct {
	Section string // of the file
	Host    string // limits the entry to a host, or ""
	Key     string // names the entry in the section, with Host
	Set     []Field
	Add     []Field  // to lists
	Drop    []string // fields that the entry must not have
	// Remove removes the entry. Then nothing is set.
	Remove bool
}

// Field is a member of an entry. Its value is a string, a bool or a []string.
type Field struct {
	Name  string
	Value any
}

// String returns the change in words.
func (c Change) String() string {
	var b strings.Builder
	if c.Remove {
		b.WriteString("remove ")
	}
	b.WriteString(c.Section)
	if c.Key != "" {
		b.WriteString(" " + c.Key)
	}
	if c.Host != "" {
		b.WriteString(" (" + c.Host + ")")
	}
	for i, f := range slices.Concat(c.Set, c.Add) {
		b.WriteString(map[bool]string{true: ": ", false: ", "}[i == 0])
		if f.Name != "" {
			b.WriteString(f.Name + " ")
		}
		if list, ok := f.Value.([]string); ok {
			b.WriteString(strings.Join(list, ", "))
		} else {
			fmt.Fprint(&b, f.Value)
		}
	}
	return b.String()
}

// header begins a file that this package makes.
const header = "# What spectap cannot infer, or infers wrongly: docs/overrides.md describes this file.\n"

// Edit returns the text of a file with a change. Unaffected bytes stay; if the form of the text
// does not allow that, comments and order stay. A new entry is inserted in sorted order. The result
// is a valid file, or there is an error.
func Edit(ctx context.Context, text []byte, c Change) ([]byte, error) {
	if _, err := Parse(text); err != nil {
		return nil, err
	}
	out, err := edited(ctx, text, c)
	if err != nil {
		return nil, err
	}
	out = escaped(text, out)
	if _, err := Parse(out); err != nil {
		return nil, err
	}
	return out, nil
}

// escaped writes characters that do not show as escapes, which are in double quotes. In a text that
// had some they may be elsewhere, and stay.
func escaped(before, after []byte) []byte {
	hides := func(r rune) bool { return r >= ' ' && !visible.Shown(r) }
	if bytes.ContainsFunc(before, hides) || !bytes.ContainsFunc(after, hides) {
		return after
	}
	var b bytes.Buffer
	for _, r := range string(after) {
		switch {
		case !hides(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, "\\U%08x", r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.Bytes()
}

func edited(ctx context.Context, text []byte, c Change) ([]byte, error) {
	e := &editor{c: c}
	if hasNoContent(text) {
		if c.Remove {
			return nil, e.gone()
		}
		root := yamledit.Mapping()
		e.addSection(root)
		return begun(text, root)
	}
	var err error
	if e.tree, err = yamledit.Parse(ctx, text); err != nil {
		return nil, err
	}
	if c.Remove {
		return e.remove(ctx, text)
	}
	isNew := yamledit.Get(e.tree.Root, c.Section) == nil
	if err := e.set(); err != nil {
		return nil, err
	}
	out, err := e.tree.Write(ctx)
	if err != nil {
		return nil, err
	}
	if isNew {
		out = spaced(out, c.Section)
	}
	return out, nil
}

// spaced puts a blank line before the last section if the sections before have one between them.
func spaced(text []byte, section string) []byte {
	i := bytes.LastIndex(text, []byte("\n"+section+":"))
	if i <= 0 || !isSpaced.Match(text[:i]) || text[i-1] == '\n' {
		return text
	}
	return slices.Insert(bytes.Clone(text), i+1, '\n')
}

// isSpaced matches a blank line before a section.
var isSpaced = regexp.MustCompile(`\n\n(?:#.*\n)*[a-z-]+:`)

// hasNoContent reports whether a text has nothing but comments.
func hasNoContent(text []byte) bool {
	var n yaml.Node
	return yaml.Unmarshal(text, &n) == nil && (n.IsZero() || n.Content[0].Tag == "!!null" && n.Content[0].Value == "")
}

// begun returns a text of comments with the first section.
func begun(text []byte, root *yaml.Node) ([]byte, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte(header)
	}
	if !bytes.HasSuffix(text, []byte("\n")) {
		text = append(bytes.Clone(text), '\n')
	}
	section, err := yamledit.Encode(root)
	return append(bytes.Clone(text), section...), err
}

// editor makes one change in a tree.
type editor struct {
	tree *yamledit.Tree
	c    Change
}

func (e *editor) gone() error {
	return fmt.Errorf("the file has no entry %s", Change{Section: e.c.Section, Host: e.c.Host, Key: e.c.Key})
}

// set adds or changes the entry.
func (e *editor) set() error {
	root := e.tree.Root
	section := yamledit.Get(root, e.c.Section)
	switch {
	case section == nil:
		e.addSection(root)
		return nil
	case section.Kind == yaml.ScalarNode && section.Tag == "!!null" || len(section.Content) == 0:
		fresh := yamledit.Mapping()
		e.addSection(fresh)
		yamledit.Replace(root, section, fresh.Content[1])
		return nil
	case section.Kind == yaml.AliasNode:
		return fmt.Errorf("%s is an alias: change the file by hand", e.c.Section)
	}
	if e.c.Section == hosts {
		if old := yamledit.Get(section, e.c.Key); old != nil {
			yamledit.Replace(section, old, yamledit.Scalar(e.c.Set[0].Value))
			return nil
		}
		section.Content = append(section.Content, e.hostPair()...)
		return nil
	}
	if i := e.find(section); i >= 0 {
		return e.change(section, i)
	}
	section.Content = slices.Insert(section.Content, e.place(section), e.entry())
	return nil
}

// addSection adds the section with the entry to a mapping.
func (e *editor) addSection(root *yaml.Node) {
	value := yamledit.Sequence(e.entry())
	if e.c.Section == hosts {
		value = yamledit.Mapping(e.hostPair()...)
	}
	root.Content = append(root.Content, yamledit.String(e.c.Section), value)
}

func (e *editor) hostPair() []*yaml.Node {
	return []*yaml.Node{yamledit.String(e.c.Key), yamledit.Scalar(e.c.Set[0].Value)}
}

// entry returns the change as a new entry.
func (e *editor) entry() *yaml.Node {
	if e.c.Section == leaveOut && e.c.Host == "" {
		return yamledit.String(e.c.Key)
	}
	n := yamledit.Mapping()
	for _, f := range []Field{{sectionKeys[e.c.Section], e.c.Key}, {"host", e.c.Host}} {
		if f.Name != "" && f.Value != "" {
			n.Content = append(n.Content, yamledit.String(f.Name), yamledit.Scalar(f.Value))
		}
	}
	for _, f := range slices.Concat(e.c.Set, e.c.Add) {
		n.Content = append(n.Content, yamledit.String(f.Name), node(f.Value))
	}
	return n
}

func node(v any) *yaml.Node {
	list, ok := v.([]string)
	if !ok {
		return yamledit.Scalar(v)
	}
	n := yamledit.Sequence()
	n.Style = yaml.FlowStyle
	for _, s := range list {
		n.Content = append(n.Content, yamledit.String(s))
	}
	return n
}

// find returns the index of the entry that the change is about, or -1.
func (e *editor) find(section *yaml.Node) int {
	return slices.IndexFunc(section.Content, func(n *yaml.Node) bool {
		key, host := identity(e.c.Section, n)
		return key == canonical(e.c.Section, e.c.Key) && host == e.c.Host
	})
}

// identity returns what names an entry.
func identity(section string, n *yaml.Node) (key, host string) {
	if n.Kind == yaml.ScalarNode {
		return canonical(section, n.Value), ""
	}
	if k := yamledit.Get(n, sectionKeys[section]); k != nil {
		key = canonical(section, k.Value)
	}
	if h := yamledit.Get(n, "host"); h != nil {
		host = h.Value
	}
	return key, host
}

// wildcard matches a parameter in a path template, under any name.
var wildcard = regexp.MustCompile(`/\{[^/{}]*\}`)

// canonical returns the form of a key that is equal for all spellings.
func canonical(section, key string) string {
	switch section {
	case values:
		if p, err := correction.ParsePlace(key); err == nil {
			p.Path = wildcard.ReplaceAllString(p.Path, "/*")
			return p.String()
		}
	case segments, operations, leaveOut:
		key = wildcard.ReplaceAllString(key, "/*")
	}
	return strings.Join(strings.Fields(key), " ")
}

// place returns the index for a new entry: behind the last one that is smaller, and never before
// the first, whose comment may be about all of them.
func (e *editor) place(section *yaml.Node) int {
	at, own := 1, canonical(e.c.Section, e.c.Key)+" "+e.c.Host
	for i, n := range section.Content {
		if key, host := identity(e.c.Section, n); key+" "+host < own {
			at = i + 1
		}
	}
	return at
}

// change sets and drops fields of an entry.
func (e *editor) change(section *yaml.Node, i int) error {
	n := section.Content[i]
	if n.Kind != yaml.MappingNode {
		if e.c.Section == leaveOut {
			return nil // it is left out already
		}
		return fmt.Errorf("%s, entry %d is no mapping: change the file by hand", e.c.Section, i+1)
	}
	for _, name := range e.c.Drop {
		yamledit.RemovePairs(n, func(k, _ *yaml.Node) bool { return k.Value == name })
	}
	for _, f := range e.c.Set {
		e.setField(n, f)
	}
	for _, f := range e.c.Add {
		old := yamledit.Get(n, f.Name)
		list := f.Value.([]string)
		if old != nil {
			var have []string
			for _, x := range target(old).Content {
				have = append(have, target(x).Value)
			}
			list = append(have, slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(have, s) })...)
		}
		e.setField(n, Field{f.Name, list})
	}
	return nil
}

// target returns the anchor of an alias, or any other node itself.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func (e *editor) setField(n *yaml.Node, f Field) {
	if old := yamledit.Get(n, f.Name); old != nil {
		fresh := node(f.Value)
		a, errA := yamledit.Data(old)
		b, errB := yamledit.Data(fresh)
		if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
			yamledit.Replace(n, old, fresh)
		}
		return
	}
	n.Content = append(n.Content, yamledit.String(f.Name), node(f.Value))
}
