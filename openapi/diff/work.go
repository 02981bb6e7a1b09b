package diff

import (
	"fmt"
	"maps"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

const (
	// maxLevels bounds how deep schemas lie within each other. oasdiff follows them on its stack.
	maxLevels = 10_000

	pairCost  = 500 // the steps for a pair of schemas: oasdiff keeps two kilobytes for each
	walkCost  = 40  // the steps for a comparison of it
	stackCost = 8   // how many schemas of a stack oasdiff looks through in a step

	// enumBytes is how many bytes of an enum are compared with a value of another one in a step.
	enumBytes = 16
	tooMany   = 1 << 40 // bounds a count of steps
)

// work counts the steps that oasdiff would take to compare two documents: oasdiff has no bound and
// cannot be interrupted. It follows oasdiff's packages diff and checker, but keeps only a number
// for each pair of schemas. If the outcome of a comparison decides whether another follows, the
// other counts, too.
type work struct {
	budget

	ids       map[schemaPair]int32
	pairs     []pairNode
	isRoot    map[int32]bool // the pairs that stand outside of schemas
	component []int32        // number of the strongly connected component of a pair, 0 before it is known
	members   [][]int32      // of the components
	trees     map[int32]int  // see tree
}

// pairNode has what stands below a pair of schemas.
type pairNode struct {
	schemaPair
	below    []int32 // the pairs of schemas within it
	matched  []int32 // those that are compared to find out which alternatives are the same
	replaced []int32 // those to find out whether one replaced another in another form
	unused   []int32 // those that oasdiff prepares for that, and does not need
}

// checkWork returns ErrTooMuch if the comparison of two documents takes more steps than limit.
func checkWork(a, b *openapi3.T, limit int) (err error) {
	w := newWork(limit)
	defer catch(&err)
	w.documents(a, b)
	return nil
}

func (w *work) documents(a, b *openapi3.T) {
	places{schema: w.schema, operation: func(o, p *openapi3.Operation) {
		w.spend(walkCost + len(o.Parameters)*len(p.Parameters)/2)
	}}.documents(a, b)
	w.walks()
}

func newWork(limit int) *work {
	return &work{
		budget: budget{limit: limit}, ids: map[schemaPair]int32{}, isRoot: map[int32]bool{}, members: make([][]int32, 1),
		trees: map[int32]int{},
	}
}

// checkDepth checks how deep a comparison is.
func checkDepth(depth int) {
	if depth > maxLevels {
		panic(overspent{fmt.Errorf("%w: schemas or callbacks refer to each other over more than %d levels", ErrTooMuch, maxLevels)})
	}
}

// schema counts the comparison of two schemas that stand outside of schemas.
func (w *work) schema(a, b **openapi3.SchemaRef) {
	w.spend(walkCost)
	if *a == nil || *b == nil {
		return
	}
	w.isRoot[w.pair((*a).Value, (*b).Value, 0)] = true
}

// pair returns the number of a pair of schemas. It numbers all pairs below it.
func (w *work) pair(a, b *openapi3.Schema, depth int) int32 {
	if n, has := w.ids[schemaPair{a, b}]; has {
		return n
	}
	w.spend(pairCost + len(a.Properties) + len(b.Properties) + len(a.Enum)*len(fmt.Sprint(b.Enum))/enumBytes + depth/stackCost)
	checkDepth(depth)
	n := int32(len(w.pairs))
	w.ids[schemaPair{a, b}] = n
	w.pairs, w.component = append(w.pairs, pairNode{}), append(w.component, 0)
	c := &children{pairNode: pairNode{schemaPair: schemaPair{a, b}}, w: w, depth: depth + 1}
	c.of(a, b)
	w.pairs[n] = c.pairNode
	return n
}

// children collects what stands below a pair.
type children struct {
	pairNode
	w     *work
	depth int
}

func (c *children) of(a, b *openapi3.Schema) {
	c.alternatives(a.OneOf, b.OneOf)
	c.alternatives(a.AnyOf, b.AnyOf)
	c.alternatives(a.AllOf, b.AllOf)
	var theirs map[string]*openapi3.SchemaRef
	for place, r := range openapi.Subschemas(a) {
		if theirs == nil { // most schemas have none
			theirs = maps.Collect(openapi.Subschemas(b))
		}
		if keyword, _, _ := strings.Cut(place, "/"); !strings.HasSuffix(keyword, "Of") {
			c.add(&c.below, r, theirs[place])
		}
	}
	c.wrapping(a, b)
}

// alternatives adds the schemas of two anyOf, oneOf or allOf: those of a name with each other, and
// any other one with each of the other list.
func (c *children) alternatives(as, bs openapi3.SchemaRefs) {
	named := map[string]openapi3.SchemaRefs{}
	for _, b := range bs {
		if b != nil && b.Ref != "" {
			named[b.Ref] = append(named[b.Ref], b)
		}
	}
	matched := map[*openapi3.SchemaRef]bool{}
	for _, a := range as {
		if a == nil || a.Ref == "" || len(named[a.Ref]) == 0 {
			continue
		}
		b := named[a.Ref][0]
		named[a.Ref] = named[a.Ref][1:]
		matched[a], matched[b] = true, true
		c.add(&c.below, a, b)
	}
	for _, a := range as {
		for _, b := range bs {
			c.w.spend(1)
			switch {
			case a == nil || b == nil || a.Ref != "" && b.Ref != "":
			case a.Ref == "" && b.Ref == "":
				c.add(&c.matched, a, b)
			case matched[a] || matched[b]:
				c.add(&c.unused, a, b)
			default:
				c.add(&c.replaced, a, b)
			}
		}
	}
}

// wrapping adds the comparisons of a schema with the alternatives of a oneOf that may have replaced
// it.
func (c *children) wrapping(a, b *openapi3.Schema) {
	for _, alternative := range b.OneOf {
		list := &c.replaced
		if len(a.OneOf) > 0 {
			list = &c.unused
		}
		c.add(list, &openapi3.SchemaRef{Value: a}, alternative)
	}
	for _, alternative := range a.OneOf {
		list := &c.replaced
		if len(a.OneOf) != 2 || len(b.OneOf)+len(b.AnyOf)+len(b.AllOf) > 0 {
			list = &c.unused
		}
		c.add(list, alternative, &openapi3.SchemaRef{Value: b})
	}
}

// add adds a pair to a list.
func (c *children) add(list *[]int32, a, b *openapi3.SchemaRef) {
	if a == nil || b == nil || a.Value == nil || b.Value == nil {
		return
	}
	*list = append(*list, c.w.pair(a.Value, b.Value, c.depth))
}
