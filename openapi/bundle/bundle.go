// Package bundle joins an OpenAPI document and the files that its references lead to into one
// document with the same meaning.
//
// It edits syntax trees, so order, comments and all digits stay, and the same code serves all
// versions. Read bundle.go first; [Document] does the work. The caller decides what may be read:
// [Within] reads files below a folder only.
package bundle

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// maxHops bounds the references that lead to references, and parts inlined in parts.
const maxHops = 32

// Limits bound what one document may lead to.
type Limits struct {
	Files int // that are read
	Bytes int // of all files together
	Nodes int // of the result
}

// UsualLimits returns those of a [Config] without any. The largest public documents in parts have
// 3,000 files and 20 MB.
func UsualLimits() Limits { return Limits{Files: 10_000, Bytes: openapi.MaxFile, Nodes: 20_000_000} }

// Source reads a file that a reference leads to. Its error says why the reference is not followed.
type Source func(ctx context.Context, uri *url.URL) ([]byte, error)

// Config configures [Document]. The zero value follows no reference.
type Config struct {
	// Name is the path of the document as a person typed it, for messages.
	Name string
	// URI is that of the document; the references in it are relative to it. Nil means no URI, as
	// for standard input.
	URI *url.URL
	// Out is where the result is written, nil for the folder of the document. Addresses of examples
	// that are files lead there from its folder.
	Out *url.URL
	// Read reads other files.
	Read Source
	// Format is that of the result, "" for that of the document.
	Format openapi.Format
	// Limits are [UsualLimits] if they are zero.
	Limits Limits
}

// Problem is a reference that was not followed. The result has it unchanged.
type Problem struct {
	File    string // in which it is
	Pointer string // of the object that has the reference, in the file
	Ref     string
	Line    int // of the reference, as Column
	Column  int
	URI     *url.URL // where it leads; nil if that is unknown
	Err     error
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s: %s: reference %q: %v", p.File, "#"+p.Pointer, openapi.ShortenText(p.Ref, 200), p.Err)
}

func (p *Problem) Unwrap() error { return p.Err }

// Result is a document in one file.
type Result struct {
	Text     []byte
	Problems []*Problem
	Files    int // read in addition to the document

	bundler *bundler // nil if the document has no other files
}

// bundler is the state of bundling one document.
type bundler struct {
	ctx     context.Context
	config  Config
	tree    *yamledit.Tree
	root    *file
	files   map[string]*file // by URI
	ids     map[string]place // of schemas with an $id, by URI
	left    int              // bytes that may be read
	swagger bool
	schemas *openapi.ObjectLayout // the section

	visited  map[*yaml.Node]bool
	inlining map[*yaml.Node]bool  // values that are being inlined
	parts    map[partKey]*part    // that references lead to
	order    []*part              // in the order of discovery
	named    []*yaml.Node         // schemas with an $id that leave their files
	claims   []claim              // components of the document that are such a part
	refs     []reference          // to rewrite
	origins  map[*yaml.Node]*file // original files of values that were moved to another file
	problems []*Problem
	moved    bool // an address was corrected in the document itself
}

// file is a file that was read.
type file struct {
	uri  *url.URL
	root *yaml.Node
	err  error
}

// place is a value in a file.
type place struct {
	file   *file
	node   *yaml.Node
	tokens []string // of its JSON pointer
}

type partKey struct {
	node    *yaml.Node
	section string
}

// part is a value of another file that references lead to.
type part struct {
	place
	section string // of components
	kind    *openapi.ObjectLayout
	name    string
	pointer string // in the result
}

// claim is a component of the document that is nothing but a reference to a part.
type claim struct {
	node *yaml.Node
	part *part
}

// reference is the text of a reference: to a part, or to a pointer in the document.
type reference struct {
	text     *yaml.Node
	part     *part
	pointer  string
	optional bool // stays as it is if the result does not have the part anyway
}

