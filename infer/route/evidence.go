package route

import (
	"math"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// Rules that are looked at again after they were weighed.
const (
	ruleEcho       = "answers hold it"
	ruleIDField    = "is the value of an id field"
	ruleNameField  = "is the value of a name field"
	ruleParentList = "stands in the list above"
	rulePair       = "stands in bodies joined with the segment beside it"
	ruleLinks      = "bodies link to other names here"
)

// siblings is what the children of one place have in common.
type siblings struct {
	all       []*child
	some      []*child // those that others are compared with, by hash
	words     int      // without a strong shape
	strong    bool
	deep      bool // something stands below one of them
	post      bool // the place itself answers POST
	linked    int64
	parents   int             // nodes merged at the place
	templated bool            // bodies hold URI templates with a variable here
	own       map[string]bool // fields in which the answers of several hold each its own segment
	foreign   bool            // literals above begin in lower case
	codes     bool            // all that have no strong shape are codes of languages or countries, and there are several
}

// weigh collects the evidence for and against a child being a value.
func (d *decider) weigh(p *place, c *child, s *siblings) {
	w := d.w
	c.add("most segments are literals", w.Base, 0)
	d.weighShape(c, s)
	d.weighParent(p, c, s)
	d.weighMethods(p, c)
	d.weighStructure(p, c, s)
	d.weighValues(p, c, s)
	d.weighKnown(p, c)
}

func (d *decider) weighShape(c *child, s *siblings) {
	w := d.w
	switch {
	case c.strong():
		c.add("looks like an identifier: "+c.shape.String(), w.Strong, 1)
		return
	case c.shape == shapeRest && c.prefix == "":
		c.add("many names", w.Strong, 1)
		return
	case c.shape == shapeRest:
		c.add("quoted key", w.Strong, 1)
		return
	case c.shape == shapeVersion:
		c.add("has a digit", w.Digit, 1)
	case c.shape == shapeDigits:
		c.add("has a digit", w.Digit, 1)
		if isNumbered(c.plain) {
			c.add("is numbered like one of many", w.Numbered, 1)
		}
	case c.shape == shapeOdd:
		c.add("odd characters for a word", w.Odd, 1)
		for i := 0; i < len(c.plain); i++ {
			if isDigit(c.plain[i]) {
				c.add("has a digit", w.Digit, 1)
				break
			}
		}
	case c.shape == shapeMixed:
		c.add("mixed case", w.Mixed, 1)
	}
	if c.text != c.plain+c.suffix {
		c.add("needs escaping", w.Escaped, 1)
	}
	if len(c.plain) >= 20 {
		c.add("long", w.Long, 1)
	}
	if s.foreign && c.own && shouts(c.plain) {
		c.add("in capitals, where literals above begin in lower case", w.Capitals, 1)
		c.witness = true
	}
	if s.codes && isCode(c.plain) {
		c.add("a code of two letters, as all beside it", w.Code, 1)
		c.witness = true
	}
	if c.wordLike() {
		ws := noun.Words(c.plain)
		switch {
		case noun.IsPlural(c.plain):
			c.add("plural noun", w.Plural, 1)
		case len(ws) > 1:
			c.add("compound word", w.Compound, 1)
		default:
			c.add("word", w.Word, 1)
		}
	}
}

func (d *decider) weighParent(p *place, c *child, s *siblings) {
	w, before := d.w, c.z
	switch {
	case p.up == nil:
	case p.variable():
		c.add("after a parameter", w.AfterVariable, 1)
	case p.version:
		c.add("after a version", w.AfterVersion, 1)
	case noun.IsPlural(p.label):
		c.add("below a plural noun", w.ParentPlural, 1)
	default:
		c.add("below a singular noun", w.AfterSingular, 1)
	}
	switch p.depth {
	case 0:
		c.add("first segment", w.First, 1)
	case 1:
		c.add("second segment", w.Second, 1)
	}
	c.prior = min(0, c.z-before)
	if s.post {
		c.add("things are created above", w.ParentPosts, 1)
	}
	if s.linked > 0 {
		c.add(ruleLinks, w.Links*logShare(s.linked), s.linked)
	}
	if s.templated && !p.variable() {
		c.add("bodies hold a URI template with a variable here", w.Template, 1)
	}
}

// logShare grows from 0 to 1 at seven.
func logShare(n int64) float64 { return min(1.5, math.Log2(1+float64(n))/3) }

func (d *decider) weighMethods(p *place, c *child) {
	w := d.w
	get, post := c.has("GET"), c.has("POST")
	if c.has("PUT") || c.has("PATCH") || c.has("DELETE") {
		c.add("is written or deleted", w.Writes, 1)
		if c.leaf && p.label != "" && !p.variable() && noun.IsPlural(p.label) {
			c.add("as an item is", w.WritesItem, 1)
		}
	} else {
		switch {
		case post && !get && c.leaf:
			c.add("only POST", w.PostLeaf, 1)
		case post && !get:
			c.add("only POST here", w.PostSubtree, 1)
		case post && get:
			c.add("GET and POST", w.GetPost, 1)
		}
	}
	if c.lists > 0 {
		c.add("answers a list", w.List, c.lists)
	}
	if c.notFound && c.visits > 0 {
		c.add("only not found", w.NotFound, c.visits)
	}
}

func (d *decider) weighStructure(p *place, c *child, s *siblings) {
	w := d.w
	if share, n := s.shared(c); n > 0 {
		c.add("siblings have the same paths below", w.SharedSubtree*share, int64(n))
	}
	if s.strong && !c.strong() {
		c.add("an identifier stands beside it", w.StrongSibling, 1)
	}
	switch {
	case c.leaf:
		c.add("nothing below", w.Leaf, 1)
	case p.label != "" && !p.variable() && noun.IsPlural(p.label) && !noun.IsPlural(c.plain) && d.beforeID[c.label] == 0:
		c.add("has parts, as items of a collection do", w.ItemParts, 1)
	}
	if !c.own {
		return
	}
	if d.beforeID[c.label] > 0 {
		c.add("stands before an identifier elsewhere", w.BeforeID, int64(d.beforeID[c.label]))
	}
	if s.words > 1 {
		c.add("names beside it", w.Siblings*logShare(int64(s.words)), int64(s.words))
	}
	if s.parents >= 3 {
		if share := float64(len(c.nodes)) / float64(s.parents); share > 0 {
			c.add("stands below many parents", w.Coverage*share, int64(len(c.nodes)))
		}
		if len(c.nodes) > 1 {
			c.add("recurs below other parents", w.Recurs, int64(len(c.nodes)))
		}
	}
	if n := d.nouns[plain(c.plain)]; n > 0 && d.contexts[c.label] <= len(c.nodes)+n {
		c.add("is one of a collection's name", w.NounOne, int64(n))
	}
	if n := d.contexts[c.label]; n > 2 && (d.known == nil || len(d.known.values[c.hash]) <= len(d.known.literals[c.hash])) {
		c.add("is used in other places", w.Contexts, int64(n))
	}
}

// shared says how much of what is below a child is below its siblings, too, or how many of them have nothing else
// below. Where names follow names, what counts is below these.
func (s *siblings) shared(c *child) (share float64, n int) {
	if len(c.below) == 0 {
		return 0, 0
	}
	of := func(get func(*child) set64) (float64, int) {
		mine := get(c)
		seen := set64{}
		inside, with := 0, 0
		for _, o := range s.some {
			theirs := get(o)
			if o == c || len(theirs) == 0 {
				continue
			}
			with++
			both := 0
			small, large := mine, theirs
			if len(small) > len(large) {
				small, large = large, small
			}
			for h := range small {
				if _, ok := large[h]; ok {
					seen[h] = struct{}{}
					both++
				}
			}
			if 2*both > len(theirs) {
				inside++
			}
		}
		if len(mine) == 0 || with == 0 {
			return 0, 0
		}
		return max(float64(len(seen))/float64(len(mine)), float64(inside)/float64(with)), max(len(seen), inside)
	}
	share, n = of(func(c *child) set64 { return c.below })
	if s2, n2 := of(func(c *child) set64 { return c.skipped }); s2 > share {
		share, n = s2, n2
	}
	return share, n
}

func (d *decider) weighValues(p *place, c *child, s *siblings) {
	d.weighEcho(p, c, s)
	if !c.own || c.strong() {
		return
	}
	w, x := d.w, &d.t.index
	v := x.words.m[c.hash]
	switch {
	case v == nil && !x.words.holds(c.hash):
		c.add("may have stood in bodies", w.Unknown, 1)
	case v == nil && len(x.words.m) == 0 && s.deep: // there were no bodies, but paths below tell something
	case v == nil && c.echoed > 0: // in another spelling
	case v == nil:
		c.add("stands in no body", w.Nowhere, 1)
	case v.classes&classID != 0:
		c.add(ruleIDField, w.IDField, 1)
	case v.classes&className != 0:
		c.add(ruleNameField, w.NameField, 1)
	case v.classes&classItem != 0: // an element of some list may be either
	case v.classes&classOther != 0:
		c.add("is the value of some field", w.OtherField, 1)
	default:
		c.add("is a type or status in bodies", w.BarredOnly, 1)
	}
	if v != nil && v.classes&classBarred != 0 && v.classes&(classID|className) != 0 {
		c.add("is a type or status, too", w.BarredToo, 1)
	}
	if _, ok := x.keys.m[lowerHash(c.plain)]; ok {
		c.add("is the name of a property", w.Key, 1)
	}
	if v != nil && v.classes&(classID|className) != 0 {
		c.witness = true
	}
	if b, in, _ := d.parentList(p, c.hash); in && class(b)&(classID|className) != 0 {
		c.add(ruleParentList, w.ParentList, 1)
		c.witness = true
	}
	switch {
	case p.variable():
		d.weighPairs(p, c)
	case c.pairs > 0:
		c.add(rulePair, w.Pair, c.pairs)
		c.witness = true
	}
	written := c.has("PUT") || c.has("PATCH") || c.has("DELETE")
	c.witness = c.witness || c.notFound && c.visits > 0 || written && !s.strong && c.bodies == 0 && c.answers == 0
}

// parentList looks a value up in the answers of the place itself.
func (d *decider) parentList(p *place, h uint64) (bits uint32, in, known bool) {
	for _, n := range p.nodes {
		if b, ok, _ := n.list.get(h, maxList); ok {
			bits |= b
			in = true
		}
	}
	return bits, in, true
}

// weighEcho counts the answers at or below that hold the segment in a field that tells things apart.
func (d *decider) weighEcho(p *place, c *child, s *siblings) {
	if c.answers == 0 {
		return
	}
	best, answers := int64(0), c.answers
	twins := p.twins(c)
	for _, n := range twins {
		answers += n.answers
	}
	for _, name := range c.echoName {
		if !d.tells(p, name) && !(s.own[name] && c.own) {
			continue
		}
		n := c.echo[name]
		for _, t := range twins {
			n += t.echoes(name)
		}
		best = max(best, n)
	}
	share := float64(best) / float64(answers)
	c.echoed = min(1, share)
	if best == 0 {
		if !c.strong() {
			c.add("no answer holds it", d.w.NeverEchoed*min(1, float64(1+c.answers)/4), c.answers)
		}
		return
	}
	c.add(ruleEcho, d.w.Echo*min(1, share), best)
	if share >= 0.3 {
		c.witness = true
	}
}

// twins are the nodes of the same segment below other versions of the API: /v1/admin and /v2/admin are one thing, and what
// the answers of one say counts for both.
func (p *place) twins(c *child) []*node {
	if !p.version || p.up == nil || !c.own {
		return nil
	}
	var out []*node
	for _, n := range p.up.nodes {
		for label, k := range n.kids {
			if t := k.kids[c.label]; t != nil && label != p.label && shapeOf(label) == shapeVersion {
				out = append(out, t)
			}
		}
	}
	return out
}

// tells says whether a field that echoes a segment is a sign: it names things, or its values differ much, or it
// is called like the segment above.
func (d *decider) tells(p *place, name string) bool {
	base := strings.TrimSuffix(name, "[]")
	tail := fieldTail(base)
	c := classOf(tail, base != name)
	if c&(classID|className) != 0 {
		return true
	}
	if p.label != "" && !p.variable() && plain(noun.Singular(tail)) == plain(noun.Singular(p.label)) {
		return true
	}
	if c == classBarred {
		return false
	}
	f := d.t.index.fields.m[sketch.Hash(name)]
	return f != nil && float64(f.distinct.count()) >= 0.3*float64(f.n)
}
