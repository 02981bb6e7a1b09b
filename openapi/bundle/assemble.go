package bundle

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// assemble puts the parts into the document and rewrites the references to them.
func (b *bundler) assemble() error {
	for _, n := range b.named { // below an $id, pointers would not be those of the document
		yamledit.RemovePairs(n, func(k, _ *yaml.Node) bool { return k.Value == "$id" })
	}
	for _, c := range b.claims {
		b.put(c.node, c.part.place)
	}
	most := b.config.Limits.Nodes
	sizes := map[*yaml.Node]int{}
	total := size(b.tree.Root, sizes, most)
	for _, p := range b.order {
		total = min(total+size(p.node, sizes, most), most+1)
	}
	if total > most {
		return fmt.Errorf("%w: parts contain themselves, or are repeated too often", openapi.ErrTooMuch)
	}
	b.liftDefinitions()
	within := map[*yaml.Node]bool{}
	eachBelow(b.tree.Root, within)
	for _, p := range b.order {
		if p.pointer == "" {
			eachBelow(p.node, within)
		}
	}
	var own []*part
	inner := map[*yaml.Node][]*part{}
	for _, p := range b.parts {
		if p.pointer == "" && (within[p.node] || p.kind == nil) {
			inner[p.node] = append(inner[p.node], p)
		}
	}
	for _, p := range b.order {
		if p.pointer == "" && !within[p.node] {
			own = append(own, p)
		}
	}
	b.place(own)
	locate(b.tree.Root, "", inner, map[*yaml.Node]bool{})
	for _, r := range b.refs {
		to := r.pointer
		if r.part != nil {
			to = r.part.pointer
		}
		if to != "" || !r.optional {
			r.text.Value = openapi.ReferenceTo(to)
		}
	}
	return nil
}

// liftDefinitions removes the definitions of complete schemas: versions before 3.1 have no such
// member. Referenced definitions become components.
func (b *bundler) liftDefinitions() {
	if v := yamledit.Text(yamledit.Get(b.tree.Root, "openapi")); !b.swagger && !strings.HasPrefix(v, "3.0") {
		return
	}
	drop := func(k, _ *yaml.Node) bool { return k.Value == "definitions" || k.Value == "$defs" }
	for _, p := range b.order {
		if p.section == "schemas" || p.section == "definitions" {
			yamledit.RemovePairs(p.node, drop)
		}
	}
	for _, c := range b.claims {
		if c.part.section == "schemas" || c.part.section == "definitions" {
			yamledit.RemovePairs(c.node, drop)
		}
	}
}

// size returns the number of values in n, each as often as it is written. It is more than most if n
// is in itself.
func size(n *yaml.Node, sizes map[*yaml.Node]int, most int) int {
	if s, ok := sizes[n]; ok {
		return s
	}
	sizes[n] = most + 1 // while it is being counted
	s := 1
	for _, c := range n.Content {
		s = min(s+size(c, sizes, most), most+1)
	}
	sizes[n] = s
	return s
}

// eachBelow adds the values below n to a set.
func eachBelow(n *yaml.Node, set map[*yaml.Node]bool) {
	for _, c := range n.Content {
		if !set[c] {
			set[c] = true
			eachBelow(c, set)
		}
	}
}

// locate sets the pointers of the parts that are values within others.
func locate(n *yaml.Node, at string, parts map[*yaml.Node][]*part, seen map[*yaml.Node]bool) {
	if n = yamledit.Resolve(n); len(parts) == 0 || seen[n] {
		return
	}
	seen[n] = true
	for _, p := range parts[n] {
		p.pointer = at
	}
	for k, v := range yamledit.Pairs(n) {
		locate(v, at+jsonvalue.Pointer(k.Value), parts, seen)
	}
	for i, v := range yamledit.Items(n) {
		locate(v, fmt.Sprintf("%s/%d", at, i), parts, seen)
	}
}

// place makes parts components.
func (b *bundler) place(parts []*part) {
	groups := map[string][]*part{} // by section and name; the component that the document has is the first
	var order []string
	for _, p := range parts {
		p.name = p.preferred()
		key := jsonvalue.Pointer(b.sectionPath(p.section, p.name)...)
		if groups[key] == nil {
			order = append(order, key)
			if n := yamledit.Resolve(yamledit.Get(b.tree.Root, b.sectionPath(p.section, p.name)...)); n != nil {
				groups[key] = []*part{{place: place{file: b.root, node: n}, pointer: key}}
			}
		}
		groups[key] = append(groups[key], p)
	}
	classes := b.partition(groups, order)
	made := map[string]string{} // pointers of components by the class of their parts
	for _, p := range parts {
		class := classes[p]
		if _, taken := groups[class]; taken && groups[class][0].file == b.root {
			made[class] = class
		}
		if made[class] == "" {
			made[class] = b.add(p)
		}
		p.pointer = made[class]
	}
}

func (b *bundler) sectionPath(section string, more ...string) []string {
	if b.swagger {
		return append([]string{section}, more...)
	}
	return append([]string{"components", section}, more...)
}

