package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// verbUses is how the segments of a level use one text after a colon.
type verbUses struct {
	stems    map[string]bool // texts before it
	shared   bool            // identifiers stand before it
	onlyPost bool            // all are leaves that were only posted to
	onlyCall bool            // all are leaves that were only posted to or read
}

// splitVerbs separates custom verbs from the names before them, as in Sheet1!A1:append. Images such
// as alpine:latest are not split. It returns the verbs of the level.
func (d *decider) splitVerbs(all []*candidate) map[string]bool {
	uses := map[string]*verbUses{}
	verbsOf := map[string]int{}
	for _, c := range all {
		stem, verb, ok := c.cutVerb()
		if !ok {
			continue
		}
		u := uses[verb]
		if u == nil {
			u = &verbUses{stems: map[string]bool{}, onlyPost: true, onlyCall: true}
			uses[verb] = u
		}
		for _, m := range c.methods {
			u.onlyPost = u.onlyPost && m.method == "POST"
			u.onlyCall = u.onlyCall && (m.method == "POST" || m.method == "GET")
		}
		u.onlyPost, u.onlyCall = u.onlyPost && c.isLeaf, u.onlyCall && c.isLeaf
		if u.shared = u.shared || !c.ownNode; c.ownNode {
			u.stems[stem] = true
		}
	}
	shared := map[string]int{} // by stem, the most stems of one of its verbs
	for _, u := range uses {
		for stem := range u.stems {
			verbsOf[stem] += boolToInt(u.onlyPost)
			shared[stem] = max(shared[stem], len(u.stems))
		}
	}
	hasPlainIDs := slices.ContainsFunc(all, func(c *candidate) bool { return c.isStrong() && c.suffix == "" })
	verbs, hasVerbs := map[string]bool{}, false
	for verb, u := range uses {
		recurs := u.shared || len(u.stems) > 1
		for stem := range u.stems {
			recurs = recurs || verbsOf[stem] > 1
		}
		verbs[verb] = u.shared && hasPlainIDs || u.onlyCall && noun.IsVerb(verb) || u.onlyPost && recurs
		hasVerbs = hasVerbs || verbs[verb]
	}
	for verb, u := range uses { // at a level with verbs, embedContent, which is seen once, is one
		verbs[verb] = verbs[verb] || hasVerbs && u.onlyPost
	}
	for _, c := range all {
		stem, verb, ok := c.cutVerb()
		if !ok || !c.ownNode || !verbs[verb] || c.corrected {
			continue
		}
		c.suffix, c.decoded, c.hash, c.shape = ":"+verb, stem, bottomk.Hash(stem), shapeOf(stem)
		c.verbStems = shared[stem]
	}
	return verbs
}

// cutVerb splits a segment at its last colon if a word without digits follows.
func (c *candidate) cutVerb() (stem, verb string, ok bool) {
	if !c.ownNode {
		return "", strings.TrimPrefix(c.suffix, ":"), strings.HasPrefix(c.suffix, ":") && c.prefix == ""
	}
	i := strings.LastIndexByte(c.decoded, ':')
	if i < 1 || c.suffix != "" || !strings.HasSuffix(c.encoded, c.decoded[i:]) {
		return "", "", false
	}
	stem, verb = c.decoded[:i], c.decoded[i+1:]
	return stem, verb, isName(verb) && isDigitless(verb)
}