// Document bundles a document. An error means that it cannot be read; references that cannot be
// followed are the problems of the result. A document without references to files stays as it is,
// byte for byte.
//
// A part becomes a component, named by the last word of its pointer or by its file, or like the
// component of the document that refers to it. A part that cannot be a component, such as a path
// item or a map of schemas, replaces the reference. Equal parts of one name become one component.
func Document(ctx context.Context, data []byte, c Config) (*Result, error) {
	if c.URI == nil || c.Out != nil && filepath.Dir(c.Out.Path) == filepath.Dir(c.URI.Path) {
		c.Out = nil
	}
	if c.Format == "" && !mayLeadOut(data) && (c.Out == nil || !bytes.Contains(data, []byte("externalValue"))) {
		return &Result{Text: data}, nil
	}
	tree, err := openapi.ParseTreeContext(ctx, data)
	if err != nil {
		return nil, err
	}
	c.Limits = cmp.Or(c.Limits, UsualLimits())
	b := &bundler{
		ctx: ctx, config: c, tree: tree, root: &file{uri: c.URI, root: tree.Root},
		files: map[string]*file{}, ids: map[string]place{}, left: c.Limits.Bytes,
		swagger: yamledit.Get(tree.Root, "swagger") != nil,
		visited: map[*yaml.Node]bool{}, inlining: map[*yaml.Node]bool{}, parts: map[partKey]*part{},
		origins: map[*yaml.Node]*file{},
	}
	if c.URI != nil {
		b.files[c.URI.String()] = b.root
		if self := yamledit.Text(yamledit.Get(tree.Root, "$self")); self != "" {
			b.ids[self] = place{file: b.root, node: tree.Root}
		}
	}
	b.identify(b.root, data)
	kind := openapi.DocumentLayout()
	b.schemas = kind.Child("components").Child("schemas")
	if b.swagger {
		kind = openapi.SwaggerLayout()
		b.schemas = kind.Child("definitions")
	}
	b.visit(walk{file: b.root, base: c.URI, scope: tree.Root, doc: []string{}}, tree.Root, kind)
	for i := 0; i < len(b.order); i++ { // it grows
		p := b.order[i]
		b.visit(walk{file: p.file, base: p.file.uri, scope: p.file.root, under: p.section, at: p.tokens}, p.node, p.kind)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := b.assemble(); err != nil {
		return nil, err
	}
	r := &Result{Text: data, Problems: b.problems, Files: max(0, len(b.files)-1), bundler: b}
	asJSON := tree.IsJSON()
	if c.Format != "" {
		asJSON = c.Format == openapi.JSON
	}
	if len(b.refs) > 0 || len(b.origins) > 0 || b.moved || asJSON != tree.IsJSON() {
		tree.Convert(asJSON)
		r.Text, err = tree.Encode()
	}
	return r, err
}

var (
	// A regular expression is fast if it begins with a literal text.
	anyRef   = regexp.MustCompile(`\$(?i:ref)`)
	localRef = regexp.MustCompile(`\$(?i:ref)["']?\s*:\s*["']#`)
	fileName = regexp.MustCompile(`\.(?:json|ya?ml)\b`)

	otherRefs = [...]*regexp.Regexp{regexp.MustCompile(`mapping["']?\s*:`), regexp.MustCompile(`operationRef["']?\s*:`)}
	fileValue = regexp.MustCompile(`:\s*["']?[^\s"'#{},]+\.(?:json|ya?ml)\b`)
)

// mappingBytes bounds how far behind the word mapping a file is looked for.
const mappingBytes = 4 << 10

// mayLeadOut reports whether a document may have references out of it. It is quick, as most have no
// such references.
func mayLeadOut(data []byte) bool {
	if len(anyRef.FindAllIndex(data, -1)) != len(localRef.FindAllIndex(data, -1)) {
		return true
	}
	for _, refs := range otherRefs {
		for _, at := range refs.FindAllIndex(data, -1) {
			if fileValue.Match(data[at[1]-1 : min(len(data), at[1]+mappingBytes)]) {
				return true
			}
		}
	}
	return false
}

// walk is where a visit is.
type walk struct {
	file   *file
	base   *url.URL   // of references: that of the file, or an $id
	scope  *yaml.Node // the schema with that $id, or the root
	under  string     // the name of the map, list or member that holds the value
	at     []string
	doc    []string // the same in the result; nil if that is not known yet
	data   bool     // the value is no extension: a description, an example, an enum
	inline int      // how deep the value is in inlined ones
}

func (w walk) below(token string) walk {
	w.at = append(slices.Clip(w.at), token)
	if w.doc != nil {
		w.doc = append(slices.Clip(w.doc), token)
	}
	return w
}

// visit finds the references in a value.
func (b *bundler) visit(w walk, n *yaml.Node, kind *openapi.ObjectLayout) {
	n = yamledit.Resolve(n)
	if n == nil || b.visited[n] || b.ctx.Err() != nil {
		return
	}
	b.visited[n] = true
	if kind.IsUnknown() {
		b.undefinedValue(w, n)
		return
	}
	switch n.Kind {
	case yaml.SequenceNode:
		for i, e := range n.Content {
			b.visit(w.below(fmt.Sprint(i)), e, kind)
		}
		return
	case yaml.MappingNode:
	default:
		return
	}
	if id := yamledit.Text(yamledit.Get(n, "$id")); kind.Schema && id != "" && w.base != nil {
		if u, err := w.base.Parse(id); err == nil {
			w.base, w.scope = u, n
		}
		if w.file != b.root {
			b.named = append(b.named, n)
		}
	}
	if ref := yamledit.Get(n, "$ref"); ref != nil && isText(ref) {
		b.follow(w, n, ref, kind)
	}
	isMap := kind.Each != nil && len(kind.Children) == 0
	under := w.under
	for k, v := range yamledit.Pairs(n) {
		child := kind.Child(k.Value)
		next := w.below(k.Value)
		switch {
		case yamledit.IsMerge(k):
			b.visit(w, v, kind)
			continue
		case isMap:
			next.under = under
		default:
			next.under = k.Value
		}
		switch {
		case k.Value == "discriminator" && kind.Schema:
			b.mapping(w.below(k.Value), v, kind)
		case k.Value == "operationRef":
			if p := b.partAt(w, v, "operation", nil, true); p != nil {
				b.refs = append(b.refs, reference{text: v, part: p, optional: true})
			}
		case k.Value == "externalValue" && !isMap:
			b.rebase(w.file, v)
		case k.Value == "x-webhooks" && len(w.at) == 0: // those of 3.1 in 3.0
			b.visit(next, v, kind.Child("paths"))
		default:
			next.data = !isMap && !strings.HasPrefix(k.Value, "x-")
			b.visit(next, v, child)
		}
	}
}

// mapping finds the schemas that a discriminator names. A word is the name of a component unless it
// can only be a file.
func (b *bundler) mapping(w walk, discriminator *yaml.Node, schema *openapi.ObjectLayout) {
	discriminator = yamledit.Resolve(discriminator)
	values := []*yaml.Node{yamledit.Get(discriminator, "defaultMapping")}
	for _, v := range yamledit.Pairs(yamledit.Resolve(yamledit.Get(discriminator, "mapping"))) {
		values = append(values, v)
	}
	for _, v := range values {
		text := yamledit.Text(v)
		switch {
		case text == "":
			continue
		case strings.ContainsAny(text, "#/") || fileName.MatchString(text):
		case w.file != b.root && yamledit.Get(w.file.root, "components", "schemas", text) != nil:
			v.Value = "#" + jsonvalue.Pointer("components", "schemas", text)
		default:
			continue
		}
		if p := b.partAt(w, v, "schemas", schema, false); p != nil {
			b.refs = append(b.refs, reference{text: v, part: p})
		}
	}
}

// rebase makes the address of an example relative to the result. One in the document itself changes
// only with the folder, and not if a $self says what it is relative to.
func (b *bundler) rebase(f *file, v *yaml.Node) {
	to := cmp.Or(b.config.Out, b.config.URI)
	if to == nil || f == b.root && (b.config.Out == nil || strings.HasPrefix(v.Value, "/") || yamledit.Get(f.root, "$self") != nil) {
		return
	}
	u, err := f.uri.Parse(v.Value)
	if err == nil && u.Scheme == to.Scheme && u.Host == to.Host {
		if rel, err := filepath.Rel(filepath.Dir(to.Path), u.Path); err == nil {
			v.Value = (&url.URL{Path: filepath.ToSlash(rel), RawQuery: u.RawQuery}).String()
			b.moved = true
		}
	}
}

// Position returns the origin of the value at a pointer of the result: the file as a person would
// type it, and the line and column in it.
func (r *Result) Position(pointer string) (name string, line, column int) {
	b := r.bundler
	f, n := b.root, b.tree.Root
	line, column = n.Line, n.Column
	for _, token := range jsonvalue.Tokens(pointer) {
		key, next := child(n, token)
		if next == nil {
			break
		}
		if o := b.origins[next]; o != nil {
			f = o
			line, column = next.Line, next.Column
		}
		if key != nil && key.Line > 0 && b.origins[key] == b.origins[next] {
			line, column = key.Line, key.Column
		} else if key == nil && next.Line > 0 {
			line, column = next.Line, next.Column
		}
		n = next
	}
	return b.nameOf(f), line, column
}

// nameOf returns the name of a file as a person would type it.
func (b *bundler) nameOf(f *file) string {
	if f == b.root {
		return b.config.Name
	}
	if f.uri.Scheme != "file" || b.config.URI == nil || b.config.URI.Scheme != "file" {
		return f.uri.Redacted()
	}
	rel, err := filepath.Rel(filepath.Dir(b.config.URI.Path), f.uri.Path)
	if err != nil {
		return f.uri.Path
	}
	return filepath.Join(filepath.Dir(b.config.Name), rel)
}

// isText reports whether n is a string. A member $ref may also be a property of that name.
func isText(n *yaml.Node) bool {
	return n != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str"
}

var errNoURI = errors.New("the document has no folder: give it as a file")