// add adds a component under a free name and returns its pointer.
func (b *bundler) add(p *part) string {
	in := b.tree.Root
	for _, key := range b.sectionPath(p.section) {
		next := yamledit.Resolve(yamledit.Get(in, key))
		if next == nil || next.Kind != yaml.MappingNode {
			yamledit.RemovePairs(in, func(k, _ *yaml.Node) bool { return k.Value == key })
			next = yamledit.Mapping()
			in.Content = append(in.Content, yamledit.String(key), next)
		}
		if len(next.Content) == 0 {
			next.Style = 0 // {} would have all in one line
		}
		in = next
	}
	name := p.name
	for i := 1; yamledit.Get(in, name) != nil; i++ {
		if name = p.qualified(); i > 1 {
			name = fmt.Sprintf("%s_%d", name, i)
		}
	}
	key := yamledit.String(name)
	in.Content = append(in.Content, key, p.node)
	b.from(p.file, p.node)
	return jsonvalue.Pointer(b.sectionPath(p.section, name)...)
}

var (
	notInNames = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)
	onlyDigits = regexp.MustCompile(`^[0-9]+$`)
)

// preferred returns the name that people would give a part: the one that it has where it stands,
// or that of its file.
func (p *part) preferred() string {
	name := p.fileName()
	if n := len(p.tokens); n > 0 {
		last := p.tokens[n-1]
		isNamed := n == 1 || slices.Contains(sections, p.tokens[n-2]) ||
			slices.Contains([]string{"schemas", "definitions", "$defs"}, p.tokens[n-2])
		if isNamed && !onlyDigits.MatchString(last) {
			name = last
		} else {
			name += "_" + last
		}
	}
	return notInNames.ReplaceAllString(name, "_")
}

// qualified is preferred with the name of the file, or of the folder for a complete file, before
// it.
func (p *part) qualified() string {
	before := p.fileName()
	if len(p.tokens) == 0 {
		before = path.Base(path.Dir(p.file.uri.Path))
	}
	return strings.TrimLeft(notInNames.ReplaceAllString(before, "_")+"_"+p.name, "_./")
}

// fileName returns the name of the file without its extension. One that is called index has that
// of its folder.
func (p *part) fileName() string {
	base := path.Base(p.file.uri.Path)
	switch ext := path.Ext(base); strings.ToLower(ext) {
	case ".json", ".yaml", ".yml":
		base = strings.TrimSuffix(base, ext)
	}
	if dir := path.Base(path.Dir(p.file.uri.Path)); strings.Trim(base, "_") == "index" && dir != "." && dir != "/" {
		base = dir
	}
	return base
}

// partition divides parts of the same name into classes of equal ones: the coarsest in which equal
// parts refer to equal parts (partition refinement), so that copies of parts that refer to each
// other are equal. The class of the first part has the name of the group.
func (b *bundler) partition(groups map[string][]*part, order []string) map[*part]string {
	classes := map[*part]string{}
	for key, group := range groups {
		for _, p := range group {
			classes[p] = key
		}
	}
	to := map[*yaml.Node]reference{}
	for _, r := range b.refs {
		to[r.text] = r
	}
	for changed := true; changed; {
		changed = false
		next := map[*part]string{}
		for _, key := range order {
			if len(groups[key]) == 1 {
				continue
			}
			names := map[string]string{} // of new classes, by the old one and the text
			for i, p := range groups[key] {
				var text strings.Builder
				write(&text, p.node, to, classes)
				id := classes[p] + "\n" + text.String()
				if names[id] == "" {
					names[id] = key
					if i > 0 {
						names[id] = fmt.Sprintf("%s\n%d", key, i)
					}
				}
				next[p] = names[id]
			}
		}
		for p, class := range next {
			changed = changed || classes[p] != class
			classes[p] = class
		}
	}
	return classes
}

// write writes a value so that equal ones have equal texts. References are written as the class
// of what they lead to.
func write(w *strings.Builder, n *yaml.Node, to map[*yaml.Node]reference, classes map[*part]string) {
	n = yamledit.Resolve(n)
	r, isReference := to[n]
	switch {
	case isReference && r.part == nil:
		fmt.Fprintf(w, "%q", openapi.ReferenceTo(r.pointer))
	case isReference && r.part.pointer != "":
		fmt.Fprintf(w, "%q", openapi.ReferenceTo(r.part.pointer))
	case isReference && classes[r.part] != "":
		fmt.Fprintf(w, "%q", openapi.ReferenceTo(classes[r.part]))
	case isReference: // within another part
		fmt.Fprintf(w, "%q", fmt.Sprint(r.part.file.uri, r.part.tokens))
	case n.Kind == yaml.ScalarNode:
		fmt.Fprintf(w, "%s%q", n.ShortTag(), n.Value)
	case n.Kind == yaml.MappingNode:
		pairs := yamledit.Merged(n)
		texts := make([]string, 0, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			var one strings.Builder
			fmt.Fprintf(&one, "%q:", pairs[i].Value)
			write(&one, pairs[i+1], to, classes)
			texts = append(texts, one.String())
		}
		slices.Sort(texts)
		w.WriteString("{" + strings.Join(texts, ",") + "}")
	default:
		w.WriteByte('[')
		for _, e := range n.Content {
			write(w, e, to, classes)
			w.WriteByte(',')
		}
		w.WriteByte(']')
	}
}
