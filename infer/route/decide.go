package route

import "slices"

// decider turns the facts of one tree into templates.
type decider struct {
	tree        *Tree
	weights     *weights
	options     Options
	suffixCache map[*node]hashSet
	depthCache  map[*node]hashSet
	servedCache map[*node]bool

	labelUses       map[string]int // by label: nodes that have such a child
	beforeID        map[string]int // by label: nodes with that label that have an identifier below
	collectionItems map[string]int // what collections hold, made one: nodes of such collections
	fieldNames      map[uint64]string
	firstPass       *firstPass // of the pass before
	extension       string     // the ending that nearly all paths have, as .json
	drafts          []draft
	mergedOf        map[*Param]*mergedNode
}

// decided is a template on its way.
type draft struct {
	path     []*mergedNode // of its segments
	nodes    []*node       // with its methods
	overflow bool          // cannot be told apart
}

// Templates decides. It changes nothing in the tree; the payloads returned are fresh. Templates are sorted, no
// two of them match the same paths with the same literals, and each exchange that was added counts in one.
func (t *Tree) Templates(p Options) []Template {
	t.settle()
	d := &decider{tree: t, weights: p.weights, options: p, suffixCache: map[*node]hashSet{}, depthCache: map[*node]hashSet{}, servedCache: map[*node]bool{},
		labelUses: map[string]int{}, beforeID: map[string]int{}, collectionItems: map[string]int{}, fieldNames: map[uint64]string{}, mergedOf: map[*Param]*mergedNode{}}
	if d.weights == nil {
		d.weights = defaultWeights()
	}
	d.countLabels(&t.root)
	d.extension = t.commonExtension()
	for _, f := range t.index.fields.entries {
		d.fieldNames[fieldRank(f.name, f.class)] = f.name
	}
	var paths []string
	for _, l := range t.linkPaths.entries {
		paths = append(paths, l)
	}
	links := []*linkNode{newLinkTrie(paths)}
	d.decide(&mergedNode{nodes: []*node{&t.root}, linkNodes: links})
	d.firstPass = d.summarizePass()
	d.drafts = nil
	d.decide(&mergedNode{nodes: []*node{&t.root}, linkNodes: links})
	return d.finish()
}

// decide splits a place into literals and at most a few parameters, and goes on below each.
func (d *decider) decide(at *mergedNode) {
	if at.hasMethods() {
		d.drafts = append(d.drafts, draft{path: at.path(), nodes: at.nodes})
	}
	all := d.candidates(at)
	if len(all) == 0 {
		return
	}
	if ev, ok := d.spansSlashes(at, all); ok {
		d.addMultiSegment(at, all, ev)
		return
	}
	s := d.siblings(at, all)
	all, endings := d.splitExtensions(at, all)
	pool := d.selectValues(at, all, s)
	for _, group := range append(d.groups(pool), endings...) {
		d.decide(d.parameterNode(at, group, s))
	}
	for _, c := range all {
		switch {
		case slices.Contains(pool, c):
		case c.shape == shapeOverflow && c.prefix == "":
			d.addOverflow(at, c.nodes)
		default:
			d.decide(literalNode(at, c))
		}
	}
}
