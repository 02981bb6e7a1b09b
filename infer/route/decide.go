package route

import "slices"

// decider turns the facts of one tree into templates.
type decider struct {
	tree                        *Tree
	weights                     []float64 // of reasons
	options                     Options
	suffixCache                 map[*node]hashSet
	depthCache                  map[*node]hashSet
	servedCache                 map[*node]bool
	heldCache                   map[*node]uint32
	acceptedCache, refusedNodes map[*node]bool

	labelUses     map[string]int  // by label: nodes with such a child
	beforeID      map[string]int  // by label: nodes of that label with mostly identifiers below
	singulars     map[string]bool // of the plural nouns among the segments
	nameByRank    map[uint64]string
	selfNames     *selfNames
	firstPass     *firstPass // nil during the first pass
	onlyPosts     bool       // nothing was read, replaced or deleted
	startsEnglish bool       // see beginsInEnglish
	isEnglish     bool       // see isInEnglish
	extension     string     // the data extension of nearly all paths, such as .json
	drafts        []draft
	levelByParam  map[*Param]*level
	parents       map[*node]*node
}

// draft is a template before its parameters are named.
type draft struct {
	path     []*level // one for each segment
	nodes    []*node  // the nodes with its methods
	overflow bool     // its exchanges are counted together only
}

// Templates decides the templates. It does not change the tree, and the payloads in the result are
// new. Templates are sorted. No two of them match the same paths with the same literals, and each
// exchange counts in exactly one.
func (t *Tree) Templates(p Options) []Template {
	t.settle()
	d := &decider{tree: t, weights: p.weights, options: p, suffixCache: map[*node]hashSet{},
		depthCache: map[*node]hashSet{}, servedCache: map[*node]bool{}, heldCache: map[*node]uint32{},
		acceptedCache: map[*node]bool{}, refusedNodes: map[*node]bool{},
		labelUses: map[string]int{}, beforeID: map[string]int{}, singulars: map[string]bool{},
		nameByRank: map[uint64]string{}, levelByParam: map[*Param]*level{},
		parents: map[*node]*node{}}
	if d.weights == nil {
		d.weights = defaultWeights()
	}
	d.onlyPosts = true
	d.countLabels(&t.root)
	d.extension = t.commonExtension()
	for _, f := range t.index.fields.entries {
		d.nameByRank[fieldRank(f.name, f.class)] = f.name
	}
	d.selfNames = d.findSelfNames()
	d.startsEnglish = d.beginsInEnglish()
	d.isEnglish = d.isInEnglish()
	var paths []string
	for _, l := range t.linkPaths.entries {
		paths = append(paths, l)
	}
	links := []*linkNode{newLinkTrie(paths)}
	d.decide(&level{nodes: []*node{&t.root}, linkNodes: links})
	d.firstPass = d.summarizePass()
	d.drafts = nil
	clear(d.refusedNodes)
	d.decide(&level{nodes: []*node{&t.root}, linkNodes: links})
	return d.finish()
}

// decide splits the candidates of a level into literals and a few parameters, and
// continues below each.
func (d *decider) decide(at *level) {
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
	verbs := d.splitVerbs(all)
	d.splitSigns(all)
	splitAssignments(all)
	splitColons(at, all)
	s := d.siblings(at, all)
	values := d.selectValues(at, all, s)
	d.markRefused(all, values)
	for _, group := range d.groups(values, verbs) {
		below := d.parameterLevel(at, group)
		d.decide(below)
	}
	for _, c := range all {
		switch {
		case slices.Contains(values, c):
		case c.shape == shapeOverflow && c.prefix == "":
			d.addOverflow(at, c.nodes)
		default:
			d.decide(literalLevel(at, c))
		}
	}
}
